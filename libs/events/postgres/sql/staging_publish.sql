SELECT published_at, published_streams, published_events
FROM events.publish(%(service)s, %(staging)s, %(streams)s)
