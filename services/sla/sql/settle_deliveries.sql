UPDATE sla.deliveries d
   SET state = s.state,
       last_answer = s.answer,
       delivered_at = CASE WHEN s.state = 'delivered' THEN clock_timestamp() END,
       next_try_at = clock_timestamp() + make_interval(secs => s.wait_s)
  FROM unnest(%(streams)s::text[], %(versions)s::integer[], %(states)s::text[],
              %(answers)s::text[], %(waits)s::double precision[])
       AS s (stream, version, state, answer, wait_s)
 WHERE (d.stream, d.version, d.channel) = (s.stream, s.version, %(channel)s)
   AND d.state = 'pending'
