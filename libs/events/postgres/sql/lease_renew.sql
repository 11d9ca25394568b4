UPDATE events.sequencer SET renewed_at = clock_timestamp()
WHERE epoch = %(epoch)s AND holder IS NOT NULL
RETURNING epoch
