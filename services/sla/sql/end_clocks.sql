-- Rows claimed by this transaction whose run has nothing more to come.
DELETE FROM sla.open_clocks o
 USING unnest(%(complaints)s::text[], %(clocks)s::text[], %(orders)s::text[], %(runs)s::integer[])
       AS gone (complaint, clock, order_id, run)
 WHERE (o.complaint, o.clock, o.order_id, o.run)
     = (gone.complaint, gone.clock, gone.order_id, gone.run)
