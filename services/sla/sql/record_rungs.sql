-- In the transaction of the events: a second record of a rung breaks the key and undoes its event.
INSERT INTO sla.rungs
       (complaint, clock, order_id, run, due_at, rung, rung_at, version, detected_at)
SELECT * FROM unnest(
       %(complaints)s::text[], %(clocks)s::text[], %(orders)s::text[], %(runs)s::integer[],
       %(dues)s::timestamptz[], %(rungs)s::text[], %(rung_times)s::timestamptz[],
       %(versions)s::integer[], %(detected)s::timestamptz[])
