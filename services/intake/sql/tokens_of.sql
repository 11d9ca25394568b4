SELECT encode(token, 'hex') FROM intake.search_tokens WHERE stream = %(stream)s ORDER BY token
