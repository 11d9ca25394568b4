-- Rows claimed by this transaction move to their next rung.
UPDATE sla.open_clocks o
   SET due_at = n.due_at, rung = n.rung, rung_at = n.rung_at, version = n.version,
       calendar = n.calendar, prepared = NULL
  FROM unnest(
       %(complaints)s::text[], %(clocks)s::text[], %(orders)s::text[], %(runs)s::integer[],
       %(dues)s::timestamptz[], %(rungs)s::text[], %(rung_times)s::timestamptz[],
       %(versions)s::integer[], %(calendars)s::text[])
       AS n (complaint, clock, order_id, run, due_at, rung, rung_at, version, calendar)
 WHERE (o.complaint, o.clock, o.order_id, o.run) = (n.complaint, n.clock, n.order_id, n.run)
