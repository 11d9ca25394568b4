SELECT content FROM events.documents
WHERE kind = %(kind)s AND id = %(id)s AND version = %(version)s
