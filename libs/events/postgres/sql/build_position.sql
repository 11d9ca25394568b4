SELECT position FROM events.builds WHERE projection = %(projection)s AND state = 'live'
