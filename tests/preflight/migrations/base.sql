-- The schema that every statement of kinds.sql is run on.
CREATE TABLE customers (id bigint PRIMARY KEY, name varchar(40), email text, score int, note text);
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer bigint,
    amount numeric(10, 2),
    state varchar(20) DEFAULT 'new',
    comment text,
    placed timestamp,
    CONSTRAINT orders_state_known CHECK (state IS NOT NULL)
);
CREATE TABLE items (
    id bigint PRIMARY KEY,
    order_id bigint NOT NULL CONSTRAINT items_order REFERENCES orders (id),
    parent bigint,
    amount int
);
CREATE TABLE parts (id bigint, grp int, label text);
CREATE TABLE wide (id int, a varchar(10), b text, c char(4), d numeric(8, 2), e int, f timestamp);
CREATE TABLE settings (key text PRIMARY KEY, value text);
CREATE TABLE settings_history (LIKE settings);
CREATE TABLE logs (at timestamptz NOT NULL, line text) PARTITION BY RANGE (at);
CREATE TABLE logs_2025 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE logs_2026 (at timestamptz NOT NULL, line text);
CREATE TABLE sparse (n int) PARTITION BY RANGE (n);
CREATE TABLE sparse_rest PARTITION OF sparse DEFAULT;
CREATE TABLE ones (id int PRIMARY KEY, code text);
CREATE TABLE pairs (one_id int REFERENCES ones, note text, FOREIGN KEY (one_id) REFERENCES ones (id));
CREATE TABLE vehicles (id int, wheels int);
CREATE TABLE cars (id int, wheels int);
CREATE TABLE bikes (id int, wheels int);
CREATE TABLE doomed (id int PRIMARY KEY);
CREATE TABLE doomed_child (id int, doomed_id int REFERENCES doomed (id), order_id bigint);
ALTER TABLE doomed_child ADD CONSTRAINT doomed_child_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id);
CREATE TABLE keyed (id int NOT NULL, code text NOT NULL, span int4range);
CREATE UNIQUE INDEX keyed_id ON keyed (id);
CREATE UNIQUE INDEX keyed_code ON keyed (code);
CREATE TABLE typed (id int);
CREATE TYPE row_type AS (id int);
CREATE TYPE mood AS ENUM ('fine', 'tired');
CREATE DOMAIN positive AS int;
CREATE TABLE limits (id int, least positive);
CREATE SEQUENCE numbers;
CREATE SEQUENCE other_numbers;
CREATE INDEX orders_customer ON orders (customer);
CREATE INDEX orders_placed ON orders (placed);
CREATE INDEX orders_amount ON orders (amount);
CREATE VIEW open_orders AS SELECT id, state FROM orders;
CREATE VIEW old_orders AS SELECT id FROM orders;
CREATE MATERIALIZED VIEW totals AS SELECT 1 AS id, 2 AS total;
CREATE UNIQUE INDEX totals_id ON totals (id);
CREATE MATERIALIZED VIEW old_totals AS SELECT 1 AS id;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION widen() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    ALTER TABLE customers ADD COLUMN widened int;
END $$;
CREATE TRIGGER orders_touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE settings_quiet AS ON DELETE TO settings DO INSTEAD NOTHING;
CREATE POLICY orders_all ON orders USING (true);
CREATE STATISTICS wide_stats ON a, b FROM wide;
