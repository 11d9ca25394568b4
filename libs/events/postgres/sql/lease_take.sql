-- A new epoch, when the lease is free or its holder has been silent for too long.
UPDATE events.sequencer
SET epoch = epoch + 1, holder = %(holder)s, renewed_at = clock_timestamp()
WHERE holder IS NULL OR renewed_at < clock_timestamp() - make_interval(secs => %(patience)s)
RETURNING epoch
