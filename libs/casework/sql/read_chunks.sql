SELECT sealed FROM events.file_chunks WHERE stream = %(stream)s AND file = %(file)s ORDER BY place
