-- Carrying the feed over Kafka: how far it is published, and how far projections have taken it from
-- there. Kafka holds nothing that is not here: every row can be lost and found again from the feed.

-- At most one row: who may publish, in an epoch never used before, to which cluster, and the feed
-- position up to which that cluster has acknowledged everything.
CREATE TABLE events.publisher (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch bigint NOT NULL,
    holder text,
    renewed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    cluster text,
    position bigint NOT NULL DEFAULT -1
) WITH (fillfactor = 50);
-- A sequence, because an epoch must not come back when the row is removed and made again.
CREATE SEQUENCE events.publisher_epochs;

-- The last record acknowledged in each partition. A smaller offset later on means that the topic was
-- emptied behind our back.
CREATE TABLE events.published (
    topic text COLLATE "C" NOT NULL,
    partition integer NOT NULL,
    last_offset bigint NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

-- Records of different partitions arrive in no common order. `position` stays what it was: everything
-- up to it is in the tables. What is in them beyond it is in `ahead`.
ALTER TABLE events.builds ADD COLUMN ahead int8multirange NOT NULL DEFAULT '{}';

CREATE FUNCTION events.reached(ahead int8multirange) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT upper(range) - 1 FROM unnest(ahead + '{[-1,-1]}'::int8multirange) AS range
    ORDER BY range LIMIT 1
$$;
COMMENT ON FUNCTION events.reached IS 'The last of the positions that follow on from -1 without a gap.';

-- Where a build goes on reading each partition of a cluster.
CREATE TABLE events.deliveries (
    build bigint NOT NULL REFERENCES events.builds ON DELETE CASCADE,
    topic text COLLATE "C" NOT NULL,
    partition integer NOT NULL,
    cluster text COLLATE "C" NOT NULL,
    next_offset bigint NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (build, topic, partition)
) WITH (fillfactor = 50);

-- Records in the topics that are no events of this store. They have no effect; somebody should know.
CREATE TABLE events.refused_records (
    projection text COLLATE "C" NOT NULL,
    cluster text COLLATE "C" NOT NULL,
    topic text COLLATE "C" NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    reason text NOT NULL,
    stream text COLLATE "C",
    position bigint,
    refused_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (projection, cluster, topic, partition, record_offset)
);

GRANT SELECT ON events.events, events.store TO redress_relay;
GRANT SELECT, INSERT, UPDATE ON events.publisher TO redress_relay;
GRANT USAGE ON SEQUENCE events.publisher_epochs TO redress_relay;
GRANT SELECT, INSERT, UPDATE, DELETE ON events.published TO redress_relay;
GRANT SELECT ON events.publisher, events.deliveries, events.refused_records
    TO redress_intake, redress_dispatch, redress_sla, redress_analytics;
GRANT INSERT, UPDATE, DELETE ON events.deliveries
    TO redress_intake, redress_dispatch, redress_sla, redress_analytics;
GRANT INSERT ON events.refused_records
    TO redress_intake, redress_dispatch, redress_sla, redress_analytics;

ALTER TABLE events.deliveries ENABLE ROW LEVEL SECURITY;
CREATE POLICY deliveries_read ON events.deliveries FOR SELECT USING (true);
CREATE POLICY deliveries_own ON events.deliveries
    USING (build IN (SELECT build FROM events.builds WHERE owner = current_user));
