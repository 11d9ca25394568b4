CREATE TABLE timers (
    id bigserial PRIMARY KEY,
    complaint uuid NOT NULL,
    kind text NOT NULL,
    due_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'open',
    fired_at timestamptz
);
INSERT INTO timers (complaint, kind, due_at)
SELECT gen_random_uuid(), 'answer', now() - interval '30 days' + random() * interval '30 days'
FROM generate_series(1, %(rows)s);
CREATE INDEX timers_due ON timers (due_at) WHERE state = 'open';
