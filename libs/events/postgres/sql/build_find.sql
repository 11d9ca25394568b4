SELECT build, version, position, array(SELECT lower(r) FROM unnest(ahead) AS r),
    array(SELECT upper(r) - 1 FROM unnest(ahead) AS r)
FROM events.builds
WHERE projection = %(projection)s AND state = %(state)s
