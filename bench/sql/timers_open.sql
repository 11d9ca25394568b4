INSERT INTO sla.open_clocks (complaint, clock, order_id, run, due_at, rung, rung_at, version)
SELECT 's1-' || replace(gen_random_uuid()::text, '-', ''), 'answer-provincial', '', 1,
    at + interval '5 hours', 'warned-900', at, 3
FROM (SELECT %(from)s::timestamptz + interval '1 hour' + random() * interval '30 days' AS at
      FROM generate_series(1, %(rows)s)) AS made
