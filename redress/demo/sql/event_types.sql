SELECT type, count(*) FROM events.events GROUP BY type ORDER BY type
