SELECT events.now(), CASE WHEN simulation THEN speed ELSE 1 END,
    coalesce((SELECT max(recorded_at) FROM events.streams), events.now())
FROM events.clock
