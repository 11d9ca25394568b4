-- Complaints of whoever has one of these tokens, newest first.
SELECT stream FROM intake.search_tokens
WHERE token = ANY (SELECT decode(unnest(%(tokens)s::text[]), 'hex')) AND happened_at >= %(since)s
    AND stream <> %(but)s
GROUP BY stream, happened_at
ORDER BY happened_at DESC, stream
LIMIT %(most)s
