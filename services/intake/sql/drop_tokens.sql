DELETE FROM search_tokens WHERE stream = ANY (%(streams)s)
