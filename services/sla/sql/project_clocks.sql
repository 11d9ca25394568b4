-- Makes the rows of some complaints what a fold of each at its version says. A row that a newer
-- fold has written stays as it is; a row parked at this version stays parked.
WITH folded AS (
    SELECT * FROM unnest(%(folded)s::text[], %(folded_versions)s::integer[])
        AS f (complaint, version)
), runs AS (
    SELECT * FROM unnest(
        %(complaints)s::text[], %(clocks)s::text[], %(orders)s::text[], %(runs)s::integer[],
        %(dues)s::timestamptz[], %(rungs)s::text[], %(rung_times)s::timestamptz[],
        %(versions)s::integer[], %(calendars)s::text[])
        AS r (complaint, clock, order_id, run, due_at, rung, rung_at, version, calendar)
), ended AS (
    DELETE FROM open_clocks o
     USING folded f
     WHERE o.complaint = f.complaint AND o.version <= f.version
       AND NOT EXISTS (SELECT FROM runs r
                        WHERE (r.complaint, r.clock, r.order_id, r.run)
                            = (o.complaint, o.clock, o.order_id, o.run))
)
INSERT INTO open_clocks AS o
       (complaint, clock, order_id, run, due_at, rung, rung_at, version, calendar)
SELECT complaint, clock, order_id, run, due_at, rung, rung_at, version, calendar
  FROM runs
 ORDER BY complaint, clock, order_id, run
    ON CONFLICT (complaint, clock, order_id, run) DO UPDATE
   SET due_at = excluded.due_at, rung = excluded.rung, rung_at = excluded.rung_at,
       version = excluded.version, calendar = excluded.calendar,
       parked = NULL, prepared = NULL
 WHERE o.version < excluded.version
