-- The plain path: one command with one event and no number, when all is well: two statements.
-- Whatever else comes up is left to the batch, in the same transaction (what is claimed twice is
-- held once). Measured: a batch of one costs the server three times as much.
CREATE FUNCTION events.append_one(
    service text, stream_id text, expected integer, command text, command_hash text,
    staff text, role text, unit text, post text, correlation text, causation text,
    not_after timestamptz, after timestamptz, wrapped_key text,
    type text, schema integer, happened_at timestamptz, body text
) RETURNS TABLE (
    outcome text, stream text, first_version integer, last_version integer,
    recorded_at timestamptz, number text
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    head record;
    header bytea;
    well boolean := pg_has_role(session_user, 'redress_' || append_one.service, 'MEMBER')
        AND pg_try_advisory_xact_lock(hashtextextended(append_one.stream_id, 1))
        AND pg_try_advisory_xact_lock(hashtextextended(append_one.command, 2));
BEGIN
    IF well THEN
        SELECT h.head AS hash, r.at, s.store_id INTO head
        FROM events.store AS s
        CROSS JOIN (SELECT events.now() AS at OFFSET 0) AS t
        LEFT JOIN events.streams AS h ON h.stream = append_one.stream_id
        CROSS JOIN LATERAL (SELECT greatest(t.at, h.recorded_at) AS at) AS r
        WHERE coalesce(h.version, 0) = append_one.expected
            AND NOT EXISTS (SELECT FROM events.commands AS d WHERE d.command_id = append_one.command)
            AND EXISTS (SELECT FROM events.event_types AS o
                WHERE o.type = append_one.type AND o.service = append_one.service)
            AND (append_one.happened_at <= r.at + interval '60 seconds') IS NOT FALSE
            AND (r.at <= append_one.not_after) IS NOT FALSE
            AND (r.at > append_one.after) IS NOT FALSE;
        well := FOUND;
    END IF;
    IF NOT well THEN
        RETURN QUERY SELECT * FROM events.append(
            append_one.service, append_one.stream_id, append_one.expected::text,
            append_one.command, append_one.command_hash, '1', append_one.staff, append_one.role,
            append_one.unit, append_one.post, append_one.correlation, append_one.causation,
            append_one.not_after::text, append_one.after::text, append_one.wrapped_key,
            NULL, NULL, NULL, NULL, NULL, append_one.type, append_one.schema::text,
            append_one.happened_at::text, append_one.body);
        RETURN;
    END IF;

    outcome := 'stored';
    stream := append_one.stream_id;
    first_version := append_one.expected + 1;
    last_version := first_version;
    recorded_at := head.at;
    header := events.header(
        append_one.staff, append_one.body, append_one.causation, append_one.command,
        append_one.correlation, least(append_one.happened_at, head.at), NULL, append_one.post,
        head.hash, head.at, append_one.role, append_one.schema, append_one.service, head.store_id,
        append_one.stream_id, append_one.type, append_one.unit, append_one.expected + 1);
    WITH stored AS (
        INSERT INTO events.events
            (stream, version, type, schema, happened_at, recorded_at, header, body, hash)
        VALUES (append_one.stream_id, append_one.expected + 1, append_one.type, append_one.schema,
            least(append_one.happened_at, head.at), head.at, header,
            convert_to(append_one.body, 'UTF8'), sha256('\x00'::bytea || header))
        RETURNING stream, version, hash, recorded_at
    ),
    queued AS (
        INSERT INTO events.outbox (stream, version) SELECT stream, version FROM stored
    ),
    remembered AS (
        INSERT INTO events.commands
            (command_id, command_hash, stream, first_version, last_version, recorded_at)
        SELECT append_one.command, decode(append_one.command_hash, 'hex'), stream, version, version,
            recorded_at FROM stored
    ),
    keyed AS (
        INSERT INTO keys.case_keys (stream, wrapped_key, created_at)
        SELECT stream, decode(append_one.wrapped_key, 'hex'), recorded_at FROM stored
        WHERE append_one.expected = 0 AND append_one.wrapped_key IS NOT NULL
    )
    INSERT INTO events.streams (stream, version, head, recorded_at)
    SELECT stream, version, hash, recorded_at FROM stored
    ON CONFLICT (stream) DO UPDATE SET version = excluded.version, head = excluded.head,
        recorded_at = excluded.recorded_at;
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION events.append_one IS 'events.append for one command with one event.';
REVOKE ALL ON FUNCTION events.append_one FROM PUBLIC;
GRANT EXECUTE ON FUNCTION events.append_one
    TO redress_intake, redress_dispatch, redress_sla, redress_analytics;
