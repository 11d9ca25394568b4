INSERT INTO events.builds (projection, version, state)
VALUES (%(projection)s, %(version)s, 'live')
ON CONFLICT DO NOTHING
