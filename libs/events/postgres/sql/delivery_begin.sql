INSERT INTO events.deliveries (build, topic, partition, cluster, next_offset)
SELECT %(build)s, topic, partition, %(cluster)s, next_offset
FROM unnest(%(topics)s::text[], %(partitions)s::integer[], %(offsets)s::bigint[])
    AS wanted (topic, partition, next_offset)
ON CONFLICT (build, topic, partition) DO UPDATE
SET cluster = excluded.cluster, next_offset = excluded.next_offset, moved_at = clock_timestamp()
