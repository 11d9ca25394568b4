SELECT b.projection, p.stream, p.at_version, p.last_version, p.reason, p.attempts, p.parked_at,
       p.replay_at
FROM events.parked AS p JOIN events.builds AS b USING (build)
WHERE b.state = 'live'
  AND (%(projection)s::text IS NULL OR b.projection = %(projection)s)
  AND (%(stream)s::text IS NULL OR p.stream = %(stream)s)
ORDER BY b.projection, p.parked_at, p.stream
