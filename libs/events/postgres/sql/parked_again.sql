UPDATE events.parked
SET at_version = %(at_version)s, reason = %(reason)s, attempts = attempts + 1, replay_at = NULL
WHERE build = %(build)s AND stream = %(stream)s
