-- A page of complaints, newest first, with the running hard clock that falls first. The conditions
-- of access are wider than access itself: the caller decides on each row.
SELECT c.complaint, c.number, c.procedure, c.procedure_version, c.tier, c.status, c.unit, c.province,
       c.units, c.holders, c.channel, c.level, c.category, c.customer_tier,
       c.registered_at, c.closed_at, c.missed, k.clock, nullif(k.order_id, '') AS "order",
       k.due_at, k.warn_at, p.standing
  FROM analytics.cases c
 CROSS JOIN (SELECT events.now() AS at) AS m
  LEFT JOIN LATERAL (
       SELECT * FROM analytics.clocks k
        WHERE k.complaint = c.complaint AND k.running AND NOT k.soft
        ORDER BY k.due_at LIMIT 1) AS k ON true
 CROSS JOIN LATERAL (
       SELECT CASE WHEN count(*) = 0 THEN 'none'
                   WHEN bool_or(r.due_at < m.at) THEN 'overdue'
                   WHEN bool_or(r.warn_at <= m.at) THEN 'due-soon'
                   ELSE 'on-time' END AS standing
         FROM analytics.clocks r
        WHERE r.complaint = c.complaint AND r.running AND NOT r.soft) AS p
 WHERE (%(everything)s OR c.reach && %(scopes)s::text[] OR (%(appeals)s AND c.tier = 'appeal'))
   AND (%(number)s::text IS NULL OR starts_with(c.number, %(number)s))
   AND (%(province)s::text IS NULL OR c.province = %(province)s)
   AND (%(status)s::text IS NULL OR c.status = %(status)s)
   AND (%(level)s::text IS NULL OR c.level = %(level)s)
   AND (%(channel)s::text IS NULL OR c.channel = %(channel)s)
   AND (%(standing)s::text IS NULL OR p.standing = %(standing)s)
   AND (%(after_at)s::timestamptz IS NULL
        OR (c.registered_at, c.complaint) < (%(after_at)s, %(after)s))
 ORDER BY c.registered_at DESC, c.complaint DESC
 LIMIT %(limit)s
