-- Every event with the command that its header names, and the one that has its place.
SELECT e.stream, e.version, h.header ->> 'command', h.header ->> 'number',
    split_part(h.header ->> 'unit', '/', 1),
    CASE WHEN e.version = 1 THEN convert_from(e.body, 'UTF8')::jsonb #>> '{data,procedure}' END,
    c.command_id, c.number
FROM events.events AS e
CROSS JOIN LATERAL (SELECT convert_from(e.header, 'UTF8')::jsonb AS header) AS h
LEFT JOIN events.commands AS c
    ON c.stream = e.stream AND e.version BETWEEN c.first_version AND c.last_version
ORDER BY e.stream, e.version
