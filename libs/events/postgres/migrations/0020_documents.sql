-- The exact bytes of every procedure and calendar this store has worked by: a complaint is judged
-- by the version it pins for as long as it is kept, whatever the files on disk say by then.
CREATE TABLE events.documents (
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('procedure', 'calendar')),
    id text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    content bytea NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (kind, id, version)
);
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON events.documents
    FOR EACH STATEMENT EXECUTE FUNCTION events.refuse_change();
GRANT SELECT ON events.documents
    TO redress_intake, redress_dispatch, redress_sla, redress_analytics;
