-- After every acknowledgement. Compare and set: one who was frozen and has been replaced, or whose
-- position was put back by an operator, moves nothing.
WITH advanced AS (
    UPDATE events.publisher SET position = %(to)s, renewed_at = clock_timestamp()
    WHERE epoch = %(epoch)s AND position = %(from)s
    RETURNING epoch
), noted AS (
    INSERT INTO events.published AS p (topic, partition, last_offset, position)
    SELECT topic, partition, last_offset, position
    FROM unnest(%(topics)s::text[], %(partitions)s::integer[], %(offsets)s::bigint[],
        %(positions)s::bigint[]) AS acknowledged (topic, partition, last_offset, position)
    WHERE EXISTS (SELECT FROM advanced)
    ON CONFLICT (topic, partition) DO UPDATE
    SET last_offset = excluded.last_offset, position = excluded.position
    RETURNING 1
)
SELECT epoch FROM advanced
