SELECT version, encode(sha256(content), 'hex')
  FROM events.documents
 WHERE kind = %(kind)s AND id = %(id)s
 ORDER BY kept_at, version
