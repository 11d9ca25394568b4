-- Due rungs, oldest first. What was prepared is given only where the stream stands as it did then;
-- for the others: whether the rung is on record already. Rows in another replica's hands are passed
-- over, never waited for; the locks end with the caller's transaction. A provisional due time waits
-- until it has been looked at under the calendar in force. The moment comes from a
-- subquery of its own, so that the index is entered by it: cost follows what is due. It is null, and
-- nothing is due, where a rehearsal keeps the watchdog from looking.
WITH moment AS MATERIALIZED (SELECT events.watched_now() AS at)
SELECT (SELECT at FROM moment), fit.prepared,
       fit.prepared IS NULL
           AND EXISTS (SELECT FROM sla.rungs r
                        WHERE (r.complaint, r.clock, r.order_id, r.run, r.due_at, r.rung)
                            = (o.complaint, o.clock, o.order_id, o.run, o.due_at, o.rung)),
       o.complaint, o.clock, o.order_id, o.run, o.due_at, o.rung, o.rung_at, o.version
  FROM sla.open_clocks o
 CROSS JOIN LATERAL (
       SELECT CASE WHEN o.prepared <> '' AND o.version = (
                        SELECT s.version FROM events.streams s
                         WHERE s.stream = 'complaint/' || o.complaint)
                   THEN o.prepared END AS prepared
       OFFSET 0) AS fit
 WHERE o.rung_at <= (SELECT at FROM moment) AND o.parked IS NULL
   AND (o.calendar IS NULL OR o.calendar = %(calendar)s)
 ORDER BY o.rung_at
 LIMIT %(limit)s
   FOR UPDATE OF o SKIP LOCKED
