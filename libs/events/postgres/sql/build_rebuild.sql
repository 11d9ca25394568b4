-- The rebuild belongs to whoever runs the live build, who will go on with it after the switch.
INSERT INTO events.builds (projection, version, state, owner)
SELECT projection, %(version)s, 'rebuild', owner FROM events.builds
WHERE projection = %(projection)s AND state = 'live'
RETURNING build, version, position
