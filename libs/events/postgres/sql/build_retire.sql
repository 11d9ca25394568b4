UPDATE events.builds SET state = 'retired' WHERE build = %(build)s AND state = 'live'
