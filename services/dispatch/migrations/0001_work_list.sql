-- The work list: what each unit has in hand. Made from the feed alone, rebuilt at will; no free text.

CREATE SCHEMA IF NOT EXISTS dispatch;

-- One row per open order (in the unit that holds it) and one per open complaint as a whole (in the
-- unit that registered it; `order_id` is then empty).
CREATE TABLE dispatch.work (
    stream text COLLATE "C" NOT NULL,
    order_id text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    number text COLLATE "C",
    procedure text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    received boolean NOT NULL,
    level text COLLATE "C",
    -- One character per principle of the procedure's order of priority: 0 before 1.
    priority text COLLATE "C" NOT NULL,
    -- The nearest due time of the clocks below; infinity where none runs.
    due_at timestamptz NOT NULL,
    registered_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    clocks jsonb NOT NULL,
    PRIMARY KEY (stream, order_id)
);
CREATE INDEX work_by_unit ON dispatch.work (unit, priority, due_at, registered_at, stream, order_id);

GRANT USAGE ON SCHEMA dispatch TO redress_dispatch;
GRANT SELECT, INSERT, UPDATE, DELETE ON dispatch.work TO redress_dispatch;
