UPDATE events.publisher SET renewed_at = clock_timestamp()
WHERE epoch = %(epoch)s AND holder IS NOT NULL AND position = %(position)s
RETURNING epoch
