INSERT INTO events.parked (build, stream, at_version, last_version, reason)
VALUES (%(build)s, %(stream)s, %(at_version)s, %(last_version)s, %(reason)s)
