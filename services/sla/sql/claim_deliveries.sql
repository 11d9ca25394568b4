-- Takes what is to be tried now, for the length of the lease: nobody else tries it meanwhile, and
-- if this worker dies it comes back by itself. Real time, also in a simulation.
WITH due AS (
    SELECT stream, version
      FROM sla.deliveries
     WHERE channel = %(channel)s AND state = 'pending' AND next_try_at <= clock_timestamp()
     ORDER BY next_try_at
     LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED
)
UPDATE sla.deliveries d
   SET attempts = d.attempts + 1,
       next_try_at = clock_timestamp() + make_interval(secs => %(lease_s)s)
  FROM due
  JOIN sla.notices n USING (stream, version)
 WHERE (d.stream, d.version, d.channel) = (due.stream, due.version, %(channel)s)
RETURNING d.stream, d.version, d.attempts, n.payload
