-- Complaints of one procedure that were registered in a period.
SELECT complaint, province FROM analytics.cases
WHERE procedure = %(procedure)s AND registered_at >= %(from)s AND registered_at < %(until)s
ORDER BY registered_at, complaint
LIMIT %(most)s
