SELECT stream, version, head FROM events.streams
