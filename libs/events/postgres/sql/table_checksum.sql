-- Rows and a checksum that does not depend on their order; the columns named are left out of it.
SELECT count(*), coalesce(sum(hashtextextended((to_jsonb(t) - %(ignored)s::text[])::text, 0)), 0)::text
FROM {} AS t
