SELECT count(*) FROM events.parked WHERE build = %(build)s
