SELECT e.hash, e.header, e.body FROM events.events AS e
WHERE e.stream = %(stream)s AND e.version BETWEEN %(first)s AND %(last)s
ORDER BY e.version
