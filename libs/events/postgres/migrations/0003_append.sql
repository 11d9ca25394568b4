-- The one way into the store.
--
-- A call takes a whole batch: many commands, each with events for one stream, and answers one row
-- per command. It waits for nobody but the counters, and judges by query, never by exception: one
-- command's refusal cannot touch its neighbours. The batch comes as columns: texts joined by
-- U+001F (which no JSON text and no name contains), an empty text meaning null; a column of nulls
-- may be null itself. Splitting a text is the cheapest way to hand hundreds of rows to the server
-- through any driver. What touches tables works on all rows at once; judging and chaining, which
-- go from one event to the next, are plain loops.

CREATE FUNCTION events.iso(at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
COMMENT ON FUNCTION events.iso IS 'The one way a time is written in a header: UTC, six digits, Z.';

CREATE FUNCTION events.period(at timestamptz, resets text, zone text)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE resets WHEN 'never' THEN '' ELSE to_char(at AT TIME ZONE zone, CASE resets
        WHEN 'daily' THEN 'YYYYMMDD' WHEN 'monthly' THEN 'YYYYMM' ELSE 'YYYY' END) END
$$;

-- `picture` is a to_char picture with one run of # for the running number, widened on overflow.
CREATE FUNCTION events.number_text(picture text, at timestamptz, zone text, value bigint)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT regexp_replace(shown, '#+', lpad(value::text,
        greatest(length(substring(shown FROM '#+')), length(value::text)), '0'))
    FROM to_char(at AT TIME ZONE zone, picture) AS shown
$$;

-- The header's bytes, in JCS order; absent fields are left out. A macro of one expression, so that
-- both ways of appending write the same header and the planner can put it in line.
CREATE FUNCTION events.header(
    actor text, body text, causation text, command text, correlation text, happened_at timestamptz,
    number text, post text, prev bytea, recorded_at timestamptz, role text, schema integer,
    service text, store text, stream text, type text, unit text, version integer
) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT convert_to(concat(
        '{"actor":', to_json(actor),
        ',"body":"', encode(sha256(convert_to(body, 'UTF8')), 'hex'),
        '"', ',"causation":' || to_json(causation),
        ',"command":', to_json(command),
        ',"correlation":' || to_json(correlation),
        ',"happened_at":"', events.iso(happened_at),
        '"', ',"number":' || to_json(number),
        ',"post":' || to_json(post),
        ',"prev":"', coalesce(encode(prev, 'hex'), repeat('0', 64)),
        '","recorded_at":"', events.iso(recorded_at),
        '","role":', to_json(role),
        ',"schema":', schema,
        ',"service":', to_json(service),
        ',"store":', to_json(store),
        ',"stream":', to_json(stream),
        ',"suite":"intl","type":', to_json(type),
        ',"unit":', to_json(unit),
        ',"version":', version, '}'), 'UTF8')
$$;

CREATE FUNCTION events.append(
    service text,
    -- one entry per command
    streams text, expected_versions text, commands text, command_hashes text, sizes text,
    staffs text, roles text, units text, posts text, correlations text, causations text,
    not_afters text, afters text, wrapped_keys text,
    number_series text, number_pictures text, number_resets text, number_zones text,
    number_places text,
    -- one entry per event, in the order of the commands
    types text, schemas text, happened_ats text, bodies text
) RETURNS TABLE (
    outcome text, stream text, first_version integer, last_version integer,
    recorded_at timestamptz, number text
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- The statements are planned once, perhaps while the tables are empty: never as sequential scans.
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    sep CONSTANT text := E'\x1f';
    -- the commands
    c_stream text[] := string_to_array(append.streams, sep);
    c_expected integer[] := string_to_array(append.expected_versions, sep)::integer[];
    c_id text[] := string_to_array(append.commands, sep);
    c_hash text[] := string_to_array(append.command_hashes, sep);
    c_size integer[] := string_to_array(append.sizes, sep)::integer[];
    c_staff text[] := string_to_array(append.staffs, sep);
    c_role text[] := string_to_array(append.roles, sep);
    c_unit text[] := string_to_array(append.units, sep);
    c_post text[] := string_to_array(append.posts, sep, '');
    c_correlation text[] := string_to_array(append.correlations, sep, '');
    c_causation text[] := string_to_array(append.causations, sep, '');
    c_not_after timestamptz[] := string_to_array(append.not_afters, sep, '')::timestamptz[];
    c_after timestamptz[] := string_to_array(append.afters, sep, '')::timestamptz[];
    c_key text[] := string_to_array(append.wrapped_keys, sep, '');
    c_place integer[] := string_to_array(append.number_places, sep, '')::integer[];
    -- their events
    e_type text[] := string_to_array(append.types, sep);
    e_schema integer[] := string_to_array(append.schemas, sep)::integer[];
    e_claim timestamptz[] := string_to_array(append.happened_ats, sep, '')::timestamptz[];
    e_body text[] := string_to_array(append.bodies, sep);
    -- what is found, judged and drawn, per command
    batch integer := cardinality(c_stream);
    claimed boolean[];
    called_at timestamptz;
    store_id text;
    owned text[];
    known events.commands;
    knowns events.commands[];
    versions integer[];
    heads bytea[];
    times timestamptz[];
    outcomes text[];
    numbers text[] := array_fill(NULL::text, ARRAY[batch]);
    -- what is to be stored, per event; filled first, for an array begins where it is first set
    n_stream text[] := array_fill(NULL::text, ARRAY[cardinality(e_type)]);
    n_version integer[] := array_fill(NULL::integer, ARRAY[cardinality(e_type)]);
    n_happened timestamptz[] := array_fill(NULL::timestamptz, ARRAY[cardinality(e_type)]);
    n_recorded timestamptz[] := n_happened;
    n_header bytea[] := array_fill(NULL::bytea, ARRAY[cardinality(e_type)]);
    n_hash bytea[] := n_header;
    -- the loops
    c integer;
    e integer := 0;
    at timestamptz;
    claim_at timestamptz;
    version integer;
    header bytea;
    hash bytea;
    verdict text;
    drawn record;
BEGIN
    IF NOT pg_has_role(session_user, 'redress_' || append.service, 'MEMBER') THEN
        RAISE EXCEPTION '% may not append for %', session_user, append.service
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF batch > 1 AND (SELECT count(DISTINCT s) < batch OR count(DISTINCT i) < batch
            FROM unnest(c_stream, c_id) AS t (s, i)) THEN
        RAISE EXCEPTION 'a stream or command comes twice in one batch'
            USING ERRCODE = 'cardinality_violation';
    END IF;

    -- Claim each stream (also one that does not exist yet, which has no row to lock) and each
    -- command id, until commit, without waiting: who holds either is answered first, this entry is
    -- "busy" and comes again. Only after the claims do the next statements look at the tables:
    -- their snapshots are newer, so they see all that earlier holders committed.
    claimed := ARRAY(
        SELECT pg_try_advisory_xact_lock(hashtextextended(s, 1))
            AND pg_try_advisory_xact_lock(hashtextextended(i, 2))
        FROM unnest(c_stream, c_id) AS t (s, i));

    SELECT events.now(), s.store_id, ARRAY(
        SELECT t.type FROM events.event_types AS t
        WHERE t.service = append.service AND t.type = ANY (e_type))
    INTO called_at, store_id, owned FROM events.store AS s;

    SELECT array_agg(coalesce(h.version, 0) ORDER BY t.nth), array_agg(h.head ORDER BY t.nth),
        array_agg(greatest(called_at, h.recorded_at) ORDER BY t.nth)
    INTO versions, heads, times
    FROM unnest(c_stream) WITH ORDINALITY AS t (stream, nth)
    LEFT JOIN LATERAL (
        SELECT * FROM events.streams AS s WHERE s.stream = t.stream LIMIT 1) AS h ON true;

    FOR known IN SELECT * FROM events.commands AS d WHERE d.command_id = ANY (c_id) LOOP
        knowns[array_position(c_id, known.command_id)] := known;
    END LOOP;

    FOR c IN 1..batch LOOP
        at := times[c];
        verdict := CASE
            WHEN NOT claimed[c] THEN 'busy'
            WHEN versions[c] <> c_expected[c] THEN 'conflict'
            WHEN at > c_not_after[c] OR at <= c_after[c] THEN 'outside'
            ELSE 'stored' END;
        FOR i IN 1..c_size[c] LOOP
            e := e + 1;
            IF verdict = 'stored' AND e_claim[e] > at + interval '60 seconds' THEN
                verdict := 'ahead';
            END IF;
            IF verdict <> 'busy' AND e_type[e] <> ALL (owned) THEN
                verdict := 'foreign';
            END IF;
        END LOOP;
        -- Not `knowns[c] IS NOT NULL`: of a row that says that no field is null, and a number may be.
        IF (knowns[c]).command_id IS NOT NULL AND claimed[c] THEN
            known := knowns[c];
            verdict := CASE WHEN known.command_hash = decode(c_hash[c], 'hex')
                THEN 'repeated' ELSE 'reused' END;
        END IF;
        outcomes[c] := verdict;
    END LOOP;

    -- The counters are the only locks waited for. All else is held or refused by now, and they are
    -- taken in the order of their keys: no two batches can wait for each other, and no number is
    -- drawn for a command that is refused.
    IF append.number_series IS NOT NULL THEN
        FOR drawn IN
            WITH wanted AS (
                SELECT t.nth, t.series, t.picture, t.zone, t.at,
                    events.period(t.at, t.resets, t.zone) AS period
                FROM unnest(outcomes, times,
                    string_to_array(append.number_series, sep, ''),
                    string_to_array(append.number_pictures, sep, ''),
                    string_to_array(append.number_resets, sep, ''),
                    string_to_array(append.number_zones, sep, '')
                ) WITH ORDINALITY AS t (outcome, at, series, picture, resets, zone, nth)
                WHERE t.outcome = 'stored' AND t.series IS NOT NULL
            ),
            taken AS (
                INSERT INTO events.counters AS held (series, period, value)
                SELECT w.series, w.period, count(*) FROM wanted AS w
                GROUP BY w.series, w.period ORDER BY w.series, w.period
                ON CONFLICT (series, period) DO UPDATE SET value = held.value + excluded.value
                RETURNING held.series, held.period, held.value
            )
            SELECT w.nth, events.number_text(w.picture, w.at, w.zone, t.value
                - count(*) OVER same_counter + row_number() OVER (same_counter ORDER BY w.nth)
                ) AS number
            FROM wanted AS w JOIN taken AS t USING (series, period)
            WINDOW same_counter AS (PARTITION BY w.series, w.period)
        LOOP
            numbers[drawn.nth] := drawn.number;
        END LOOP;
    END IF;

    e := 0;
    FOR c IN 1..batch LOOP
        IF outcomes[c] <> 'stored' THEN
            e := e + c_size[c];
            CONTINUE;
        END IF;
        at := times[c];
        version := versions[c];
        hash := heads[c];
        FOR i IN 1..c_size[c] LOOP
            e := e + 1;
            version := version + 1;
            claim_at := least(e_claim[e], at);
            header := events.header(
                c_staff[c], e_body[e], c_causation[c], c_id[c], c_correlation[c], claim_at,
                CASE WHEN c_place[c] = i THEN numbers[c] END, c_post[c], hash, at, c_role[c],
                e_schema[e], append.service, store_id, c_stream[c], e_type[e], c_unit[c], version);
            hash := sha256('\x00'::bytea || header);
            n_stream[e] := c_stream[c];
            n_version[e] := version;
            n_happened[e] := claim_at;
            n_recorded[e] := at;
            n_header[e] := header;
            n_hash[e] := hash;
        END LOOP;
        heads[c] := hash;
    END LOOP;

    INSERT INTO events.events
        (stream, version, type, schema, happened_at, recorded_at, header, body, hash)
    SELECT t.stream, t.version, t.type, t.schema, t.happened_at, t.recorded_at, t.header,
        convert_to(t.body, 'UTF8'), t.hash
    FROM unnest(n_stream, n_version, e_type, e_schema, n_happened, n_recorded, n_header, e_body,
        n_hash) AS t (stream, version, type, schema, happened_at, recorded_at, header, body, hash)
    WHERE t.stream IS NOT NULL;
    INSERT INTO events.outbox (stream, version)
    SELECT t.stream, t.version FROM unnest(n_stream, n_version) AS t (stream, version)
    WHERE t.stream IS NOT NULL;

    INSERT INTO events.commands
        (command_id, command_hash, stream, first_version, last_version, recorded_at, number)
    SELECT t.id, decode(t.hash, 'hex'), t.stream, t.expected + 1, t.expected + t.size, t.at, t.number
    FROM unnest(outcomes, c_id, c_hash, c_stream, c_expected, c_size, times, numbers)
        AS t (outcome, id, hash, stream, expected, size, at, number)
    WHERE t.outcome = 'stored';
    INSERT INTO events.streams (stream, version, head, recorded_at)
    SELECT t.stream, t.size, t.head, t.at
    FROM unnest(outcomes, c_expected, c_stream, c_size, heads, times)
        AS t (outcome, expected, stream, size, head, at)
    WHERE t.outcome = 'stored' AND t.expected = 0;
    UPDATE events.streams AS s
    SET version = t.expected + t.size, head = t.head, recorded_at = t.at
    FROM unnest(outcomes, c_expected, c_stream, c_size, heads, times)
        AS t (outcome, expected, stream, size, head, at)
    WHERE t.outcome = 'stored' AND t.expected > 0 AND s.stream = t.stream;

    IF append.wrapped_keys IS NOT NULL THEN
        INSERT INTO keys.case_keys (stream, wrapped_key, created_at)
        SELECT t.stream, decode(t.key, 'hex'), t.at
        FROM unnest(outcomes, c_expected, c_stream, c_key, times)
            AS t (outcome, expected, stream, key, at)
        WHERE t.outcome = 'stored' AND t.expected = 0 AND t.key IS NOT NULL;
    END IF;

    FOR c IN 1..batch LOOP
        outcome := outcomes[c];
        IF outcome = 'repeated' THEN
            known := knowns[c];
            stream := known.stream;
            first_version := known.first_version;
            last_version := known.last_version;
            recorded_at := known.recorded_at;
            number := known.number;
        ELSE
            stream := c_stream[c];
            first_version := c_expected[c] + 1;
            last_version := CASE WHEN outcome = 'stored' THEN c_expected[c] + c_size[c]
                ELSE versions[c] END;
            recorded_at := times[c];
            number := numbers[c];
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION events.append IS
    'Appends a batch. Outcomes: stored, repeated, reused, foreign, conflict (last_version = the actual one), ahead, outside, busy.';
REVOKE ALL ON FUNCTION events.append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION events.append TO redress_intake, redress_dispatch, redress_sla, redress_analytics;

-- Claims never wait, so under steady traffic a latecomer could find a stream busy for ever. Who was
-- turned away some times stands in line here first, in the transaction of its append: those who
-- only try are then turned away in its favour. It holds nothing while it waits, so nobody can be
-- waiting for it in turn.
CREATE FUNCTION events.stand_in_line(stream text) RETURNS void LANGUAGE plpgsql
SET lock_timeout = '2s'
AS $$
BEGIN
    PERFORM pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(stream, 1));
END
$$;
COMMENT ON FUNCTION events.stand_in_line IS 'Waits up to 2 s for the claim on a stream, else lock_not_available.';
REVOKE ALL ON FUNCTION events.stand_in_line FROM PUBLIC;
GRANT EXECUTE ON FUNCTION events.stand_in_line
    TO redress_intake, redress_dispatch, redress_sla, redress_analytics;
