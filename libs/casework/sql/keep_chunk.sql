INSERT INTO events.file_chunks (stream, file, place, sealed)
VALUES (%(stream)s, %(file)s, %(place)s, %(sealed)s)
ON CONFLICT DO NOTHING
