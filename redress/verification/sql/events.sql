SELECT stream, version, type, header, body, hash FROM events.events ORDER BY stream, version
