-- Whether all of these projections have got to the end: nothing waits for its place in the feed, and
-- each has a live build that stands at the feed's last position.
SELECT NOT EXISTS (SELECT FROM events.outbox)
   AND (SELECT count(*) = cardinality(%(projections)s::text[])
        FROM events.builds, events.sequencer
        WHERE projection = ANY (%(projections)s::text[]) AND state = 'live'
          AND position >= next_position - 1)
