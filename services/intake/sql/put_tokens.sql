-- Add tokens of complaints; each once.
INSERT INTO search_tokens (token, stream, happened_at)
SELECT decode(r.token, 'hex'), r.stream, e.happened_at
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (token text, stream text)
JOIN events.events AS e ON e.stream = r.stream AND e.version = 1
ON CONFLICT DO NOTHING
