-- Rows whose due time is provisional and was last looked at under another calendar than the one in
-- force; two ranges, so that the index is entered by them. Rows in other hands are passed over.
SELECT o.complaint, o.clock, o.order_id, o.run, o.due_at, o.rung, o.rung_at, o.version, o.calendar
  FROM sla.open_clocks o
 WHERE o.calendar IS NOT NULL AND o.parked IS NULL
   AND (o.calendar < %(calendar)s OR o.calendar > %(calendar)s)
 LIMIT %(limit)s
   FOR UPDATE OF o SKIP LOCKED
