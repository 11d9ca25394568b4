-- A version that is in force already is not put in force again. What the folder holds counts only
-- when it is another version than the folder held before: a restart does not undo a publication.
INSERT INTO events.publications (kind, id, version, source)
SELECT %(kind)s, %(id)s, %(version)s, %(source)s
 WHERE %(version)s IS DISTINCT FROM (
       SELECT p.version FROM events.publications p
        WHERE p.kind = %(kind)s AND p.id = %(id)s
          AND (%(source)s = 'command' OR p.source = %(source)s)
        ORDER BY p.number DESC LIMIT 1)
