COPY events.staged_streams
    (staging, nth, stream, command_id, command_hash, number, staff, role, unit, wrapped_key)
FROM STDIN
