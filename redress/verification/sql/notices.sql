-- What is to be told and what is kept to be told, as far as the notices have followed the feed.
-- Imported history notifies nobody.
SELECT coalesce(e.stream, n.stream), coalesce(e.version, n.version), e.type, n.type
FROM (
    SELECT e.stream, e.version, e.type FROM events.feed AS f
    JOIN events.events AS e USING (stream, version)
    JOIN events.builds AS b ON b.projection = 'sla-notices' AND b.state = 'live'
    WHERE f.position <= b.position
        AND e.type IN ('DeadlineWarned', 'DeadlineMissed', 'OrderUrged')
        AND convert_from(e.header, 'UTF8')::jsonb ->> 'service' <> 'import'
        AND NOT EXISTS (SELECT FROM events.parked AS p
            WHERE p.build = b.build AND p.stream = e.stream AND e.version >= p.at_version)
) AS e FULL JOIN sla.notices AS n ON n.stream = e.stream AND n.version = e.version
