-- A rung judged ahead of its time, on the stream as it stood at `version`: what to append if it still
-- stands there when the time comes. Empty: what comes of the rung can only be said at its time.
ALTER TABLE sla.open_clocks ADD COLUMN prepared bytea;

CREATE INDEX open_clocks_unprepared ON sla.open_clocks (rung_at)
    WHERE prepared IS NULL AND parked IS NULL;
