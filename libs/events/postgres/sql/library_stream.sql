-- Versions up and down, bounded on either side; a bound that is null does not bound.
SELECT version, body FROM events.events
WHERE stream = %(stream)s
  AND version > coalesce(%(after)s, 0) AND version <= coalesce(%(upto)s, 2147483647)
ORDER BY CASE WHEN %(desc)s THEN -version ELSE version END
LIMIT %(limit)s
