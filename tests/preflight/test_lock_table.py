"""The lock tables without a server: what they say, that they say why, and SQLite's against SQLite.

PostgreSQL's is measured in test_measured_locks.py.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from runbook_tui.preflight.sql import mysql, postgresql_table, sqlite
from runbook_tui.preflight.sql.catalogue import Catalogue
from runbook_tui.preflight.sql.locks import DURATIONS, MODES, Lock, Row
from runbook_tui.preflight.sql.planning import Step, plan
from runbook_tui.preflight.sql.postgresql import is_widening
from runbook_tui.preflight.sql.statements import split
from runbook_tui.preflight.sql.tokens import Dialect

ROWS = 4_000


def steps(
    text: str, dialect: Dialect = "postgresql", version: tuple[int, ...] = (15,)
) -> list[Step]:
    return list(plan(split(text, dialect), dialect, version, Catalogue()))


def locks(text: str, version: tuple[int, ...] = (15,)) -> dict[str, str]:
    """The locks of the last statement, before which all others are the schema."""
    known = Catalogue()
    statements = split(text, "postgresql")
    list(plan(statements[:-1], "postgresql", version, known))
    last = list(plan(statements[-1:], "postgresql", version, known))
    return {lock.table: f"{lock.mode}, {lock.duration}" for lock in last[0].locks}


@pytest.mark.parametrize(
    ("table", "modes"),
    [
        (postgresql_table.TABLE, set(MODES)),
        (mysql.TABLE, {mysql.MOMENT, mysql.NO_WRITES, mysql.ALL, mysql.ROWS}),
        (sqlite.TABLE, {sqlite.RESERVED, sqlite.EXCLUSIVE}),
    ],
    ids=["postgresql", "mysql", "sqlite"],
)
def test_every_row_has_a_mode_a_duration_and_says_where_that_is_written(
    table: dict[str, Row], modes: set[str]
) -> None:
    for kind, row in table.items():
        assert row.mode in modes, kind
        assert row.duration in DURATIONS, kind
        assert len(row.source) > 8, kind


# ---- PostgreSQL: what hangs on the schema and the version -------------------------------------


def test_the_strictest_action_of_an_alter_table_counts() -> None:
    text = "ALTER TABLE a ALTER b SET STATISTICS 5, VALIDATE CONSTRAINT c, ALTER d TYPE bigint"
    assert locks(text) == {"a": "ACCESS EXCLUSIVE, rewrite"}
    assert locks(text.rpartition(",")[0]) == {"a": "SHARE UPDATE EXCLUSIVE, scan"}


def test_tables_of_the_migration_itself_are_locked_from_nobody() -> None:
    found = steps(
        "CREATE TABLE a (b int REFERENCES c (id)); CREATE INDEX i ON a (b); DROP TABLE a;"
    )
    assert [[lock.table for lock in step.locks] for step in found] == [["c"], [], ["c"]]


def test_a_foreign_key_locks_the_table_that_it_points_to() -> None:
    text = "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES c (d)"
    assert locks(text) == dict.fromkeys("ac", "SHARE ROW EXCLUSIVE, scan")
    assert locks(text + " NOT VALID") == dict.fromkeys("ac", "SHARE ROW EXCLUSIVE, instant")


def test_not_null_is_not_read_through_where_a_valid_check_proves_it() -> None:
    check = "ALTER TABLE a ADD CONSTRAINT c CHECK (b IS NOT NULL) NOT VALID;"
    valid = "ALTER TABLE a VALIDATE CONSTRAINT c;"
    last = "ALTER TABLE a ALTER b SET NOT NULL"
    assert locks(check + valid + last) == {"a": "ACCESS EXCLUSIVE, instant"}
    assert locks(check + last) == {"a": "ACCESS EXCLUSIVE, scan"}


@pytest.mark.parametrize(
    ("version", "mode"), [((11,), "ACCESS EXCLUSIVE"), ((12,), "SHARE UPDATE EXCLUSIVE")]
)
def test_attaching_a_partition_is_lighter_from_12_on(version: tuple[int, ...], mode: str) -> None:
    found = locks("ALTER TABLE a ATTACH PARTITION b DEFAULT", version)
    assert found["a"] == f"{mode}, instant"
    assert found["b"] == "ACCESS EXCLUSIVE, scan"


@pytest.mark.parametrize(
    ("default", "duration"),
    [
        ("", "instant"),
        ("DEFAULT 5", "instant"),
        ("DEFAULT now()", "instant"),
        ("DEFAULT '{}'::jsonb", "instant"),
        ("NOT NULL DEFAULT ''", "instant"),
        ("DEFAULT clock_timestamp()", "rewrite"),
        ("DEFAULT gen_random_uuid()", "rewrite"),
        ("DEFAULT nextval('s')", "rewrite"),
        ("DEFAULT our_own_function()", "rewrite"),
        ("GENERATED ALWAYS AS (a + 1) STORED", "rewrite"),
        ("GENERATED ALWAYS AS IDENTITY", "rewrite"),
    ],
)
def test_a_new_column_rewrites_the_table_only_where_rows_differ(
    default: str, duration: str
) -> None:
    found = locks(f"ALTER TABLE a ADD COLUMN b int {default}")
    assert found == {"a": f"ACCESS EXCLUSIVE, {duration}"}


@pytest.mark.parametrize(
    ("old", "new", "widens"),
    [
        ("varchar(10)", "varchar(20)", True),
        ("varchar(20)", "varchar(10)", False),
        ("varchar(10)", "text", True),
        ("varchar", "text", True),
        ("text", "varchar", True),
        ("text", "varchar(10)", False),
        ("char(4)", "char(8)", False),
        ("numeric(8,2)", "numeric(10,2)", True),
        ("numeric(8,2)", "numeric(10,4)", False),
        ("numeric(8,2)", "numeric", True),
        ("integer", "bigint", False),
    ],
)
def test_a_type_that_only_widens_leaves_the_rows_alone(old: str, new: str, widens: bool) -> None:
    assert is_widening(old, new) is widens


def test_a_drop_that_may_find_nothing_finds_nothing_in_a_schema_that_is_known() -> None:
    def drop(complete: bool) -> tuple[Lock, ...]:
        known = Catalogue(complete=complete)
        return next(
            plan(split("DROP INDEX IF EXISTS i", "postgresql"), "postgresql", (15,), known)
        ).locks

    assert drop(complete=True) == ()
    assert [lock.mode for lock in drop(complete=False)] == ["ACCESS EXCLUSIVE"]


# ---- SQLite against SQLite --------------------------------------------------------------------

KINDS = [
    "ALTER TABLE a ADD COLUMN d INTEGER",
    "ALTER TABLE a ADD COLUMN d INTEGER NOT NULL DEFAULT 4",
    "ALTER TABLE a RENAME TO z",
    "ALTER TABLE a RENAME COLUMN b TO z",
    "ALTER TABLE a DROP COLUMN c",
    "CREATE TABLE z (id INTEGER)",
    "CREATE TABLE z AS SELECT * FROM a",
    "CREATE INDEX z ON a (c)",
    "REINDEX a",
    "ANALYZE a",
    "CREATE VIEW z AS SELECT * FROM a",
    "CREATE TRIGGER z AFTER INSERT ON a BEGIN DELETE FROM a WHERE id = 0; END",
    "INSERT INTO a (b) SELECT b FROM a",
    "INSERT INTO a (b) VALUES ('x')",
    "UPDATE a SET b = 'y'",
    "DELETE FROM a",
    "DROP TABLE a",
    "DROP INDEX i",
    "PRAGMA user_version = 5",
]


def base(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, timeout=0)
    db.executescript(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT, c TEXT); CREATE INDEX i ON a (b);"
    )
    db.execute("BEGIN")
    db.executemany("INSERT INTO a (b, c) VALUES (?, ?)", [("x" * 50, "y" * 50)] * ROWS)
    db.execute("COMMIT")
    return db


@pytest.mark.parametrize("statement", KINDS)
def test_sqlite_keeps_other_writers_out_as_predicted(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "a.db"
    with closing(base(path)) as db, closing(sqlite3.connect(path, timeout=0)) as other:
        db.execute("BEGIN")
        db.execute(statement)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("INSERT INTO a (b) VALUES ('z')")
        assert other.execute("SELECT count(*) FROM a").fetchone() == (ROWS,), "reading goes on"
        db.execute("ROLLBACK")
    (step,) = steps(statement, "sqlite")
    assert [(lock.table, lock.mode) for lock in step.locks] == [(sqlite.DATABASE, sqlite.RESERVED)]


@pytest.mark.parametrize("statement", [*KINDS, "VACUUM"])
def test_sqlite_works_through_the_rows_where_it_is_said_to(tmp_path: Path, statement: str) -> None:
    """Measured in operations of SQLite's machine, and in pages of the table that change."""
    path = tmp_path / "a.db"
    ticks = 0

    def tick() -> int:
        nonlocal ticks
        ticks += 1
        return 0

    with closing(base(path)) as db:
        before = path.read_bytes()
        db.set_progress_handler(tick, 1)
        db.execute(statement)
        db.set_progress_handler(None, 0)
        after = path.read_bytes()
    (step,) = steps(statement, "sqlite")
    (lock,) = step.locks
    if statement in ("DELETE FROM a", "DROP TABLE a", "DROP INDEX i"):
        return  # whole pages go to the free list: their number counts, not the rows'
    if statement.startswith("INSERT") and "SELECT" not in statement:
        return
    if statement == "VACUUM":
        # Its own statements, which copy everything, are not counted; it needs the whole database.
        assert (lock.mode, lock.duration) == (sqlite.EXCLUSIVE, "rewrite")
        return
    touches_rows = ticks > ROWS
    assert touches_rows == (lock.duration != "instant"), ticks
    pages = range(0, min(len(before), len(after)), 4096)
    changed = sum(before[n : n + 4096] != after[n : n + 4096] for n in pages) / len(pages)
    if lock.duration == "rewrite":
        assert changed > 0.4, changed
    elif lock.duration in ("instant", "scan"):
        assert changed < 0.4, changed


def test_a_vacuum_of_sqlite_keeps_even_readers_out(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(base(path)) as db, closing(sqlite3.connect(path, timeout=0)) as other:
        reader = other.execute("SELECT * FROM a")
        reader.fetchone()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            db.execute("VACUUM")
        reader.close()
