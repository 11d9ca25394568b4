SELECT stream FROM events.parked WHERE build = %(build)s AND stream = ANY(%(streams)s)
