-- One row, one JSON object: what the doctor shows of a database.
SELECT json_build_object(
    'version', current_setting('server_version_num')::int / 10000,
    'database', current_database(),
    'encoding', current_setting('server_encoding'),
    'fsync', current_setting('fsync')::boolean,
    'synchronous_commit', current_setting('synchronous_commit') <> 'off',
    'full_page_writes', current_setting('full_page_writes')::boolean,
    'data_checksums', current_setting('data_checksums')::boolean,
    'in_recovery', pg_is_in_recovery(),
    'bytes', pg_database_size(current_database()),
    'migrated', to_regclass('events.clock') IS NOT NULL
);
