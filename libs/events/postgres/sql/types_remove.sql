DELETE FROM events.event_types
WHERE (type, service) NOT IN (SELECT * FROM unnest(%s::text[], %s::text[]))
