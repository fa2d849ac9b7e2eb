"""A schema as a real PostgreSQL has it: what a migration changed, by its name."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from runbook_tui.domain.systems.asking import FAILED, NOT_ASKED, RESTORED
from runbook_tui.domain.systems.schema import PostgresqlSchema
from runbook_tui.domain.systems.seen import changes
from tests.adapters.systems.conftest import Child
from tests.preflight.scratch_postgres import running

MADE = """
DROP SCHEMA IF EXISTS public CASCADE; DROP SCHEMA IF EXISTS other CASCADE;
CREATE SCHEMA public; CREATE SCHEMA other;
CREATE TYPE public.state AS ENUM ('new', 'paid');
CREATE DOMAIN public.cents AS bigint CHECK (VALUE >= 0);
CREATE TYPE public.pair AS (a int, b text);
CREATE TABLE public.customers (id serial PRIMARY KEY, mail text NOT NULL UNIQUE);
CREATE TABLE public.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, total cents,
  customer int REFERENCES public.customers, state state DEFAULT 'new', at date);
CREATE INDEX by_at ON public.orders (at);
CREATE VIEW public.open AS SELECT id FROM public.orders WHERE state = 'new';
CREATE MATERIALIZED VIEW public.sums AS SELECT sum(total) AS sum FROM public.orders;
CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE AGGREGATE public.longest(text) (SFUNC = pg_catalog.text_larger, STYPE = text);
CREATE TRIGGER touched BEFORE UPDATE ON public.orders FOR EACH ROW EXECUTE FUNCTION public.touch();
CREATE POLICY mine ON public.orders USING (customer = 1);
CREATE TABLE other.parts (day date) PARTITION BY RANGE (day);
CREATE TABLE other.parts_2026 PARTITION OF other.parts
  FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running() as connection:
        yield f"{connection} dbname=postgres"


@pytest.fixture
def database(server: str) -> str:
    """A database with something of every kind."""
    sql(server, MADE)
    return server


def sql(server: str, text: str) -> None:
    done = subprocess.run(
        ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", server],
        input=text, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("step", "keys"),
    [
        ("ALTER TABLE orders ADD note text", ["table public.orders"]),
        ("ALTER TABLE orders ALTER at SET NOT NULL", ["table public.orders"]),
        ("ALTER TABLE orders ALTER state SET DEFAULT 'paid'", ["table public.orders"]),
        ("ALTER TABLE customers ALTER mail TYPE varchar(90)", ["table public.customers"]),
        ("GRANT SELECT ON orders TO pg_monitor", ["table public.orders"]),
        ("COMMENT ON COLUMN orders.at IS 'day'", ["table public.orders"]),
        ("ALTER TABLE orders ENABLE ROW LEVEL SECURITY", ["table public.orders"]),
        ("CREATE INDEX more ON orders (customer)", ["index public.more"]),
        ("DROP INDEX by_at", ["index public.by_at"]),
        ("ALTER TABLE orders ADD CONSTRAINT sane CHECK (total < 9) NOT VALID",
         ["constraint public.orders.sane"]),
        ("CREATE OR REPLACE VIEW open AS SELECT id FROM public.orders", ["view public.open"]),
        ("DROP MATERIALIZED VIEW sums", ["materialized-view public.sums"]),
        ("CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS"
         " 'BEGIN RETURN OLD; END'", ["function public.touch()"]),
        ("DROP AGGREGATE longest(text)", ["function public.longest(text)"]),
        ("ALTER TABLE orders DISABLE TRIGGER touched", ["trigger public.orders.touched"]),
        ("ALTER SEQUENCE customers_id_seq MAXVALUE 99", ["sequence public.customers_id_seq"]),
        ("ALTER TYPE state ADD VALUE 'void'", ["type public.state"]),
        ("ALTER DOMAIN cents SET DEFAULT 0", ["type public.cents"]),
        ("ALTER TYPE pair ADD ATTRIBUTE c int", ["type public.pair"]),
        ("ALTER POLICY mine ON orders USING (true)", ["policy public.orders.mine"]),
        ("CREATE RULE no AS ON DELETE TO orders DO INSTEAD NOTHING", ["rule public.orders.no"]),
        ("ALTER TABLE other.parts DETACH PARTITION other.parts_2026", ["table other.parts_2026"]),
        ("CREATE SCHEMA third", ["schema third"]),
    ],
)  # fmt: skip
def test_what_a_migration_changed_has_a_name(
    child: Child, database: str, step: str, keys: list[str]
) -> None:
    config = PostgresqlSchema(connection=database)
    before = child.look(config)
    assert {key.split(" ")[0] for key in before.objects} == {
        "schema", "extension", "table", "view", "materialized-view", "sequence", "index",
        "constraint", "trigger", "policy", "function", "type",
    }  # fmt: skip
    sql(database, f"SET search_path = public; {step};")
    found = [change.key for change in changes(before, child.look(config))]
    sql(database, "DROP SCHEMA IF EXISTS third")

    assert len(found) == len(keys), found
    assert all(one.startswith(key) for one, key in zip(found, keys, strict=True)), found


def test_rows_and_where_sequences_stand_are_no_schema(child: Child, database: str) -> None:
    config = PostgresqlSchema(connection=database)
    before = child.look(config)
    sql(database, "INSERT INTO public.customers (mail) VALUES ('a'); ANALYZE;")

    assert child.look(config) == before
    assert before.lines["table public.orders"] == "5 columns"
    assert before.lines["type public.state"] == "new, paid"


def test_only_some_schemas_can_be_looked_at(child: Child, database: str) -> None:
    seen = child.look(PostgresqlSchema(connection=database, schemas=("other",)))
    assert set(seen.objects) == {"schema other", "table other.parts", "table other.parts_2026"}


def test_nothing_is_put_back_and_that_is_said(child: Child, database: str) -> None:
    config = PostgresqlSchema(connection=database)
    before = child.look(config)
    sql(database, "ALTER TABLE public.orders ADD note text")
    ours = child.look(config)

    said = child.restore(config, before, ours)

    assert said.code == FAILED
    assert "a schema is put back by a down migration" in said.out
    assert child.look(config) == ours
    sql(database, "ALTER TABLE public.orders DROP note")
    assert child.restore(config, before, ours).code == RESTORED  # as the down migration left it
    assert not PostgresqlSchema.restores


def test_a_table_that_somebody_has_locked_does_not_hold_the_look_for_long(
    child: Child, database: str
) -> None:
    # What asks for a view's text waits for its tables; the look gives up, and says why.
    lock = "BEGIN; LOCK TABLE public.open IN ACCESS EXCLUSIVE MODE; SELECT 'held'; SELECT 1;\n"
    with subprocess.Popen(
        ["psql", "-X", "-q", "-A", "-t", "-d", database],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
    ) as holder:  # fmt: skip
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdin.write(lock)
        assert holder.stdout.readline() == "held\n"
        said = child.ask(PostgresqlSchema(connection=database))
        holder.stdin.close()

    assert said.code == NOT_ASKED
    assert "canceling statement due to lock timeout" in said.err


@pytest.mark.parametrize(
    ("connection", "why"),
    [
        ("host=/nowhere dbname=x", "No such file or directory"),
        ("postgresql://u:hunter2hunter2@127.0.0.1:1/x", "Connection refused"),
        ("host=/nowhere", "names no database"),
        ("host=/nowhere dbname=x strange=1", "an option that is not known: strange"),
        ("nonsense", "cannot be read"),
        ("postgresql://u@host:port/x", "is no URL"),
    ],
)
def test_it_says_why_it_cannot_look(child: Child, connection: str, why: str) -> None:
    said = child.refused(PostgresqlSchema(connection=connection))
    assert why in said
    assert "hunter2" not in said
