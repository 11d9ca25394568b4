-- Finds the staging or begins it; what has come into force stays as it is. Under another plan than
-- before it begins anew.
INSERT INTO events.stagings AS s (staging, service, plan)
VALUES (%(staging)s, %(service)s, %(plan)s)
ON CONFLICT (staging) DO UPDATE
SET plan = CASE WHEN s.published_at IS NULL THEN excluded.plan ELSE s.plan END,
    begun_at = CASE WHEN s.published_at IS NULL AND s.plan <> excluded.plan
        THEN events.now() ELSE s.begun_at END
RETURNING begun_at, published_at, streams, events
