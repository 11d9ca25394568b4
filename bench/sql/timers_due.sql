INSERT INTO sla.open_clocks (complaint, clock, order_id, run, due_at, rung, rung_at, version)
SELECT complaint, 'answer-provincial', '', 1, %(due_at)s, 'warned-900', %(warned_at)s, %(version)s
FROM unnest(%(complaints)s::text[]) AS complaint
