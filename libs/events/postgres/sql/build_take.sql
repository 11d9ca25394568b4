-- Positions taken from partitions: those that follow on from the position move it, the rest is ahead.
UPDATE events.builds
SET position = events.reached(
        ahead + int8multirange(int8range(-1, position + 1)) + %(positions)s::int8multirange),
    ahead = (ahead + %(positions)s::int8multirange) - int8multirange(int8range(-1, events.reached(
        ahead + int8multirange(int8range(-1, position + 1)) + %(positions)s::int8multirange) + 1)),
    moved_at = clock_timestamp()
WHERE build = %(build)s
RETURNING position
