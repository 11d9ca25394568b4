-- Compare and set, in the transaction of the effect: a second runner that read the same position
-- waits here for the first one's commit, then finds no row and rolls back.
UPDATE events.builds SET position = %(to)s, moved_at = clock_timestamp()
WHERE build = %(build)s AND position = %(from)s AND state = %(state)s
RETURNING build
