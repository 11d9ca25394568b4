-- What the watchdog keeps. sla.open_clocks can be deleted and comes back from the stream; sla.rungs
-- and sla.deliveries remember what was done.

CREATE SCHEMA sla;

-- One row per run of a clock that has a rung still to be recorded: its next one (`warned-900` at
-- nine tenths of the time, `missed-1000` at the due time). `order_id` is '' where a clock runs per
-- complaint. `version`: the stream's version the row was folded from; an older fold never
-- overwrites it. `parked`: why this row cannot be judged; it comes back when its complaint moves on
-- or the watchdog starts anew.
CREATE TABLE sla.open_clocks (
    complaint text COLLATE "C" NOT NULL,
    clock text COLLATE "C" NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    run integer NOT NULL CHECK (run >= 1),
    due_at timestamptz NOT NULL,
    rung text COLLATE "C" NOT NULL,
    rung_at timestamptz NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    parked text,
    PRIMARY KEY (complaint, clock, order_id, run)
) WITH (fillfactor = 80);

-- The watchdog's only way in: what it costs follows what is due, not what is open.
CREATE INDEX open_clocks_next_rung ON sla.open_clocks (rung_at)
    WHERE parked IS NULL;
CREATE INDEX open_clocks_parked ON sla.open_clocks (complaint) WHERE parked IS NOT NULL;

-- Each rung once for ever. The row commits together with its event, which is `version`.
-- `rung_at`: when the rung was due; `detected_at`: when its event was recorded.
CREATE TABLE sla.rungs (
    complaint text COLLATE "C" NOT NULL,
    clock text COLLATE "C" NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    run integer NOT NULL,
    due_at timestamptz NOT NULL,
    rung text COLLATE "C" NOT NULL,
    rung_at timestamptz NOT NULL,
    version integer NOT NULL,
    detected_at timestamptz NOT NULL,
    PRIMARY KEY (complaint, clock, order_id, run, due_at, rung)
);

-- What is told about one event: clear fields only.
CREATE TABLE sla.notices (
    stream text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    type text COLLATE "C" NOT NULL,
    happened_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    payload bytea NOT NULL,
    PRIMARY KEY (stream, version)
);

-- One row per notice and channel. Times are real time, also in a simulation.
-- A claim moves `next_try_at` ahead by the lease, so a dead worker's notice comes back by itself.
CREATE TABLE sla.deliveries (
    stream text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    channel text NOT NULL CHECK (channel IN ('log', 'webhook')),
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_answer text,
    delivered_at timestamptz,
    PRIMARY KEY (stream, version, channel),
    FOREIGN KEY (stream, version) REFERENCES sla.notices
);

CREATE INDEX deliveries_next_try ON sla.deliveries (channel, next_try_at)
    WHERE state = 'pending';

GRANT USAGE ON SCHEMA sla TO redress_sla;
GRANT SELECT, INSERT, UPDATE, DELETE ON sla.open_clocks TO redress_sla;
GRANT SELECT, INSERT ON sla.rungs, sla.notices TO redress_sla;
GRANT SELECT, INSERT, UPDATE ON sla.deliveries TO redress_sla;
