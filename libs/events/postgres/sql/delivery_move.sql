-- Compare and set, before the effect: a member that was frozen and has been replaced finds its
-- partitions moved on and changes nothing. In one order, so that two members cannot block each other.
WITH wanted AS (
    SELECT topic, partition, first, next
    FROM unnest(%(topics)s::text[], %(partitions)s::integer[], %(first)s::bigint[], %(next)s::bigint[])
        AS wanted (topic, partition, first, next)
), held AS MATERIALIZED (
    SELECT d.topic, d.partition, w.next
    FROM events.deliveries AS d JOIN wanted AS w USING (topic, partition)
    WHERE d.build = %(build)s AND d.cluster = %(cluster)s AND d.next_offset = w.first
    ORDER BY d.topic, d.partition
    FOR UPDATE OF d
)
UPDATE events.deliveries AS d SET next_offset = held.next, moved_at = clock_timestamp()
FROM held
WHERE d.build = %(build)s AND d.topic = held.topic AND d.partition = held.partition
