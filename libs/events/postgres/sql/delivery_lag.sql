-- Acknowledged by the cluster and not yet in the tables, without a look at the feed: positions, and
-- seconds since the tables last moved if there are any.
SELECT greatest(p.position - b.position, 0) AS events,
       CASE WHEN p.position > b.position
            THEN extract(epoch FROM clock_timestamp() - b.moved_at)::float8 ELSE 0 END AS seconds
FROM events.builds AS b CROSS JOIN events.publisher AS p
WHERE b.build = %(build)s
