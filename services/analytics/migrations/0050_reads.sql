-- Who has read sealed text: one row per read, written before anything is unsealed. Rows are added and
-- never changed, by rights and by trigger; they name fields, never what stood in them.

CREATE SCHEMA audit;

CREATE TABLE audit.reads (
    read bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    read_at timestamptz NOT NULL DEFAULT events.now(),
    staff text COLLATE "C" NOT NULL,
    role text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    post text COLLATE "C",
    complaint text COLLATE "C" NOT NULL,
    -- Up to which event, which fields, and how many texts in all.
    version integer NOT NULL,
    fields text[] COLLATE "C" NOT NULL,
    texts integer NOT NULL CHECK (texts > 0),
    -- As what it was handed out (a case, an export), for which request.
    handed_out text COLLATE "C" NOT NULL,
    correlation_id text COLLATE "C"
);
CREATE INDEX reads_by_complaint ON audit.reads (complaint, read DESC);
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.reads
    FOR EACH STATEMENT EXECUTE FUNCTION events.refuse_change();

REVOKE ALL ON SCHEMA audit FROM PUBLIC;
GRANT USAGE ON SCHEMA audit TO redress_analytics;
GRANT SELECT, INSERT ON audit.reads TO redress_analytics;
