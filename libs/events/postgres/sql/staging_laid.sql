SELECT coalesce(max(nth), 0) FROM events.staged_streams WHERE staging = %(staging)s
