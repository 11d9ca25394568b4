-- The first cluster this store is published to; another one is never adopted by itself.
UPDATE events.publisher SET cluster = %(cluster)s
WHERE epoch = %(epoch)s AND cluster IS NULL
RETURNING epoch
