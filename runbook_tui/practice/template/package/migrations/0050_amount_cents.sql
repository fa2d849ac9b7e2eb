-- 4.2 to 5.0: amounts in cents. Takes ten seconds.
ALTER TABLE orders RENAME TO orders_before_5_0;
CREATE TABLE orders (
    id           INTEGER PRIMARY KEY,
    customer     TEXT NOT NULL,
    placed_at    TEXT NOT NULL,
    state        TEXT NOT NULL,
    amount_cents INTEGER,
    currency     TEXT NOT NULL
);
INSERT INTO orders (id, customer, placed_at, state, amount_cents, currency)
    SELECT id, customer, placed_at, state, CAST(round(amount * 100) AS INTEGER), currency
    FROM orders_before_5_0;
DROP TABLE orders_before_5_0;
