CREATE INDEX orders_customer ON orders (customer, id);
PRAGMA user_version = 50;
