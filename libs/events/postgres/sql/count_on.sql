INSERT INTO events.counters (series, period, value)
VALUES (%(series)s, events.period(%(at)s, %(resets)s, %(zone)s), %(running)s)
ON CONFLICT (series, period) DO UPDATE SET value = excluded.value
