INSERT INTO events.documents (kind, id, version, content)
VALUES (%(kind)s, %(id)s, %(version)s, %(content)s)
ON CONFLICT (kind, id, version) DO NOTHING
