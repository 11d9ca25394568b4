SELECT stream, version FROM events.seen WHERE build = %(build)s AND stream = ANY(%(streams)s)
