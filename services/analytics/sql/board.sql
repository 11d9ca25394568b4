-- Every province at once: open complaints by their most pressing hard clock, and totals.
WITH moment AS (
    SELECT events.now() AS at
), pressing AS (
    SELECT k.complaint, bool_or(k.due_at < m.at) AS overdue, bool_or(k.warn_at <= m.at) AS warned
      FROM analytics.clocks k
      JOIN analytics.cases c USING (complaint)
     CROSS JOIN moment m
     WHERE k.running AND NOT k.soft AND c.status IN ('open', 'answered')
     GROUP BY k.complaint
)
SELECT c.province,
       count(*) FILTER (WHERE c.status IN ('open', 'answered')) AS open,
       count(*) FILTER (WHERE c.status IN ('open', 'answered') AND p.overdue) AS overdue,
       count(*) FILTER (WHERE c.status IN ('open', 'answered') AND p.warned AND NOT p.overdue)
           AS due_soon,
       count(*) AS registered,
       count(*) FILTER (WHERE c.closed_at IS NOT NULL) AS closed
  FROM analytics.cases c
  LEFT JOIN pressing p USING (complaint)
 GROUP BY c.province
