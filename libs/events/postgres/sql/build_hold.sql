-- Alone with this build until the end of the transaction: a second runner that read the same position
-- waits here for the first one's commit, then finds no row and rolls back; deliveries wait likewise.
SELECT build FROM events.builds
WHERE build = %(build)s AND position = %(from)s AND state = %(state)s
FOR UPDATE
