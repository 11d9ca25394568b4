SELECT published_at, streams, events FROM events.stagings
WHERE staging = %(staging)s AND published_at IS NOT NULL
