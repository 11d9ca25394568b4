-- Which version of a procedure or calendar holds for new complaints: the one put in force last.
-- Nothing is changed, only added; how many rows there are tells a service whether to look again.
-- `source`: `folder` for what an installation finds among its files when it starts, `command` for
-- what somebody published while it ran.
CREATE TABLE events.publications (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    source text NOT NULL CHECK (source IN ('folder', 'command')),
    published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    FOREIGN KEY (kind, id, version) REFERENCES events.documents
);
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON events.publications
    FOR EACH STATEMENT EXECUTE FUNCTION events.refuse_change();
GRANT SELECT ON events.publications
    TO redress_intake, redress_dispatch, redress_sla, redress_analytics;

-- Calendars were kept under their version only; they are found by their name from now on.
INSERT INTO events.documents (kind, id, version, content, kept_at)
SELECT kind, left(version, -13), version, content, kept_at
  FROM events.documents
 WHERE kind = 'calendar' AND id = version
ON CONFLICT DO NOTHING;
