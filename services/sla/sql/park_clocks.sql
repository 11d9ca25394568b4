-- Rows claimed by this transaction that cannot be judged.
UPDATE sla.open_clocks o
   SET parked = p.reason
  FROM unnest(%(complaints)s::text[], %(clocks)s::text[], %(orders)s::text[], %(runs)s::integer[],
              %(reasons)s::text[])
       AS p (complaint, clock, order_id, run, reason)
 WHERE (o.complaint, o.clock, o.order_id, o.run) = (p.complaint, p.clock, p.order_id, p.run)
