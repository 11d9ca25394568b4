WITH gone AS (
    DELETE FROM events.builds WHERE projection = %(projection)s AND state = %(state)s
    RETURNING build
)
DELETE FROM events.seen WHERE build IN (SELECT build FROM gone)
