-- A new epoch, when nobody publishes or the one who does has been silent for too long.
INSERT INTO events.publisher AS p (epoch, holder)
VALUES (nextval('events.publisher_epochs'), %(holder)s)
ON CONFLICT (only_row) DO UPDATE
SET epoch = excluded.epoch, holder = excluded.holder, renewed_at = clock_timestamp()
WHERE p.holder IS NULL OR p.renewed_at < clock_timestamp() - make_interval(secs => %(patience)s)
RETURNING epoch, cluster, position
