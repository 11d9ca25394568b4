-- Positions are dense, so a page is a range. Reading on from a position loses nothing: the feed
-- has one writer, and what is later in it became visible later.
COPY (
    SELECT f.position, e.hash, e.header, e.body
    FROM events.feed AS f JOIN events.events AS e USING (stream, version)
    WHERE f.position > %(after)s AND f.position <= %(after)s::bigint + %(limit)s
    ORDER BY f.position
) TO STDOUT (FORMAT binary)
