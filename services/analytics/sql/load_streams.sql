SELECT header, body, hash FROM events.events WHERE stream = ANY (%(streams)s) ORDER BY stream, version
