-- Positions are dense, so a page is a range. Reading on from a position loses nothing: the feed
-- has one writer, and what is later in it became visible later. LATERAL with LIMIT holds the planner
-- to one look-up per event: a hash join would read the whole of events for every page.
COPY (
    SELECT f.position, e.hash, e.header, e.body
    FROM events.feed AS f
    CROSS JOIN LATERAL (
        SELECT hash, header, body FROM events.events
        WHERE stream = f.stream AND version = f.version LIMIT 1
    ) AS e
    WHERE f.position > %(after)s AND f.position <= %(after)s::bigint + %(limit)s
    ORDER BY f.position
) TO STDOUT (FORMAT binary)
