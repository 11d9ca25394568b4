-- On-time closure by one dimension: without extensions and with them. A complaint open and past its
-- limit stays in the denominator; where the procedure counts all complaints registered, each does,
-- and those that are still open within their limit are told apart as pending. Of the past (`at`):
-- rows without an event since then, and those folded as of then.
WITH moment AS (
    SELECT coalesce(%(at)s::timestamptz, events.now()) AS now
), facts AS (
    SELECT * FROM analytics.cases WHERE %(at)s::timestamptz IS NULL OR last_at <= %(at)s
    UNION ALL
    SELECT * FROM jsonb_populate_recordset(NULL::analytics.cases, %(folded)s::jsonb)
), counted AS (
    SELECT CASE %(by)s WHEN 'province' THEN province WHEN 'level' THEN level ELSE channel END AS key,
           province,
           outcome_counts AND closed_at <= limit_at AS good,
           outcome_counts AND closed_at <= extended_limit_at AS good_extended,
           counts_all OR closed_at IS NOT NULL OR limit_at < now AS due,
           counts_all OR closed_at IS NOT NULL OR extended_limit_at < now AS due_extended,
           counts_all AND closed_at IS NULL AND coalesce(limit_at >= now, true) AS pending,
           counts_all AND closed_at IS NULL AND coalesce(extended_limit_at >= now, true)
               AS pending_extended
      FROM facts, moment
     WHERE (counts_all OR limit_at IS NOT NULL)
       AND (counts_all OR status NOT IN ('declined', 'withdrawn'))
       AND (%(from)s::timestamptz IS NULL OR registered_at >= %(from)s)
       AND (%(until)s::timestamptz IS NULL OR registered_at < %(until)s)
)
SELECT key, province,
       count(*) FILTER (WHERE good) AS numerator,
       count(*) FILTER (WHERE due) AS denominator,
       count(*) FILTER (WHERE good_extended) AS extended_numerator,
       count(*) FILTER (WHERE pending) AS pending,
       count(*) FILTER (WHERE due_extended) AS extended_denominator,
       count(*) FILTER (WHERE pending_extended) AS extended_pending
  FROM counted
 GROUP BY key, province
