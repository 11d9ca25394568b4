-- What was laid down by another plan than the one in force.
DELETE FROM events.staged_streams AS t
WHERE t.staging = %(staging)s AND NOT EXISTS (
    SELECT FROM events.stagings AS s WHERE s.staging = %(staging)s AND s.plan = %(plan)s)
