INSERT INTO events.refused_records
    (projection, cluster, topic, partition, record_offset, reason, stream, position)
VALUES (%(projection)s, %(cluster)s, %(topic)s, %(partition)s, %(offset)s, %(reason)s,
    %(stream)s, %(position)s)
ON CONFLICT DO NOTHING
