-- What dashboards ask about past periods: sums by month and by day, never a complaint. The role of
-- the dashboards may call these functions and nothing else. They are functions with their text kept
-- as text, not views: a rebuild exchanges the tables behind them.

DO $$
BEGIN
    -- Roles belong to the cluster: another database may have made it, or be making it now.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'redress_grafana') THEN
        CREATE ROLE redress_grafana LOGIN;
        ALTER ROLE redress_grafana SET default_transaction_read_only = on;
        ALTER ROLE redress_grafana SET statement_timeout = '15s';
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;

-- On-time closure by month of registration, as analytics/sql/on_time.sql counts it.
CREATE FUNCTION analytics.closures_by_month(
    from_at timestamptz, until_at timestamptz, zone text DEFAULT 'Asia/Shanghai'
) RETURNS TABLE (
    month timestamptz, province text, level text, channel text,
    on_time bigint, counted bigint, on_time_extended bigint, counted_extended bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT date_trunc('month', c.registered_at, zone),
           c.province, coalesce(c.level, 'other'), coalesce(c.channel, 'other'),
           count(*) FILTER (WHERE c.outcome_counts AND c.closed_at <= c.limit_at),
           count(*) FILTER (WHERE c.counts_all OR c.closed_at IS NOT NULL OR c.limit_at < m.now),
           count(*) FILTER (WHERE c.outcome_counts AND c.closed_at <= c.extended_limit_at),
           count(*) FILTER (
               WHERE c.counts_all OR c.closed_at IS NOT NULL OR c.extended_limit_at < m.now
           )
      FROM analytics.cases c, (SELECT events.now() AS now) AS m
     WHERE (c.counts_all OR c.limit_at IS NOT NULL)
       AND (c.counts_all OR c.status NOT IN ('declined', 'withdrawn'))
       AND c.registered_at >= from_at AND c.registered_at < until_at
     GROUP BY 1, 2, 3, 4
$$;

-- Complaints that came in and that were closed, by day.
CREATE FUNCTION analytics.flow_by_day(
    from_at timestamptz, until_at timestamptz, zone text DEFAULT 'Asia/Shanghai'
) RETURNS TABLE (day timestamptz, province text, registered bigint, closed bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT date_trunc('day', moved.at, zone), moved.province,
           count(*) FILTER (WHERE moved.came), count(*) FILTER (WHERE NOT moved.came)
      FROM (
          SELECT registered_at AS at, province, true AS came FROM analytics.cases
          UNION ALL
          SELECT closed_at, province, false FROM analytics.cases WHERE closed_at IS NOT NULL
      ) AS moved
     WHERE moved.at >= from_at AND moved.at < until_at
     GROUP BY 1, 2
$$;

-- Limits that ended, by month of their due time: how many, how many of them were missed.
CREATE FUNCTION analytics.limits_by_month(
    from_at timestamptz, until_at timestamptz, zone text DEFAULT 'Asia/Shanghai'
) RETURNS TABLE (month timestamptz, clock text, ended bigint, missed bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT date_trunc('month', k.due_at, zone), k.clock,
           count(*), count(*) FILTER (WHERE k.missed)
      FROM analytics.clocks k
     WHERE NOT k.soft AND (k.missed OR k.ended_at IS NOT NULL)
       AND k.due_at >= from_at AND k.due_at < until_at
     GROUP BY 1, 2
$$;

REVOKE EXECUTE ON FUNCTION
    analytics.closures_by_month(timestamptz, timestamptz, text),
    analytics.flow_by_day(timestamptz, timestamptz, text),
    analytics.limits_by_month(timestamptz, timestamptz, text)
FROM PUBLIC;
GRANT USAGE ON SCHEMA analytics TO redress_grafana;
GRANT EXECUTE ON FUNCTION
    analytics.closures_by_month(timestamptz, timestamptz, text),
    analytics.flow_by_day(timestamptz, timestamptz, text),
    analytics.limits_by_month(timestamptz, timestamptz, text)
TO redress_grafana;
