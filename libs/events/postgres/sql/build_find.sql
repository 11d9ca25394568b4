SELECT build, version, position FROM events.builds
WHERE projection = %(projection)s AND state = %(state)s
