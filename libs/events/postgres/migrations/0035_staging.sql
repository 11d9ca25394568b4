-- Files of events that come into force at one commit. What an import appends is laid down in parts,
-- which a crash may interrupt and a second run goes on with; nobody reads it there. One function
-- then makes all of it events, in one transaction: readers see none of a file or all of it.

-- Roles belong to the cluster: another database may have made it already, or may be making it now.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'redress_import') THEN
        CREATE ROLE redress_import LOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;

GRANT USAGE ON SCHEMA events TO redress_import;
GRANT SELECT ON events.store, events.clock, events.event_types, events.documents,
    events.publications TO redress_import;
-- An old number must not be one of ours.
GRANT SELECT (number) ON events.commands TO redress_import;

-- One row per file, by the hash of its bytes; kept for good, so that the same file is never
-- imported twice. `plan`: hash of all else that the events were made by; what was laid down by
-- another plan is thrown away. `begun_at`: the instant of the import, until which the past is told.
CREATE TABLE events.stagings (
    staging text COLLATE "C" PRIMARY KEY,
    service text NOT NULL,
    plan bytea NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT events.now(),
    published_at timestamptz,
    streams integer,
    events bigint
);

-- New streams, each with the command that makes it. Not logged: a crash of the server empties both
-- tables, and the next run lays everything down anew.
CREATE UNLOGGED TABLE events.staged_streams (
    staging text COLLATE "C" NOT NULL REFERENCES events.stagings ON DELETE CASCADE,
    nth integer NOT NULL CHECK (nth > 0),
    stream text COLLATE "C" NOT NULL,
    command_id text COLLATE "C" NOT NULL,
    command_hash bytea NOT NULL,
    number text COLLATE "C",
    staff text NOT NULL,
    role text NOT NULL,
    unit text NOT NULL,
    wrapped_key bytea,
    PRIMARY KEY (staging, nth)
);
CREATE UNLOGGED TABLE events.staged_events (
    staging text COLLATE "C" NOT NULL,
    nth integer NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    type text COLLATE "C" NOT NULL,
    schema integer NOT NULL,
    happened_at timestamptz NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (staging, nth, version),
    FOREIGN KEY (staging, nth) REFERENCES events.staged_streams ON DELETE CASCADE
);
GRANT SELECT, INSERT ON events.stagings TO redress_import;
GRANT UPDATE (plan, begun_at) ON events.stagings TO redress_import;
GRANT SELECT, INSERT, DELETE ON events.staged_streams, events.staged_events TO redress_import;

CREATE FUNCTION events.publish(service text, staging text, streams integer)
RETURNS TABLE (published_at timestamptz, published_streams integer, published_events bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    part CONSTANT integer := 500;
    store_id text;
    whole events.stagings;
    at timestamptz;
    laid integer;
    stored bigint := 0;
    hash bytea;
    header bytea;
    e record;
    n_stream text[];
    n_version integer[];
    n_type text[];
    n_schema integer[];
    n_happened timestamptz[];
    n_header bytea[];
    n_body text[];
    n_hash bytea[];
BEGIN
    IF NOT pg_has_role(session_user, 'redress_' || publish.service, 'MEMBER') THEN
        RAISE EXCEPTION '% may not publish for %', session_user, publish.service
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- One at a time: two files must not both find that a number is free.
    PERFORM pg_advisory_xact_lock(hashtextextended('events.publish', 3));
    SELECT * INTO STRICT whole FROM events.stagings AS s
    WHERE s.staging = publish.staging AND s.service = publish.service FOR UPDATE;
    IF whole.published_at IS NOT NULL THEN
        RETURN QUERY SELECT whole.published_at, whole.streams, whole.events;
        RETURN;
    END IF;
    -- Nobody else has looked at these tables since they were filled; the plans below depend on it.
    ANALYZE events.staged_streams, events.staged_events;
    SELECT count(*) INTO laid FROM events.staged_streams AS t WHERE t.staging = publish.staging;
    IF laid <> publish.streams THEN
        RAISE EXCEPTION 'incomplete: % of % streams are laid down', laid, publish.streams
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM FROM events.staged_events AS t WHERE t.staging = publish.staging AND NOT EXISTS (
        SELECT FROM events.event_types AS o WHERE o.type = t.type AND o.service = publish.service);
    IF FOUND THEN
        RAISE EXCEPTION 'an event of a type that % may not append', publish.service
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM FROM events.staged_streams AS t JOIN events.commands AS c ON c.number = t.number
    WHERE t.staging = publish.staging;
    IF FOUND THEN
        RAISE EXCEPTION 'a number is taken' USING ERRCODE = 'unique_violation';
    END IF;
    SELECT s.store_id, events.now() INTO store_id, at FROM events.store AS s;
    PERFORM FROM events.staged_events AS t
    WHERE t.staging = publish.staging AND t.happened_at > at;
    IF FOUND THEN
        RAISE EXCEPTION 'an event ahead of the clock' USING ERRCODE = 'check_violation';
    END IF;

    -- Nobody else can know the new streams before the commit, so none of them is locked.
    FOR begin_at IN 1..coalesce((SELECT max(t.nth) FROM events.staged_streams AS t
            WHERE t.staging = publish.staging), 0) BY part LOOP
        n_stream := '{}'; n_version := '{}'; n_type := '{}'; n_schema := '{}';
        n_happened := '{}'; n_header := '{}'; n_body := '{}'; n_hash := '{}';
        FOR e IN
            SELECT s.*, v.version, v.type, v.schema, v.happened_at, v.body
            FROM events.staged_streams AS s JOIN events.staged_events AS v USING (staging, nth)
            WHERE s.staging = publish.staging AND s.nth BETWEEN begin_at AND begin_at + part - 1
            ORDER BY s.nth, v.version
        LOOP
            hash := CASE WHEN e.version > 1 THEN hash END;
            header := events.header(
                e.staff, e.body, NULL, e.command_id, NULL, e.happened_at,
                CASE WHEN e.version = 1 THEN e.number END, NULL, hash, at, e.role, e.schema,
                publish.service, store_id, e.stream, e.type, e.unit, e.version);
            hash := sha256('\x00'::bytea || header);
            n_stream := n_stream || e.stream;
            n_version := n_version || e.version;
            n_type := n_type || e.type;
            n_schema := n_schema || e.schema;
            n_happened := n_happened || e.happened_at;
            n_header := n_header || header;
            n_body := n_body || e.body;
            n_hash := n_hash || hash;
        END LOOP;
        INSERT INTO events.events
            (stream, version, type, schema, happened_at, recorded_at, header, body, hash)
        SELECT t.stream, t.version, t.type, t.schema, t.happened_at, at, t.header,
            convert_to(t.body, 'UTF8'), t.hash
        FROM unnest(n_stream, n_version, n_type, n_schema, n_happened, n_header, n_body, n_hash)
            AS t (stream, version, type, schema, happened_at, header, body, hash);
        INSERT INTO events.outbox (stream, version)
        SELECT t.stream, t.version FROM unnest(n_stream, n_version) AS t (stream, version);
        INSERT INTO events.streams (stream, version, head, recorded_at)
        SELECT DISTINCT ON (t.stream) t.stream, t.version, t.hash, at
        FROM unnest(n_stream, n_version, n_hash) AS t (stream, version, hash)
        ORDER BY t.stream, t.version DESC;
        stored := stored + cardinality(n_stream);
    END LOOP;

    INSERT INTO events.commands
        (command_id, command_hash, stream, first_version, last_version, recorded_at, number)
    SELECT t.command_id, t.command_hash, t.stream, 1, h.version, at, t.number
    FROM events.staged_streams AS t JOIN events.streams AS h USING (stream)
    WHERE t.staging = publish.staging;
    INSERT INTO keys.case_keys (stream, wrapped_key, created_at)
    SELECT t.stream, t.wrapped_key, at FROM events.staged_streams AS t
    WHERE t.staging = publish.staging AND t.wrapped_key IS NOT NULL;
    DELETE FROM events.staged_streams AS t WHERE t.staging = publish.staging;
    UPDATE events.stagings AS s SET published_at = at, streams = laid, events = stored
    WHERE s.staging = publish.staging;
    RETURN QUERY SELECT at, laid, stored;
END
$$;
COMMENT ON FUNCTION events.publish IS
    'Makes all that is laid down under a staging events, at one commit; a repeat returns the first result.';
REVOKE ALL ON FUNCTION events.publish FROM PUBLIC;
GRANT EXECUTE ON FUNCTION events.publish TO redress_import;
