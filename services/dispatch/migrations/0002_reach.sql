-- Work lists as of an earlier instant: which complaints may have been on a unit's list then. What
-- stood on it is folded from the streams themselves.

-- `units`: every unit that ever acted or was handed an order, with all units above it. `happened_at`:
-- of the registration. `last_at`: when its last event was recorded; without an index on it, an event
-- changes no index of this table.
CREATE TABLE dispatch.reach (
    stream text COLLATE "C" PRIMARY KEY,
    units text[] COLLATE "C" NOT NULL,
    happened_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX reach_by_unit ON dispatch.reach USING gin (units);

GRANT SELECT, INSERT, UPDATE, DELETE ON dispatch.reach TO redress_dispatch;

-- The projection that keeps both tables begins anew, so that the new one has every complaint too.
TRUNCATE dispatch.work;
DELETE FROM events.seen
WHERE build IN (SELECT build FROM events.builds WHERE projection = 'work-list');
DELETE FROM events.builds WHERE projection = 'work-list';
