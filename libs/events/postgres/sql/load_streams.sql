-- Many streams in one round trip, each above a version of its own.
SELECT wanted.nth, convert_from(e.header, 'UTF8'), convert_from(e.body, 'UTF8'), e.hash
FROM unnest(%s::text[], %s::integer[]) WITH ORDINALITY AS wanted (stream, after, nth)
JOIN events.events AS e ON e.stream = wanted.stream AND e.version > wanted.after
ORDER BY wanted.nth, e.version
