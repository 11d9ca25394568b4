INSERT INTO audit.reads (staff, role, unit, post, complaint, version, fields, texts, handed_out,
    correlation_id)
VALUES (%(staff)s, %(role)s, %(unit)s, %(post)s, %(complaint)s, %(version)s, %(fields)s, %(texts)s,
    %(handed_out)s, %(correlation_id)s)
