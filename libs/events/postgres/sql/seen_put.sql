INSERT INTO events.seen (build, stream, version)
SELECT %(build)s, stream, version
FROM unnest(%(streams)s::text[], %(versions)s::integer[]) AS applied (stream, version)
ON CONFLICT (build, stream) DO UPDATE SET version = excluded.version
