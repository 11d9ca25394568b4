SELECT topic, partition, next_offset FROM events.deliveries
WHERE build = %(build)s AND cluster = %(cluster)s
