-- Put what these streams reach, given as one JSON array.
INSERT INTO reach (stream, units, happened_at, last_at)
SELECT stream, units, happened_at, last_at
FROM jsonb_to_recordset(%(reaches)s::jsonb) AS r (stream text, units text[],
    happened_at timestamptz, last_at timestamptz)
ON CONFLICT (stream) DO UPDATE SET units = excluded.units, last_at = excluded.last_at
