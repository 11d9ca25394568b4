-- Where to go on, for partitions that have no place in this cluster yet; others keep theirs.
INSERT INTO events.deliveries AS d (build, topic, partition, cluster, next_offset)
SELECT %(build)s, topic, partition, %(cluster)s, next_offset
FROM unnest(%(topics)s::text[], %(partitions)s::integer[], %(offsets)s::bigint[])
    AS wanted (topic, partition, next_offset)
ON CONFLICT (build, topic, partition) DO UPDATE
SET cluster = excluded.cluster, next_offset = excluded.next_offset, moved_at = clock_timestamp()
WHERE %(again)s OR d.cluster <> excluded.cluster
