-- The hash under which the store has each of these events; absent: it has no such event.
SELECT stream, version, hash FROM events.events
JOIN unnest(%(streams)s::text[], %(versions)s::integer[]) AS asked (stream, version)
    USING (stream, version)
