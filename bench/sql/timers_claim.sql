WITH due AS (
    SELECT id FROM timers WHERE state = 'open' AND due_at <= now()
    ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE timers AS t SET state = 'fired', fired_at = now() FROM due WHERE t.id = due.id
RETURNING t.id, t.complaint, t.due_at
