INSERT INTO events.event_types (type, service)
SELECT * FROM unnest(%s::text[], %s::text[])
ON CONFLICT DO NOTHING
