UPDATE events.builds SET state = 'live' WHERE build = %(build)s AND state = 'rebuild'
