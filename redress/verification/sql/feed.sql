SELECT position, stream, version FROM events.feed ORDER BY position
