-- What this session has written to the given tables and not yet reported to the statistics.
SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)
FROM pg_stat_xact_user_tables
WHERE schemaname = %(schema)s AND relname = ANY(%(tables)s)
