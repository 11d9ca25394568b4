-- The event store: streams, events, what the append needs beside them, and who may do what.
-- The feed (positions, progress, parking) follows in 0010. Written for PostgreSQL 15 and newer.

-- Roles belong to the cluster, not to the database: another database may have made them already,
-- or may be making them at this moment.
DO $$
DECLARE
    service text;
BEGIN
    FOREACH service IN ARRAY ARRAY['relay', 'intake', 'dispatch', 'sla', 'analytics', 'console'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'redress_' || service) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I LOGIN', 'redress_' || service);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;
END
$$;

CREATE SCHEMA events;
CREATE SCHEMA keys;

-- Text keys compare by bytes (COLLATE "C") everywhere: the same order on every server, and fast.

-- One row: the short word that begins every stream id born here.
CREATE TABLE events.store (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    store_id text NOT NULL CHECK (store_id ~ '^[a-z][a-z0-9]{0,15}$'),
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO events.store (store_id) VALUES ('s' || left(replace(gen_random_uuid()::text, '-', ''), 5));

-- One row: real time, or the time of a simulation (see events.now in 0002).
CREATE TABLE events.clock (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    simulation boolean NOT NULL,
    epoch integer NOT NULL DEFAULT 0,
    speed double precision NOT NULL DEFAULT 1 CHECK (speed > 0),
    real_anchor timestamptz NOT NULL DEFAULT clock_timestamp(),
    simulated_anchor timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO events.clock (simulation) VALUES (false);

-- The head of each stream. Free room in the pages keeps head updates out of the index.
CREATE TABLE events.streams (
    stream text COLLATE "C" PRIMARY KEY,
    version integer NOT NULL CHECK (version > 0),
    head bytea NOT NULL,
    recorded_at timestamptz NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE events.events (
    stream text COLLATE "C" NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    type text COLLATE "C" NOT NULL,
    schema integer NOT NULL,
    happened_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    header bytea NOT NULL,
    body bytea NOT NULL CHECK (octet_length(body) <= 65536),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (stream, version)
);

-- Committed events that have no feed position yet. `id` is drawn while the stream is locked, so
-- within one stream it rises with the version; across streams it means nothing (it is drawn at
-- insert and seen at commit: never read past a remembered id, always drain by membership).
CREATE TABLE events.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream text COLLATE "C" NOT NULL,
    version integer NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- The first result of every command, for its repeats.
CREATE TABLE events.commands (
    command_id text COLLATE "C" PRIMARY KEY,
    command_hash bytea NOT NULL,
    stream text COLLATE "C" NOT NULL,
    first_version integer NOT NULL,
    last_version integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    number text
);

-- Running numbers: the last one given per series and period.
CREATE TABLE events.counters (
    series text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    value bigint NOT NULL,
    PRIMARY KEY (series, period)
) WITH (fillfactor = 50);

-- Which services may append which event type: the registry, as the append enforces it.
CREATE TABLE events.event_types (
    type text COLLATE "C" NOT NULL,
    service text COLLATE "C" NOT NULL,
    PRIMARY KEY (type, service)
);

-- The sealing key of each stream, wrapped. Destroying a key destroys the content.
CREATE TABLE keys.case_keys (
    stream text COLLATE "C" PRIMARY KEY,
    wrapped_key bytea NOT NULL,
    created_at timestamptz NOT NULL
);

-- The seat belt behind the rights: an event is never changed, not even by the owner in passing.
CREATE FUNCTION events.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are never changed: % on %.% refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON events.events
    FOR EACH STATEMENT EXECUTE FUNCTION events.refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON events.commands
    FOR EACH STATEMENT EXECUTE FUNCTION events.refuse_change();

-- Rights. Nobody but the owner writes here except through events.append (0002).
REVOKE ALL ON SCHEMA events, keys FROM PUBLIC;
GRANT USAGE ON SCHEMA events
    TO redress_relay, redress_intake, redress_dispatch, redress_sla, redress_analytics, redress_console;
GRANT SELECT ON events.store, events.clock
    TO redress_relay, redress_intake, redress_dispatch, redress_sla, redress_analytics, redress_console;
GRANT SELECT ON events.streams, events.events
    TO redress_relay, redress_intake, redress_dispatch, redress_sla, redress_analytics;
GRANT SELECT ON events.event_types
    TO redress_relay, redress_intake, redress_dispatch, redress_sla, redress_analytics;
GRANT SELECT, DELETE ON events.outbox TO redress_relay;
-- Only those that show or weigh content unseal it; the watchdog and the console do not.
GRANT USAGE ON SCHEMA keys TO redress_intake, redress_dispatch, redress_analytics;
GRANT SELECT ON keys.case_keys TO redress_intake, redress_dispatch, redress_analytics;
