-- How far a position is behind: events, and seconds since the first one it lacks was recorded.
SELECT (SELECT coalesce(max(position), -1) FROM events.feed) - %(position)s AS events,
       coalesce(extract(epoch FROM events.now() - (
           SELECT e.recorded_at FROM events.feed AS f JOIN events.events AS e USING (stream, version)
           WHERE f.position = %(position)s + 1
       )), 0)::float8 AS seconds
