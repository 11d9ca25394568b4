-- One kind of stream in the order of the feed. Notification ids are positions + 1.
SELECT f.position + 1, f.stream, f.version, e.body
FROM events.feed AS f
CROSS JOIN LATERAL (
    SELECT body FROM events.events WHERE stream = f.stream AND version = f.version LIMIT 1
) AS e
WHERE f.stream >= %(kind)s || '/' AND f.stream < %(kind)s || '0'
  AND f.position >= %(first)s::bigint - 1
  AND f.position <= coalesce(%(last)s, 9223372036854775807) - 1
  AND (%(topics)s::text[] = '{}'
       OR convert_from(e.body, 'UTF8')::jsonb ->> 'topic' = ANY (%(topics)s::text[]))
ORDER BY f.position
LIMIT %(limit)s
