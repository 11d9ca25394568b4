UPDATE sla.open_clocks o
   SET prepared = p.prepared, version = p.version
  FROM unnest(
       %(complaints)s::text[], %(clocks)s::text[], %(orders)s::text[], %(runs)s::integer[],
       %(versions)s::integer[], %(prepared)s::bytea[])
       AS p (complaint, clock, order_id, run, version, prepared)
 WHERE (o.complaint, o.clock, o.order_id, o.run) = (p.complaint, p.clock, p.order_id, p.run)
