-- Reads of one complaint's text, newest first, before a read.
SELECT read, read_at, staff, role, unit, post, version, fields, texts, handed_out, correlation_id
FROM audit.reads
WHERE complaint = %(complaint)s AND (%(before)s::bigint IS NULL OR read < %(before)s)
ORDER BY read DESC
LIMIT %(limit)s
