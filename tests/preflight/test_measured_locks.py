"""The lock table against a real PostgreSQL: every kind of statement, run and measured."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.domain.checks.migrations import MigrationsCheck
from runbook_tui.preflight.checks.migrations import CHECK
from runbook_tui.preflight.sql.catalogue import Catalogue
from runbook_tui.preflight.sql.measuring import Measured, measure
from runbook_tui.preflight.sql.planning import Step, plan
from runbook_tui.preflight.sql.postgresql_table import TABLE
from runbook_tui.preflight.sql.rehearsal import predicted_locks
from runbook_tui.preflight.sql.scratch import PREFIX, ScratchError, database, server, version
from runbook_tui.preflight.sql.statements import split
from tests.preflight.scratch_postgres import running
from tests.preflight.targets import by_key, result

FIXTURES = Path(__file__).parent / "migrations"

# What a session that asks for its lock cannot show: the second of two transactions.
SECOND_TRANSACTION = {"detached-partition-later"}
# A move to where the table is already rewrites nothing; another place is not at hand.
MOVES = {"set-tablespace", "set-access-method"}
# Kinds that PostgreSQL 15 does not have, and those that say that something is not known.
NOT_ON_15 = {"add-not-null-not-valid", "set-expression"}
NOT_MEASURED = {"alter-table-other"}


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with running() as connection:
        yield connection


@pytest.fixture(scope="module")
def measured(postgres: str) -> list[tuple[Step, Measured]]:
    """Every statement of kinds.sql on the schema of base.sql."""
    found: list[tuple[Step, Measured]] = []
    known = Catalogue()
    with database(LocalTools(), postgres) as where:
        main = version(where)
        if main < 15:
            pytest.skip(f"PostgreSQL {main} does not know every kind of statement")
        for name in ("base.sql", "kinds.sql"):
            text = (FIXTURES / name).read_text(encoding="utf-8")
            steps = list(plan(split(text, "postgresql"), "postgresql", (main,), known))
            results = measure(where, steps)
            failed = [(s.statement.text, m.error) for s, m in zip(steps, results, strict=True)
                      if m.error]  # fmt: skip
            assert failed == []
            found = list(zip(steps, results, strict=True))
    return found


def test_measured_and_predicted_locks_agree_for_every_kind_of_statement(
    measured: list[tuple[Step, Measured]],
) -> None:
    wrong = []
    for step, real in measured:
        if step.troubles:
            continue  # it says itself that it cannot tell
        predicted = predicted_locks(step)
        for lock in step.locks:
            if lock.kind in SECOND_TRANSACTION:
                del predicted[lock.table]
        if predicted != real.locks:
            wrong.append((step.statement.text, predicted, real.locks))
    assert wrong == []
    assert len(measured) > 140


def test_what_is_said_to_be_rewritten_has_another_file_afterwards(
    measured: list[tuple[Step, Measured]],
) -> None:
    wrong = []
    for step, real in measured:
        kinds = {lock.kind for lock in step.locks}
        if kinds & (MOVES | {"truncate"}):
            continue
        predicted = {lock.table for lock in step.locks if lock.duration == "rewrite"}
        if predicted != real.rewritten:
            wrong.append((step.statement.text, predicted, real.rewritten))
    assert wrong == []


def test_every_row_of_the_lock_table_that_this_server_knows_was_measured(
    measured: list[tuple[Step, Measured]],
) -> None:
    locking = {kind for kind, row in TABLE.items() if row.mode}
    seen = {lock.kind for step, _ in measured for lock in step.locks}
    seen |= {act.kind for step, _ in measured for act in step.acts}
    assert locking - seen <= NOT_ON_15 | NOT_MEASURED


def test_a_statement_whose_effect_is_hidden_says_so(
    measured: list[tuple[Step, Measured]],
) -> None:
    troubled = [step.statement.text for step, _ in measured if step.troubles]
    assert troubled == ["DROP SCHEMA archive CASCADE"]


# ---- the scratch server ----------------------------------------------------------------------


def names(postgres: str) -> set[str]:
    done = subprocess.run(
        ["psql", "-XAtd", f"{postgres} dbname=postgres", "-c", "SELECT datname FROM pg_database"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.split())


def test_it_works_in_a_database_of_its_own_and_drops_it(postgres: str) -> None:
    with database(LocalTools(), postgres) as where:
        assert where.database.startswith(PREFIX)
        assert where.database in names(postgres)
    assert not any(name.startswith(PREFIX) for name in names(postgres))


def test_it_is_dropped_when_something_fails(postgres: str) -> None:
    with pytest.raises(ZeroDivisionError), database(LocalTools(), postgres):
        raise ZeroDivisionError
    assert not any(name.startswith(PREFIX) for name in names(postgres))


def test_a_server_that_holds_another_database_is_refused(postgres: str, tmp_path: Path) -> None:
    run = ["psql", "-Xqd", f"{postgres} dbname=postgres", "-c"]
    subprocess.run([*run, "CREATE DATABASE shop"], check=True)
    try:
        with pytest.raises(ScratchError, match="shop"), database(LocalTools(), postgres):
            pass
        (tmp_path / "1.sql").write_text("ALTER TABLE a ADD COLUMN b int;\n")
        config = MigrationsCheck(paths=("1.sql",), scratch=postgres)
        keys = by_key(result(CHECK, config, tmp_path))
        assert [f.severity for f in keys["not-measured"]] == ["unknown"]
    finally:
        subprocess.run([*run, "DROP DATABASE shop"], check=True)


@pytest.mark.parametrize(
    "connection", ["", "user=x", "postgresql:///db", "host=a service=prod", "host='a"]
)
def test_a_connection_that_does_not_say_which_server_is_refused(connection: str) -> None:
    with pytest.raises(ScratchError):
        server(connection)


def test_the_password_is_in_no_list_of_processes() -> None:
    there = server("postgresql://me:geheim@db.example:5433/shop?sslmode=require")
    assert there.password == "geheim"
    assert "geheim" not in there.conninfo("x")
    assert "dbname='x'" in there.conninfo("x")
    assert "shop" not in there.conninfo("x")


def test_no_command_to_psql_in_a_migration_is_obeyed(postgres: str, tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    (tmp_path / "1.sql").write_text(
        f"\\! touch {touched}\n\\set x `touch {touched}`\nSELECT 1 \\g |touch {touched}\n"
        f"CREATE TABLE a (id int);\n\\! touch {touched}\n"
        f"COPY a FROM PROGRAM 'touch {touched}';\nINSERT INTO a VALUES (:x);\n"
    )
    config = MigrationsCheck(paths=("1.sql",), scratch=postgres)
    keys = by_key(result(CHECK, config, tmp_path))
    assert not touched.exists()
    assert "not-measured" in keys


# ---- the check with a scratch server ---------------------------------------------------------


def check(postgres: str, folder: Path, **files: str) -> dict[str, list[str]]:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    schema = "schema.sql" if "schema__sql" in files else None
    paths = tuple(name.replace("__", ".") for name in files if not name.startswith("schema"))
    (folder / "all").mkdir()
    for path in paths:
        (folder / path).rename(folder / "all" / path)
    config = MigrationsCheck(paths=("all",), scratch=postgres, schema=schema)
    found = by_key(result(CHECK, config, folder))
    return {key: [finding.title for finding in each] for key, each in found.items()}


SCHEMA = "CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric(8, 2));\n"


def test_a_way_back_that_does_not_bring_the_schema_back_is_found(
    postgres: str, tmp_path: Path
) -> None:
    found = check(
        postgres,
        tmp_path,
        schema__sql=SCHEMA,
        a__up__sql="SET lock_timeout = '1s';\nALTER TABLE orders ADD COLUMN note text;\n"
        "ALTER TABLE orders ALTER COLUMN amount SET DEFAULT 1;\n",
        a__down__sql="ALTER TABLE orders DROP COLUMN note;\n",
    )
    assert "amount" in found["down-differs"][0]
    assert "measured-otherwise" not in found


def test_a_way_back_that_does_is_not(postgres: str, tmp_path: Path) -> None:
    found = check(
        postgres,
        tmp_path,
        schema__sql=SCHEMA,
        a__up__sql="CREATE TABLE notes (id int REFERENCES orders (id));\n",
        a__down__sql="DROP TABLE notes;\n",
    )
    assert not {"down-differs", "down-fails", "fails-on-scratch", "schema-fails"} & set(found)
    assert "1 statements were run" in found["measured"][0]


def test_a_statement_that_fails_is_told_with_the_servers_words(
    postgres: str, tmp_path: Path
) -> None:
    found = check(postgres, tmp_path, schema__sql=SCHEMA, a__sql="ALTER TABLE nix ADD b int;\n")
    assert 'relation "nix" does not exist' in found["fails-on-scratch"][0]


def test_a_lock_that_nobody_foresaw_is_measured(postgres: str, tmp_path: Path) -> None:
    """A function of the schema in another language of SQL than the reader knows."""
    found = check(
        postgres,
        tmp_path,
        schema__sql=SCHEMA + "CREATE FUNCTION sneak(t text) RETURNS void LANGUAGE plpgsql AS $$"
        " BEGIN EXECUTE format('ALTER TABLE %I ADD COLUMN sneaked int', t); END $$;\n",
        a__sql="SELECT sneak('orders');\n",
    )
    assert "ACCESS EXCLUSIVE was measured" in found["measured-otherwise"][0]
    assert "EXECUTE" in found["not-checkable"][0]
