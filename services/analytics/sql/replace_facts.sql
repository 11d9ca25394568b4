-- Makes the rows of some complaints what a fold of each says: the old ones go, the new ones come.
-- Tables are named without schema: a rebuild fills its own beside the live ones.
DELETE FROM cases WHERE complaint = ANY (%(complaints)s);
INSERT INTO cases SELECT * FROM jsonb_populate_recordset(NULL::cases, %(cases)s::jsonb);
DELETE FROM cycles WHERE complaint = ANY (%(complaints)s);
INSERT INTO cycles SELECT * FROM jsonb_populate_recordset(NULL::cycles, %(cycles)s::jsonb);
DELETE FROM orders WHERE complaint = ANY (%(complaints)s);
INSERT INTO orders SELECT * FROM jsonb_populate_recordset(NULL::orders, %(orders)s::jsonb);
DELETE FROM clocks WHERE complaint = ANY (%(complaints)s);
INSERT INTO clocks SELECT * FROM jsonb_populate_recordset(NULL::clocks, %(clocks)s::jsonb);
DELETE FROM revisits WHERE complaint = ANY (%(complaints)s);
INSERT INTO revisits SELECT * FROM jsonb_populate_recordset(NULL::revisits, %(revisits)s::jsonb);
