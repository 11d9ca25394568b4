-- How far the processes written with the library `eventsourcing` have followed each upstream.
CREATE TABLE events.tracking (
    follower text COLLATE "C" NOT NULL,
    upstream text COLLATE "C" NOT NULL,
    notification_id bigint NOT NULL,
    PRIMARY KEY (follower, upstream)
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE ON events.tracking
    TO redress_intake, redress_dispatch, redress_sla, redress_analytics;
