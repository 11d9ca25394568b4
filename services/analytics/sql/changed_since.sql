-- Complaints that had begun by an instant and have events recorded since: they stood otherwise then.
SELECT complaint FROM analytics.cases
WHERE last_at > %(at)s AND happened_at <= %(at)s
    AND (%(from)s::timestamptz IS NULL OR registered_at >= %(from)s)
    AND (%(until)s::timestamptz IS NULL OR registered_at < %(until)s)
LIMIT %(most)s
