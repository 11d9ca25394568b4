-- The feed, the sequencer's lease, and what projections remember: position, versions seen, parked
-- streams.

-- The one order of all events: dense positions from 0, written by the sequencer alone, so reading on
-- from a position loses nothing.
CREATE TABLE events.feed (
    position bigint PRIMARY KEY CHECK (position >= 0),
    stream text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    UNIQUE (stream, version)
);
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON events.feed
    FOR EACH STATEMENT EXECUTE FUNCTION events.refuse_change();

-- One row. Whoever holds the current epoch may move rows from outbox to feed.
CREATE TABLE events.sequencer (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch bigint NOT NULL DEFAULT 0,
    next_position bigint NOT NULL DEFAULT 0,
    holder text,
    renewed_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);
INSERT INTO events.sequencer DEFAULT VALUES;

-- One build of a projection's tables. `live` is the one readers see; `rebuild` grows beside it.
CREATE TABLE events.builds (
    build bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    projection text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    state text NOT NULL CHECK (state IN ('live', 'rebuild', 'retired')),
    position bigint NOT NULL DEFAULT -1,
    owner name NOT NULL DEFAULT current_user,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX builds_live ON events.builds (projection) WHERE state = 'live';
CREATE UNIQUE INDEX builds_rebuild ON events.builds (projection) WHERE state = 'rebuild';

-- The last version of each stream whose effect a build contains. No foreign key: it would be checked
-- for every stream of every page.
CREATE TABLE events.seen (
    build bigint NOT NULL,
    stream text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (build, stream)
) WITH (fillfactor = 80);

-- A stream that a build could not apply. Its events from `at_version` on wait in the store.
-- `reason` is an error's class and place in the code, never its text, which may hold values.
CREATE TABLE events.parked (
    build bigint NOT NULL REFERENCES events.builds ON DELETE CASCADE,
    stream text COLLATE "C" NOT NULL,
    at_version integer NOT NULL,
    last_version integer NOT NULL,
    reason text NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    replay_at timestamptz,
    PRIMARY KEY (build, stream)
);

GRANT SELECT, INSERT ON events.feed TO redress_relay;
GRANT SELECT, UPDATE ON events.sequencer TO redress_relay;

GRANT SELECT ON events.sequencer, events.builds, events.seen, events.parked
    TO redress_intake, redress_dispatch, redress_sla, redress_analytics, redress_console;
GRANT SELECT ON events.feed
    TO redress_intake, redress_dispatch, redress_sla, redress_analytics;
GRANT INSERT, UPDATE, DELETE ON events.builds, events.seen, events.parked
    TO redress_intake, redress_dispatch, redress_sla, redress_analytics;

-- A service moves only its own builds and what hangs on them.
ALTER TABLE events.builds ENABLE ROW LEVEL SECURITY;
CREATE POLICY builds_read ON events.builds FOR SELECT USING (true);
CREATE POLICY builds_own ON events.builds USING (owner = current_user)
    WITH CHECK (owner = current_user);
ALTER TABLE events.seen ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen_read ON events.seen FOR SELECT USING (true);
CREATE POLICY seen_own ON events.seen
    USING (build IN (SELECT build FROM events.builds WHERE owner = current_user));
ALTER TABLE events.parked ENABLE ROW LEVEL SECURITY;
CREATE POLICY parked_read ON events.parked FOR SELECT USING (true);
CREATE POLICY parked_own ON events.parked
    USING (build IN (SELECT build FROM events.builds WHERE owner = current_user));
