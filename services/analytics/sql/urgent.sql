-- The running hard clocks that fall (or fell) first; walks the index of running clocks by due time.
SELECT k.complaint, c.number, c.tier, c.unit AS registered_by, c.units, c.province, c.procedure, c.procedure_version, k.clock,
       nullif(k.order_id, '') AS "order", k.unit, k.due_at, k.warn_at
  FROM analytics.clocks k
  JOIN analytics.cases c USING (complaint)
 WHERE k.running AND NOT k.soft
   AND (%(everything)s OR c.reach && %(scopes)s::text[] OR (%(appeals)s AND c.tier = 'appeal'))
 ORDER BY k.due_at
 LIMIT %(limit)s
