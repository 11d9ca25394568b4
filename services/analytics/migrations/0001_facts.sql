-- Facts that figures are made of: one row per complaint, cycle, order, clock run and revisit.
-- Made from the feed alone, rebuilt at will; no free text. Times are recorded times unless they say
-- otherwise.

CREATE SCHEMA analytics;

CREATE TABLE analytics.cases (
    complaint text COLLATE "C" PRIMARY KEY,
    version integer NOT NULL,
    number text COLLATE "C",
    procedure text COLLATE "C" NOT NULL,
    procedure_version text COLLATE "C" NOT NULL,
    tier text COLLATE "C",
    status text COLLATE "C" NOT NULL,
    -- The unit that registered, its first part, and every unit that ever acted or was handed an
    -- order, with all units above them (what access looks at).
    unit text COLLATE "C" NOT NULL,
    province text COLLATE "C" NOT NULL,
    units text[] COLLATE "C" NOT NULL,
    reach text[] COLLATE "C" NOT NULL,
    -- Units that have an open order in hand.
    holders text[] COLLATE "C" NOT NULL,
    channel text COLLATE "C",
    level text COLLATE "C",
    category text COLLATE "C",
    business text COLLATE "C",
    customer_tier text COLLATE "C",
    happened_at timestamptz NOT NULL,
    registered_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    missed integer NOT NULL,
    late_entries integer NOT NULL,
    -- On-time closure as the procedure defines it: the first closing, whether its outcome counts,
    -- and the limit without and with extensions; `counts_all`: every registered complaint is in the
    -- denominator, else only those closed or past their limit.
    closed_at timestamptz,
    outcome_counts boolean NOT NULL,
    limit_at timestamptz,
    extended_limit_at timestamptz,
    counts_all boolean NOT NULL
);
CREATE INDEX cases_by_time ON analytics.cases (registered_at DESC, complaint DESC);
CREATE INDEX cases_by_number ON analytics.cases (number);
CREATE INDEX cases_by_province ON analytics.cases (province, registered_at DESC, complaint DESC);
CREATE INDEX cases_open ON analytics.cases (province) WHERE status IN ('open', 'answered');

-- A complaint taken up again begins its next cycle; a cycle that was closed does not change.
CREATE TABLE analytics.cycles (
    complaint text COLLATE "C" NOT NULL,
    cycle integer NOT NULL,
    opened_at timestamptz NOT NULL,
    answered_at timestamptz,
    closed_at timestamptz,
    outcome text COLLATE "C",
    PRIMARY KEY (complaint, cycle)
);

CREATE TABLE analytics.orders (
    complaint text COLLATE "C" NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    of_order text COLLATE "C",
    issuer text COLLATE "C" NOT NULL,
    holder text COLLATE "C",
    state text COLLATE "C" NOT NULL,
    forwards integer NOT NULL,
    issued_at timestamptz NOT NULL,
    received_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (complaint, order_id)
);

-- `order_id` is '' where a clock runs per complaint. `running`: time still passes for it.
CREATE TABLE analytics.clocks (
    complaint text COLLATE "C" NOT NULL,
    clock text COLLATE "C" NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    run integer NOT NULL,
    unit text COLLATE "C" NOT NULL,
    running boolean NOT NULL,
    soft boolean NOT NULL,
    provisional boolean NOT NULL,
    started_at timestamptz NOT NULL,
    first_due_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    warn_at timestamptz,
    ended_at timestamptz,
    warned boolean NOT NULL,
    missed boolean NOT NULL,
    PRIMARY KEY (complaint, clock, order_id, run)
);
CREATE INDEX clocks_running ON analytics.clocks (due_at) WHERE running AND NOT soft;

CREATE TABLE analytics.revisits (
    complaint text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    cycle integer NOT NULL,
    happened_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    reached boolean NOT NULL,
    satisfaction text COLLATE "C",
    PRIMARY KEY (complaint, version)
);

GRANT USAGE ON SCHEMA analytics TO redress_analytics;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON analytics.cases, analytics.cycles, analytics.orders, analytics.clocks, analytics.revisits
    TO redress_analytics;
