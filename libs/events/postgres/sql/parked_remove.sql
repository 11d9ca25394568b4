DELETE FROM events.parked WHERE build = %(build)s AND stream = %(stream)s
