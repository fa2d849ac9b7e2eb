"""Migrations: the rewritten one keeps the service going; the package's own does not."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import threading
from contextlib import closing
from pathlib import Path

from practice.driving import Operator, until
from runbook_tui.practice import migration
from runbook_tui.practice.lab import Lab


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path, timeout=5)) as db:
        return list(db.execute(query))


def schema(path: Path) -> list[tuple[object, ...]]:
    return rows(path, "SELECT type, name, sql FROM sqlite_master ORDER BY type, name")


def test_orders_go_on_while_the_migration_runs_and_none_is_lost(operator: Operator) -> None:
    database = operator.lab.layout.database
    before = int(operator.ctl("probe", "orders-count").split()[0])
    said = operator.ctl("migrate", "--to", "5.0")
    assert sum("migrating orders" in line for line in said.splitlines()) >= 4
    assert operator.ctl("probe", "schema") == "schema 50"
    assert int(operator.ctl("probe", "orders-count").split()[0]) > before
    wrong = "SELECT count(*) FROM orders WHERE amount_cents <> round(amount * 100)"
    assert rows(database, wrong + " OR amount_cents IS NULL") == [(0,)]
    assert operator.ctl("load", "blip", "--seconds", "15").startswith("no failed request")
    assert operator.ctl("probe", "lost-orders").startswith("0 of ")
    assert operator.ctl("migrate", "--to", "5.0") == "schema 50 already; nothing to do"


def test_both_versions_write_rows_that_the_other_can_read(stopped_lab: Lab) -> None:
    migration.rehearse(stopped_lab.layout, lambda line: None)
    Operator(stopped_lab).ctl("migrate", "--to", "5.0")
    with closing(sqlite3.connect(stopped_lab.layout.database)) as db:
        rest = "('c', '2026', 'confirmed', {}, 'EUR')"
        columns = "INSERT INTO orders (customer, placed_at, state, {}, currency) VALUES "
        db.execute((columns + rest).format("amount", "'0.29'"))
        db.execute((columns + rest).format("amount_cents", "1999"))
        newest = db.execute("SELECT amount, amount_cents FROM orders ORDER BY id DESC LIMIT 2")
        assert newest.fetchall() == [("19.99", 1999), ("0.29", 29)]


def test_a_lock_that_cannot_be_had_is_given_up_in_time_and_nothing_is_changed(
    stopped_lab: Lab,
) -> None:
    operator = Operator(stopped_lab)
    before = schema(stopped_lab.layout.database)
    with closing(sqlite3.connect(stopped_lab.layout.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        said = operator.refused("migrate", "--to", "5.0", "--lock-timeout", "0.2", code=75)
    assert "write lock was not to be had in 0.2 s" in said
    assert schema(stopped_lab.layout.database) == before


def test_a_second_migration_waits_for_its_turn_by_refusing(stopped_lab: Lab) -> None:
    operator = Operator(stopped_lab)
    said: list[str] = []
    first = threading.Thread(
        target=migration.migrate, args=(stopped_lab.layout, "5.0", "online", 5.0, said.append)
    )
    first.start()
    try:
        until(lambda: said, "the first has its lock")
        assert "Another migration is running" in operator.refused("migrate", "--to", "5.0", code=75)
    finally:
        first.join()
    assert operator.ctl("probe", "schema") == "schema 50"


def test_a_migration_that_was_killed_goes_on_where_it_stopped(stopped_lab: Lab) -> None:
    operator = Operator(stopped_lab)
    victim = subprocess.Popen(
        [stopped_lab.layout.labctl, "migrate", "--to", "5.0"], stdout=subprocess.PIPE, text=True
    )
    assert victim.stdout is not None
    until(lambda: "migrating" in victim.stdout.readline(), "it is under way")
    victim.send_signal(signal.SIGKILL)
    victim.communicate()
    assert operator.ctl("probe", "schema") == "schema 42"
    (done,) = rows(
        stopped_lab.layout.database,
        "SELECT count(*) FROM orders WHERE amount_cents IS NOT NULL",
    )
    assert 0 < done[0] < 30_000  # type: ignore[operator]
    assert "was begun" in operator.refused("migrate", "--to", "5.0", "--plan", "offline")
    said = operator.ctl("migrate", "--to", "5.0")
    assert f"schema 50: {30_000 - int(str(done[0]))} rows" in said


def test_the_way_back_leaves_the_schema_as_it_was(stopped_lab: Lab) -> None:
    operator = Operator(stopped_lab)
    database = stopped_lab.layout.database
    before, orders = schema(database), rows(database, "SELECT * FROM orders")
    operator.ctl("migrate", "--to", "5.0")
    operator.ctl("migrate", "--to", "4.2")
    assert schema(database) == before
    assert rows(database, "SELECT * FROM orders") == orders
    assert operator.ctl("probe", "schema") == "schema 42"


def test_as_shipped_customers_notice(operator: Operator) -> None:
    """4.2 cannot go on with the table that the package's own SQL leaves."""
    operator.ctl("migrate", "--to", "5.0", "--plan", "as-shipped")
    until(lambda: operator.failures(10), "orders fail")
    assert "no way back but a snapshot" in operator.refused("migrate", "--to", "4.2")


def test_a_rehearsal_changes_nothing(stopped_lab: Lab) -> None:
    before = stopped_lab.layout.database.read_bytes()
    said = Operator(stopped_lab).ctl("rehearse")
    assert "schema 50: 30000 rows" in said
    assert said.endswith("rehearsed: 0 amounts differ")
    assert stopped_lab.layout.database.read_bytes() == before
    assert [f.name for f in stopped_lab.layout.run.glob("rehearsal*")] == []
