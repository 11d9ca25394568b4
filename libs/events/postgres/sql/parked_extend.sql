-- Later events of a parked stream wait with it.
UPDATE events.parked AS p SET last_version = greatest(p.last_version, later.version)
FROM unnest(%(streams)s::text[], %(versions)s::integer[]) AS later (stream, version)
WHERE p.build = %(build)s AND p.stream = later.stream
