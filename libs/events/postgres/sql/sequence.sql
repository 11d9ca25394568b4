-- One step of the sequencer: committed outbox rows, by membership, into the feed.
-- One statement, so that the epoch is checked where the rows are moved: a holder that was frozen
-- and has been replaced finds no lease and moves nothing. Oldest ids first: within a stream the id
-- rises with the version, and a snapshot that shows version n+1 shows n, because only one who saw
-- n committed could write n+1. So each stream arrives in its order, and a cause before its effect.
WITH lease AS MATERIALIZED (
    SELECT next_position FROM events.sequencer
    WHERE epoch = %(epoch)s AND EXISTS (SELECT FROM events.outbox)
    FOR UPDATE
),
taken AS (
    DELETE FROM events.outbox
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM events.outbox ORDER BY id LIMIT %(limit)s))
      AND EXISTS (SELECT FROM lease)
    RETURNING id, stream, version
),
placed AS (
    INSERT INTO events.feed (position, stream, version)
    SELECT lease.next_position - 1 + row_number() OVER (ORDER BY taken.id),
           taken.stream, taken.version
    FROM taken, lease
    RETURNING position
),
advanced AS (
    UPDATE events.sequencer
    SET next_position = next_position + (SELECT count(*) FROM taken),
        renewed_at = clock_timestamp()
    WHERE epoch = %(epoch)s AND EXISTS (SELECT FROM lease)
    RETURNING epoch
)
SELECT count(*) AS moved FROM placed
