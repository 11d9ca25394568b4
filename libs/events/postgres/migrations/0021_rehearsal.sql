-- Rehearsals: a clock that can stand still, instants at which the watchdog does not look yet, and
-- a reset that makes a simulation's store as empty as on its first day.

ALTER TABLE events.clock
    DROP CONSTRAINT clock_speed_check,
    ADD CONSTRAINT clock_speed_check CHECK (speed >= 0),
    ADD COLUMN watched boolean NOT NULL DEFAULT true,
    -- True only within the transaction of a reset: nobody else ever sees it.
    ADD COLUMN resetting boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN events.clock.watched IS
    'Whether the watchdog looks at the present instant; a rehearsal takes its steps before it does.';

CREATE FUNCTION events.watched_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN watched THEN events.now() END FROM events.clock
$$;
COMMENT ON FUNCTION events.watched_now IS
    'The time up to which rungs are due: events.now(), or null while the watchdog is not to look.';

-- Who waits for a change of the clock listens to `redress_clock`. A hint to look at once: what
-- counts is the row.
CREATE OR REPLACE FUNCTION events.declare_simulation(start_at timestamptz, pace double precision)
RETURNS void LANGUAGE sql AS $$
    UPDATE events.clock SET simulation = true, speed = pace,
        real_anchor = clock_timestamp(), simulated_anchor = start_at;
    SELECT pg_notify('redress_clock', '');
$$;

DROP FUNCTION events.set_clock(timestamptz, double precision);
CREATE FUNCTION events.set_clock(
    to_at timestamptz, pace double precision, watch boolean DEFAULT true
) RETURNS void LANGUAGE sql AS $$
    UPDATE events.clock SET speed = pace, watched = watch,
        real_anchor = clock_timestamp(), simulated_anchor = coalesce(to_at, events.now());
    SELECT pg_notify('redress_clock', '');
$$;
COMMENT ON FUNCTION events.set_clock IS
    'Owner only: jump forward to to_at (null: stay) and run on at the given pace (0: stand still); simulations only.';

-- The seat belt opens for the reset of a simulation and for nothing else: `resetting` is never true
-- in a real store, where the clock's guard refuses any change.
CREATE OR REPLACE FUNCTION events.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM events.clock WHERE simulation AND resetting) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'events are never changed: % on %.% refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;

-- What a reset leaves as it is: the store's id, its clock and lease (set anew), registry, regulations,
-- schema; and every table whose comment begins with 'kept by a reset'. All others are emptied.
--
-- Tables are named in the order in which they are locked: that of the transactions which write several of
-- them (sequencer; a projection's build before its tables; the watchdog's clocks before events; an
-- append's tables as it goes through them), so that a reset waits for them and never they for it.
CREATE VIEW events.reset_order AS
SELECT c.oid::regclass AS name,
    full_name = ANY ('{events.store,events.clock,events.sequencer,events.event_types,events.documents,events.publications,migrations.applied}')
        OR starts_with(coalesce(obj_description(c.oid, 'pg_class'), ''), 'kept by a reset') AS kept,
    pg_relation_size(c.oid) AS bytes,
    EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'f') AS refers,
    row_number() OVER (ORDER BY
        array_position('{events.sequencer,events.builds,events.seen,events.parked}'::text[], full_name),
        n.nspname IN ('events', 'keys'),
        array_position('{events.counters,events.events,events.outbox,events.commands,events.streams,keys.case_keys}'::text[],
            full_name), full_name) AS place
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (SELECT n.nspname || '.' || c.relname AS full_name) AS named
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema';

CREATE FUNCTION events.reset(start_at timestamptz, pace double precision)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    entry record;
    -- Truncating makes new files for every table and index: dearer than deleting a few rows.
    large CONSTANT bigint := 4 * 1024 * 1024;
    emptied text;
BEGIN
    IF NOT (SELECT simulation FROM events.clock) THEN
        RAISE EXCEPTION 'only a simulation can be reset';
    END IF;
    FOR entry IN SELECT * FROM events.reset_order WHERE NOT kept OR name = 'events.sequencer'::regclass
            ORDER BY place LOOP
        EXECUTE format('LOCK TABLE %s IN EXCLUSIVE MODE', entry.name);
    END LOOP;
    UPDATE events.clock SET resetting = true;
    SELECT string_agg(name::text, ', ') INTO emptied FROM events.reset_order WHERE NOT kept
        HAVING max(bytes) > large;
    IF emptied IS NOT NULL THEN
        EXECUTE 'TRUNCATE ' || emptied;
    ELSE
        FOR entry IN SELECT * FROM events.reset_order WHERE NOT kept AND bytes > 0
                ORDER BY refers DESC LOOP
            EXECUTE format('DELETE FROM %s', entry.name);
        END LOOP;
    END IF;
    UPDATE events.sequencer SET next_position = 0;
    UPDATE events.clock SET resetting = false, epoch = epoch + 1, watched = true, speed = pace,
        real_anchor = clock_timestamp(), simulated_anchor = start_at;
    PERFORM pg_notify('redress_clock', '');
END
$$;
COMMENT ON FUNCTION events.reset IS
    'Owner only, simulations only: everything recorded and projected is gone, and a new epoch begins at start_at.';

REVOKE ALL ON FUNCTION events.set_clock, events.reset FROM PUBLIC;
REVOKE ALL ON events.reset_order FROM PUBLIC;
