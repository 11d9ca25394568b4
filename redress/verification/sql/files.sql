-- Every file that an event names, beside what is kept of it: chunks, and bytes with their seals.
SELECT n.stream, n.version, n.name, coalesce(k.chunks, 0), coalesce(k.bytes, 0)
FROM (
    SELECT e.stream, e.version, jsonb_array_elements_text(b.files) AS name
    FROM events.events AS e
    CROSS JOIN LATERAL (
        SELECT convert_from(e.body, 'UTF8')::jsonb #> '{data,files}' AS files
    ) AS b
    WHERE position('"files"'::bytea IN e.body) > 0 AND jsonb_typeof(b.files) = 'array'
) AS n
LEFT JOIN (
    SELECT stream, file, count(*)::integer AS chunks, sum(size)::bigint AS bytes
    FROM events.file_chunks GROUP BY stream, file
) AS k ON k.stream = n.stream AND k.file = split_part(n.name, '.', 1)
ORDER BY n.stream, n.version
