COPY events.staged_events (staging, nth, version, type, schema, happened_at, body) FROM STDIN
