UPDATE events.deliveries SET build = %(build)s WHERE build = %(from)s
