-- Replace the rows of these streams by those given as one JSON array.
WITH gone AS (
    DELETE FROM work AS w
    WHERE w.stream = ANY (%(streams)s)
        AND NOT EXISTS (
            SELECT FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (stream text, order_id text)
            WHERE r.stream = w.stream AND r.order_id = w.order_id)
)
INSERT INTO work (stream, order_id, unit, version, number, procedure, kind, status, received, level,
    priority, due_at, registered_at, changed_at, clocks)
SELECT stream, order_id, unit, version, number, procedure, kind, status, received, level,
    priority, due_at, registered_at, changed_at, clocks
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (stream text, order_id text, unit text,
    version integer, number text, procedure text, kind text, status text, received boolean,
    level text, priority text, due_at timestamptz, registered_at timestamptz,
    changed_at timestamptz, clocks jsonb)
ON CONFLICT (stream, order_id) DO UPDATE SET unit = excluded.unit, version = excluded.version,
    number = excluded.number, status = excluded.status, received = excluded.received,
    level = excluded.level, priority = excluded.priority, due_at = excluded.due_at,
    changed_at = excluded.changed_at, clocks = excluded.clocks, kind = excluded.kind
