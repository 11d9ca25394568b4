SELECT stream, count(*)::integer FROM events.outbox GROUP BY stream
