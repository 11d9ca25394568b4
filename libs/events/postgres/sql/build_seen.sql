SELECT s.version FROM events.builds AS b JOIN events.seen AS s USING (build)
WHERE b.projection = %(projection)s AND b.state = 'live' AND s.stream = %(stream)s
