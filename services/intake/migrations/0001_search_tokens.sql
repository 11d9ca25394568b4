-- By which customers are found again: keyed tokens of their numbers and addresses, never those
-- themselves. Made from the feed, rebuilt at will as long as a case's key exists, and gone with it:
-- the rows of a complaint are deleted when its archive is destroyed.

CREATE SCHEMA IF NOT EXISTS intake;

CREATE TABLE intake.search_tokens (
    token bytea NOT NULL CHECK (octet_length(token) = 16),
    stream text COLLATE "C" NOT NULL,
    -- When the complaint was registered, as it is said to have happened.
    happened_at timestamptz NOT NULL,
    PRIMARY KEY (token, stream)
);
CREATE INDEX search_tokens_by_stream ON intake.search_tokens (stream);

GRANT USAGE ON SCHEMA intake TO redress_intake;
GRANT SELECT, INSERT, DELETE ON intake.search_tokens TO redress_intake;
