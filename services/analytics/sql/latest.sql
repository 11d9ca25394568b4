-- The last events of the complaints that changed last, newest first, as far as the fact tables know
-- them. The last few of all are among the last few of each of as many complaints.
SELECT e.hash, e.header, e.body
FROM (
    SELECT complaint, version FROM analytics.cases ORDER BY last_at DESC LIMIT %(count)s
) AS c
CROSS JOIN LATERAL (
    SELECT recorded_at, version, hash, header, body FROM events.events
    WHERE stream = 'complaint/' || c.complaint
      AND version BETWEEN c.version - %(each)s + 1 AND c.version
) AS e
ORDER BY e.recorded_at DESC, e.version DESC
LIMIT %(count)s
