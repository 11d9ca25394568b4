-- Rows and a checksum that does not depend on their order.
SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM {} AS t
