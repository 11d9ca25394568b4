-- One kind of stream in the order of the feed. Notification ids are positions + 1.
SELECT f.position + 1, e.stream, e.version, e.body
FROM events.feed AS f JOIN events.events AS e USING (stream, version)
WHERE f.stream >= %(kind)s || '/' AND f.stream < %(kind)s || '0'
  AND f.position + 1 BETWEEN %(first)s AND coalesce(%(last)s, 9223372036854775807)
  AND (%(topics)s::text[] = '{}'
       OR convert_from(e.body, 'UTF8')::jsonb ->> 'topic' = ANY (%(topics)s::text[]))
ORDER BY f.position
LIMIT %(limit)s
