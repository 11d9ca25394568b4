-- Reads the index of what comes next, up to an hour ahead; not what is open.
WITH moment AS MATERIALIZED (SELECT events.now() AS at)
SELECT count(*) FILTER (WHERE o.rung_at <= (SELECT at FROM moment)),
       count(*) FILTER (WHERE o.rung_at > (SELECT at FROM moment)),
       (SELECT count(*) FROM sla.open_clocks p WHERE p.parked IS NOT NULL)
  FROM sla.open_clocks o
 WHERE o.rung_at <= (SELECT at + interval '1 hour' FROM moment) AND o.parked IS NULL
