UPDATE events.parked AS p SET replay_at = clock_timestamp()
FROM events.builds AS b
WHERE p.build = b.build AND b.state = 'live'
  AND (%(projection)s::text IS NULL OR b.projection = %(projection)s)
  AND (%(stream)s::text IS NULL OR p.stream = %(stream)s)
RETURNING p.stream
