SELECT notification_id FROM events.tracking
WHERE follower = %(follower)s AND upstream = %(upstream)s
