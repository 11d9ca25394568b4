SELECT topic, partition, last_offset, position FROM events.published
