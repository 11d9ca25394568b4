-- What sealing adds to each chunk: nonce and tag.
SELECT file, count(*)::integer, (sum(size) - 28 * count(*))::bigint FROM events.file_chunks
WHERE stream = %(stream)s AND file = ANY (%(files)s) GROUP BY file
