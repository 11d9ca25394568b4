-- Time of the store: the server's clock, or that of a simulation.

CREATE FUNCTION events.now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN simulation
        THEN simulated_anchor + (clock_timestamp() - real_anchor) * speed
        ELSE clock_timestamp() END
    FROM events.clock
$$;
COMMENT ON FUNCTION events.now() IS
    'The time events are recorded at: real time, or simulated time where the store is a simulation.';

-- A store is born real or as a simulation; afterwards nobody changes that, and within an epoch
-- simulated time never goes back.
CREATE FUNCTION events.guard_clock() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    born boolean := NOT EXISTS (SELECT FROM events.streams) AND OLD.epoch = 0;
BEGIN
    IF NEW.simulation <> OLD.simulation AND NOT (NEW.simulation AND born) THEN
        RAISE EXCEPTION 'a store is declared a simulation before its first event or never';
    END IF;
    IF NOT NEW.simulation AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'the clock of a real store is not set';
    END IF;
    IF NEW.epoch < OLD.epoch THEN
        RAISE EXCEPTION 'epochs only rise';
    END IF;
    IF OLD.simulation AND NEW.epoch = OLD.epoch AND NEW.simulated_anchor
            < OLD.simulated_anchor + (NEW.real_anchor - OLD.real_anchor) * OLD.speed THEN
        RAISE EXCEPTION 'simulated time never goes back';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER guarded BEFORE UPDATE ON events.clock
    FOR EACH ROW EXECUTE FUNCTION events.guard_clock();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON events.clock
    FOR EACH STATEMENT EXECUTE FUNCTION events.refuse_change();

CREATE FUNCTION events.declare_simulation(start_at timestamptz, pace double precision)
RETURNS void LANGUAGE sql AS $$
    UPDATE events.clock SET simulation = true, speed = pace,
        real_anchor = clock_timestamp(), simulated_anchor = start_at
$$;
COMMENT ON FUNCTION events.declare_simulation IS
    'Owner only, before the first event: the store plays from start_at, pace times as fast as life.';

CREATE FUNCTION events.set_clock(to_at timestamptz, pace double precision)
RETURNS void LANGUAGE sql AS $$
    UPDATE events.clock SET speed = pace,
        real_anchor = clock_timestamp(), simulated_anchor = coalesce(to_at, events.now())
$$;
COMMENT ON FUNCTION events.set_clock IS
    'Owner only: jump forward to to_at (null: stay) and run on at the given pace; simulations only.';

REVOKE ALL ON FUNCTION events.declare_simulation, events.set_clock FROM PUBLIC;
