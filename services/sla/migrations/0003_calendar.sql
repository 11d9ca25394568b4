-- Only where a due time is provisional: the version of the calendar it was last looked at under.
-- Another one in force means: look again, before anything is said about the row.
ALTER TABLE sla.open_clocks ADD COLUMN calendar text COLLATE "C";

CREATE INDEX open_clocks_calendar ON sla.open_clocks (calendar)
    WHERE calendar IS NOT NULL AND parked IS NULL;
