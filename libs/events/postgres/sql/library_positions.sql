SELECT f.stream, f.version, f.position + 1
FROM events.feed AS f
JOIN unnest(%(streams)s::text[], %(versions)s::integer[]) AS asked (stream, version)
USING (stream, version)
