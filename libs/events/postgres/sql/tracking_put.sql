-- Only ever upwards: what has been tracked before gives no row.
INSERT INTO events.tracking AS t (follower, upstream, notification_id)
VALUES (%(follower)s, %(upstream)s, %(id)s)
ON CONFLICT (follower, upstream) DO UPDATE SET notification_id = excluded.notification_id
WHERE t.notification_id < excluded.notification_id
RETURNING notification_id
