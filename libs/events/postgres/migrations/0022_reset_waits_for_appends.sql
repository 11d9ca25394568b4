-- A reset also waits for appends that have read a head but written nothing yet: such an append would
-- go on after it, from a head that is gone. Reading heads locks events.streams for as long as the
-- append's transaction lasts, so this table is locked against readers too, and before those that an
-- append writes.

CREATE OR REPLACE VIEW events.reset_order AS
SELECT c.oid::regclass AS name,
    full_name = ANY ('{events.store,events.clock,events.sequencer,events.event_types,events.documents,events.publications,migrations.applied}')
        OR starts_with(coalesce(obj_description(c.oid, 'pg_class'), ''), 'kept by a reset') AS kept,
    pg_relation_size(c.oid) AS bytes,
    EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype = 'f') AS refers,
    row_number() OVER (ORDER BY
        array_position('{events.sequencer,events.builds,events.seen,events.parked}'::text[], full_name),
        n.nspname IN ('events', 'keys'),
        array_position('{events.streams,events.counters,events.events,events.outbox,events.commands,keys.case_keys}'::text[],
            full_name), full_name) AS place
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (SELECT n.nspname || '.' || c.relname AS full_name) AS named
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema';

CREATE OR REPLACE FUNCTION events.reset(start_at timestamptz, pace double precision)
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
        EXECUTE format('LOCK TABLE %s IN %s MODE', entry.name,
            CASE WHEN entry.name = 'events.streams'::regclass THEN 'ACCESS EXCLUSIVE' ELSE 'EXCLUSIVE' END);
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
