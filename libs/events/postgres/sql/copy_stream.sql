COPY (
    SELECT hash, header, body FROM events.events
    WHERE stream = %(stream)s AND version > %(after)s
    ORDER BY version
) TO STDOUT (FORMAT binary)
