SELECT kind, id, version
  FROM (SELECT DISTINCT ON (kind, id) number, kind, id, version
          FROM events.publications
         ORDER BY kind, id, number DESC) AS newest
 ORDER BY number
