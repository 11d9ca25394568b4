-- Files of complaints, in sealed chunks. Like events they are only ever added, and content is
-- destroyed by destroying the case's key.
CREATE TABLE events.file_chunks (
    stream text COLLATE "C" NOT NULL REFERENCES events.streams,
    file text COLLATE "C" NOT NULL CHECK (file ~ '^[0-9a-f]{64}$'),
    place integer NOT NULL CHECK (place >= 0),
    sealed bytea NOT NULL CHECK (octet_length(sealed) <= 262172),
    size integer NOT NULL GENERATED ALWAYS AS (octet_length(sealed)) STORED,
    kept_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (stream, file, place)
);
-- Sealed bytes do not compress.
ALTER TABLE events.file_chunks ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON events.file_chunks
    FOR EACH STATEMENT EXECUTE FUNCTION events.refuse_change();

-- Intake takes them in, analytics gives them out, dispatch only looks whether they are there.
GRANT INSERT, SELECT ON events.file_chunks TO redress_intake;
GRANT SELECT ON events.file_chunks TO redress_analytics;
GRANT SELECT (stream, file, place, size) ON events.file_chunks TO redress_dispatch;
