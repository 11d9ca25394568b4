-- Compare and set, in the transaction of the effect, by the one who holds the build (build_hold). What
-- partitions had brought ahead is behind the position as soon as the gap before it is closed.
UPDATE events.builds
SET position = events.reached(ahead + int8multirange(int8range(-1, %(to)s::bigint + 1))),
    ahead = ahead - int8multirange(int8range(
        -1, events.reached(ahead + int8multirange(int8range(-1, %(to)s::bigint + 1))) + 1)),
    moved_at = clock_timestamp()
WHERE build = %(build)s
RETURNING position
