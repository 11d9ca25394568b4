-- One page of what a unit and those below it have in hand, after a row (keyset, never an offset);
-- of the past, only what has not changed since.
SELECT stream, order_id, unit, version, number, procedure, kind, status, received, level, priority,
    due_at, registered_at, changed_at, clocks
FROM dispatch.work
WHERE (unit = %(unit)s OR (unit > %(unit)s || '/' AND unit < %(unit)s || '0'))
    AND (%(unchanged_since)s::timestamptz IS NULL OR changed_at <= %(unchanged_since)s)
    AND (priority, due_at, registered_at, stream, order_id)
        > (%(priority)s, %(due_at)s, %(registered_at)s, %(stream)s, %(order_id)s)
ORDER BY priority, due_at, registered_at, stream, order_id
LIMIT %(limit)s
