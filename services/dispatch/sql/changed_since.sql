-- Complaints of a unit that had begun by an instant and have events recorded since: they stood
-- otherwise then.
SELECT stream FROM dispatch.reach
WHERE units @> ARRAY[%(unit)s]::text[] AND happened_at <= %(at)s AND last_at > %(at)s
LIMIT %(most)s
