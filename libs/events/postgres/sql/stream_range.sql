SELECT f.position, e.hash, e.header, e.body
FROM events.events AS e
CROSS JOIN LATERAL (
    SELECT position FROM events.feed WHERE stream = e.stream AND version = e.version LIMIT 1
) AS f
WHERE e.stream = %(stream)s AND e.version BETWEEN %(first)s AND %(last)s
ORDER BY e.version
