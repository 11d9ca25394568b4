SELECT events.now(), CASE WHEN simulation THEN speed ELSE 1 END FROM events.clock
