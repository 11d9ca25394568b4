SELECT stream, at_version, last_version FROM events.parked
WHERE build = %(build)s AND replay_at IS NOT NULL
ORDER BY parked_at LIMIT 1
