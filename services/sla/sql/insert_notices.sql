-- A notice known already stays as it is, and nothing is queued for it.
WITH told AS (
    INSERT INTO sla.notices (stream, version, type, happened_at, recorded_at, payload)
    SELECT * FROM unnest(
        %(streams)s::text[], %(versions)s::integer[], %(types)s::text[],
        %(happened)s::timestamptz[], %(recorded)s::timestamptz[], %(payloads)s::bytea[])
    ON CONFLICT DO NOTHING
    RETURNING stream, version
)
INSERT INTO sla.deliveries (stream, version, channel)
SELECT stream, version, channel FROM told, unnest(%(channels)s::text[]) AS channel
