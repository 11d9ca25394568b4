-- Rows claimed by this transaction that have been looked at under this calendar.
UPDATE sla.open_clocks o
   SET calendar = %(calendar)s
  FROM unnest(%(complaints)s::text[], %(clocks)s::text[], %(orders)s::text[], %(runs)s::integer[])
       AS s (complaint, clock, order_id, run)
 WHERE (o.complaint, o.clock, o.order_id, o.run) = (s.complaint, s.clock, s.order_id, s.run)
