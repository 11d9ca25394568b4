-- Rungs that come up soon and are neither judged ahead nor on record, the next one first.
WITH moment AS MATERIALIZED (SELECT events.now() AS at)
SELECT o.complaint, o.clock, o.order_id, o.run, o.due_at, o.rung, o.rung_at, o.version
  FROM sla.open_clocks o
 WHERE o.rung_at <= (SELECT at + %(ahead)s FROM moment)
   AND o.prepared IS NULL AND o.parked IS NULL
   AND NOT EXISTS (SELECT FROM sla.rungs r
                    WHERE (r.complaint, r.clock, r.order_id, r.run, r.due_at, r.rung)
                        = (o.complaint, o.clock, o.order_id, o.run, o.due_at, o.rung))
 ORDER BY o.rung_at
 LIMIT %(limit)s
   FOR UPDATE OF o SKIP LOCKED
