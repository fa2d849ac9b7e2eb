"""What the check of migrations says to the person on duty."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

import runbook_tui.practice
from runbook_tui.domain.checks.migrations import MigrationsCheck
from runbook_tui.domain.findings import CheckResult, Finding
from runbook_tui.preflight.checks.migrations import CHECK
from tests.preflight.targets import by_key, result

PRACTICE = Path(runbook_tui.practice.__file__).parent / "template" / "package" / "migrations"


def checked(folder: Path, text: str, name: str = "1.sql", **more: Any) -> CheckResult:
    (folder / "m").mkdir(exist_ok=True)
    (folder / "m" / name).write_text(text, encoding="utf-8")
    return result(CHECK, MigrationsCheck(paths=("m",), **more), folder)


def keys(folder: Path, text: str, **more: Any) -> dict[str, list[Finding]]:
    return by_key(checked(folder, text, **more))


# ---- the trap of the practice lab ------------------------------------------------------------


def test_the_practice_packages_migration_is_found_as_the_trap_it_is() -> None:
    config = MigrationsCheck(paths=(str(PRACTICE),), dialect="sqlite")
    found = by_key(result(CHECK, config, PRACTICE))
    trap = found["copy-and-rename-without-lock"]
    assert [finding.severity for finding in trap] == ["inhibitor"]
    assert trap[0].title.startswith("orders is replaced by a copy of itself")
    assert "BEGIN IMMEDIATE" in trap[0].remediation
    assert trap[0].evidence[0].line == 2
    assert "no-down" in found
    assert "partial-failure" in found


SWAP = """
CREATE TABLE orders_new AS SELECT id, round(amount * 100) AS cents FROM orders;
DROP TABLE orders;
ALTER TABLE orders_new RENAME TO orders;
"""


@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "sqlite"])
def test_a_copy_that_takes_the_originals_place_without_a_lock_inhibits(
    tmp_path: Path, dialect: str
) -> None:
    found = keys(tmp_path, SWAP, dialect=dialect)
    assert found["copy-and-rename-without-lock"][0].severity == "inhibitor"


def test_a_transaction_alone_does_not_guard_a_copy_on_postgresql(tmp_path: Path) -> None:
    """What others commit after the copy was read is dropped with the old table."""
    found = keys(tmp_path, f"BEGIN;{SWAP}COMMIT;")
    assert "copy-and-rename-without-lock" in found


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("postgresql", f"BEGIN; LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE; {SWAP} COMMIT;"),
        ("sqlite", f"BEGIN IMMEDIATE; {SWAP} COMMIT;"),
        ("mysql", f"LOCK TABLES orders WRITE, orders_new WRITE; {SWAP} UNLOCK TABLES;"),
    ],
)
def test_a_copy_under_a_lock_is_not(tmp_path: Path, dialect: str, text: str) -> None:
    assert "copy-and-rename-without-lock" not in keys(tmp_path, text, dialect=dialect)


def test_the_same_in_a_transaction_of_mysql_is(tmp_path: Path) -> None:
    """Every DDL statement of MySQL ends the transaction."""
    found = keys(tmp_path, f"START TRANSACTION; {SWAP} COMMIT;", dialect="mysql")
    assert "copy-and-rename-without-lock" in found


def test_a_trigger_that_carries_changes_over_is_enough(tmp_path: Path) -> None:
    text = (
        "CREATE TABLE orders_new (id int, cents int);\n"
        "CREATE TRIGGER sync AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION sync();\n"
        "INSERT INTO orders_new SELECT id, amount FROM orders;\n"
        "ALTER TABLE orders RENAME TO orders_old;\nALTER TABLE orders_new RENAME TO orders;\n"
    )
    assert "copy-and-rename-without-lock" not in keys(tmp_path, text)
    assert "copy-and-rename-without-lock" in keys(tmp_path, text.replace("CREATE TRIGGER", "--"))


# ---- locks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "key", "severity"),
    [
        ("ALTER TABLE a ALTER COLUMN b TYPE bigint", "lock-rewrite", "high"),
        ("ALTER TABLE a ADD COLUMN b uuid DEFAULT gen_random_uuid()", "lock-rewrite", "high"),
        ("ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0)", "lock-scan", "high"),
        ("ALTER TABLE a ALTER COLUMN b SET NOT NULL", "lock-scan", "high"),
        ("CREATE INDEX i ON a (b)", "blocks-writes", "high"),
        ("ALTER TABLE a ADD CONSTRAINT c FOREIGN KEY (b) REFERENCES d", "blocks-writes", "high"),
        ("ALTER TABLE a ADD COLUMN b int", "lock-instant", "warning"),
        ("UPDATE a SET b = 1", "writes-every-row", "warning"),
        ("VACUUM FULL a", "lock-rewrite", "high"),
        ("DROP TABLE a", "loses-data", "high"),
        ("ALTER TABLE a DROP COLUMN b", "loses-data", "high"),
        ("TRUNCATE a", "loses-data", "high"),
    ],
)
def test_what_keeps_people_out_is_said(
    tmp_path: Path, statement: str, key: str, severity: str
) -> None:
    found = keys(tmp_path, f"{statement};\n")
    assert [finding.severity for finding in found[key]][:1] == [severity]
    assert found[key][0].evidence[0].text.startswith(statement[:20])
    assert found[key][0].evidence[0].place == "m/1.sql"


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE INDEX CONCURRENTLY i ON a (b)",
        "CREATE TABLE a (b int)",
        "CREATE TABLE a (b int); CREATE INDEX i ON a (b); ALTER TABLE a ADD CHECK (b > 0)",
        "UPDATE a SET b = 1 WHERE id = 4",
        "ALTER TABLE a VALIDATE CONSTRAINT c",
        "COMMENT ON TABLE a IS 'x'; SELECT 1",
    ],
)
def test_what_keeps_nobody_out_is_not(tmp_path: Path, statement: str) -> None:
    found = keys(tmp_path, f"BEGIN; {statement}; COMMIT;\n" if ";" in statement else statement)
    assert not {"lock-rewrite", "lock-scan", "blocks-writes", "lock-instant"} & set(found)


def test_a_lock_timeout_makes_a_lock_of_a_moment_harmless(tmp_path: Path) -> None:
    text = "SET lock_timeout = '2s';\nALTER TABLE a ADD COLUMN b int;\n"
    assert [f.severity for f in keys(tmp_path, text)["lock-instant"]] == ["info"]
    text = text.replace("'2s'", "0")
    assert [f.severity for f in keys(tmp_path, text)["lock-instant"]] == ["warning"]


def test_a_lock_timeout_can_be_put_in_by_the_program(tmp_path: Path) -> None:
    found = keys(tmp_path, "-- adds\nALTER TABLE a ADD COLUMN b int;\n")["lock-instant"][0]
    edit = found.remedies[0].edits[0]
    assert (edit.line, edit.put) == (2, "SET lock_timeout = '5s'; ")
    assert edit.path == str(tmp_path / "m" / "1.sql")


def test_a_lock_that_is_kept_while_rows_are_written_is_found(tmp_path: Path) -> None:
    text = "BEGIN; ALTER TABLE a ADD COLUMN b int; UPDATE a SET b = 1; COMMIT;"
    found = keys(tmp_path, text)["lock-held"]
    assert [finding.severity for finding in found] == ["high"]
    assert "lock-held" not in keys(tmp_path, text.replace("UPDATE", "COMMIT; UPDATE"))


@pytest.mark.parametrize("wrapped", [True, False])
def test_concurrently_in_a_transaction_inhibits(tmp_path: Path, wrapped: bool) -> None:
    text = "CREATE INDEX CONCURRENTLY i ON a (b);\n"
    found = keys(tmp_path, text if wrapped else f"BEGIN; {text} COMMIT;", one_transaction=wrapped)
    assert found["concurrently-in-transaction"][0].severity == "inhibitor"
    assert "concurrently-in-transaction" not in keys(tmp_path, text)


def test_several_changes_outside_of_a_transaction_can_be_left_half_done(tmp_path: Path) -> None:
    text = "ALTER TABLE a ADD b int; ALTER TABLE c ADD d int;"
    assert keys(tmp_path, text)["partial-failure"][0].severity == "warning"
    assert "partial-failure" not in keys(tmp_path, f"BEGIN; {text} COMMIT;")
    assert "partial-failure" not in keys(tmp_path, text, one_transaction=True)
    mysql = keys(tmp_path, f"START TRANSACTION; {text} COMMIT;", dialect="mysql")
    assert "partial-failure" in mysql


def test_the_schema_decides_whether_a_type_only_widens(tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text("CREATE TABLE a (b varchar(10), c numeric(8, 2));")
    text = "SET lock_timeout = '1s'; ALTER TABLE a ALTER b TYPE varchar(20);"
    assert "lock-rewrite" in keys(tmp_path, text)
    assert "lock-rewrite" not in keys(tmp_path, text, schema="schema.sql")
    lossy = keys(tmp_path, "ALTER TABLE a ALTER c TYPE int;", schema="schema.sql")
    assert "numeric(8,2)" in lossy["loses-data"][0].title


def test_findings_of_one_file_are_told_apart_so_that_one_can_be_waived(tmp_path: Path) -> None:
    found = keys(tmp_path, "CREATE INDEX i ON a (x); CREATE INDEX j ON b (x);")
    assert len({finding.fingerprint for finding in found["blocks-writes"]}) == 2


# ---- the way back ----------------------------------------------------------------------------


def test_without_a_way_back_there_is_one_warning_for_all(tmp_path: Path) -> None:
    checked(tmp_path, "ALTER TABLE a ADD b int;", name="1.sql")
    found = keys(tmp_path, "ALTER TABLE a ADD c int;", name="2.sql")
    assert [finding.title for finding in found["no-down"]] == [
        "none of the 2 migrations has a way back"
    ]


@pytest.mark.parametrize(
    ("up", "down"),
    [
        ("1_a.up.sql", "1_a.down.sql"),
        ("V1__a.sql", "U1__a.sql"),
        ("1_a.sql", "1_a_rollback.sql"),
        ("1_a.sql", "1_a.undo.sql"),
    ],
)
def test_a_file_that_takes_another_back_is_known_by_its_name(
    tmp_path: Path, up: str, down: str
) -> None:
    checked(tmp_path, "ALTER TABLE a ADD b int; CREATE INDEX i ON a (b);", name=up)
    found = keys(tmp_path, "ALTER TABLE a DROP COLUMN b;", name=down)
    assert "no-down" not in found
    assert "loses-data" not in found, "the way back is none of the changes that are ahead"
    assert "down-does-not-undo" not in found, "an index goes with its column"


@pytest.mark.parametrize(
    ("up", "down", "trouble"),
    [
        ("CREATE TABLE a (b int)", "DROP TABLE a", ""),
        ("CREATE TABLE a (b int)", "DROP TABLE c", "table a stays"),
        ("ALTER TABLE a ADD b int", "ALTER TABLE a DROP COLUMN b", ""),
        ("ALTER TABLE a ADD b int, ADD c int", "ALTER TABLE a DROP b", "column a.c stays"),
        ("DROP TABLE a", "SELECT 1", "table a does not come back"),
        ("ALTER TABLE a RENAME TO b", "ALTER TABLE b RENAME TO a", ""),
        ("ALTER TABLE a RENAME TO b", "SELECT 1", "b is not renamed back to a"),
        ("CREATE INDEX i ON a (b)", "DROP INDEX i", ""),
        ("ALTER TABLE a ADD CONSTRAINT c UNIQUE (b)", "ALTER TABLE a DROP CONSTRAINT c", ""),
        ("CREATE TABLE a (b int); CREATE INDEX i ON a (b)", "DROP TABLE a", ""),
    ],
)
def test_what_the_way_back_leaves_is_said(tmp_path: Path, up: str, down: str, trouble: str) -> None:
    text = f"-- +goose Up\n{up};\n-- +goose Down\n{down};\n"
    found = keys(tmp_path, text)
    assert "no-down" not in found
    told = [
        each.text for finding in found.get("down-does-not-undo", []) for each in finding.evidence
    ]
    assert told == ([trouble] if trouble else [])


# ---- what is not known ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT app_migrate_everything();",
        "DO $$ BEGIN EXECUTE format('DROP TABLE %I', x); END $$;",
        "DO LANGUAGE plpython3u $$ plpy.execute('x') $$;",
        "FROBNICATE TABLE a;",
        "ALTER TABLE a ADD COLUMN b text DEFAULT 'never ends;",
        "DROP SCHEMA old CASCADE;",
        "ALTER TABLE a FROBNICATE b;",
    ],
)
def test_what_cannot_be_told_is_not_checkable_and_never_passes(
    tmp_path: Path, statement: str
) -> None:
    found = checked(tmp_path, statement)
    assert by_key(found)["not-checkable"][0].severity == "unknown"
    assert not any(finding.severity == "pass" for finding in found.findings)


def test_migrations_in_a_language_that_is_not_read_are_one_unknown(tmp_path: Path) -> None:
    (tmp_path / "db" / "migrate").mkdir(parents=True)
    for n in range(30):
        (tmp_path / "db" / "migrate" / f"{n}.rb").write_text("class A; end")
    found = result(CHECK, MigrationsCheck(paths=("db",)), tmp_path)
    assert [(f.severity, f.title) for f in found.findings] == [
        ("unknown", "30 migrations in .rb files of db cannot be checked")
    ]


def test_where_there_is_no_migration_that_is_not_known_to_be_fine(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "README").write_text("nothing")
    found = result(CHECK, MigrationsCheck(paths=("m", "missing")), tmp_path)
    assert [(f.key, f.severity) for f in found.findings] == [
        ("no-migrations", "unknown"),
        ("not-there", "unknown"),
    ]


def test_everything_fine_says_what_was_looked_at(tmp_path: Path) -> None:
    text = "-- +goose Up\nCREATE TABLE a (id bigint);\n-- +goose Down\nDROP TABLE a;\n"
    found = checked(tmp_path, text)
    passed = [finding for finding in found.findings if finding.severity == "pass"]
    assert [p.title for p in passed] == [
        "1 migrations, 1 statements (postgresql): none keeps anybody out for long"
    ]


def test_squawk_is_asked_for_advice_and_what_we_know_better_is_left_out(tmp_path: Path) -> None:
    found = keys(tmp_path, "ALTER TABLE a RENAME COLUMN b TO c;\nCREATE INDEX i ON a (c);\n")
    told = {finding.subject: finding for finding in found["advice"]}
    assert set(told) == {"m/1.sql renaming-column"}
    assert told["m/1.sql renaming-column"].severity == "info"


def test_a_password_in_a_migration_is_not_shown(tmp_path: Path) -> None:
    text = "UPDATE users SET password = 'hunter2hunter2' , x = 1;\n"
    assert "hunter2hunter2" not in repr(checked(tmp_path, text))


def test_names_cannot_reach_the_terminal_raw(tmp_path: Path) -> None:
    found = checked(tmp_path, 'ALTER TABLE "a\x1b[2J" ADD COLUMN b int;\n')
    assert "\x1b" not in "".join(f"{f.title}{f.subject}{f.evidence}" for f in found.findings)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 200_000,
        "ALTER TABLE a ADD COLUMN " + "b" * 2_000 + " int DEFAULT " + "f(" * 20_000,
        "/*" * 100_000,
        "'" * 199_999,
        "$a$" * 99_999,
        "INSERT INTO a VALUES " + "(1, 'x'), " * 60_000 + "(1, 'x');",
        "SELECT " + "a." * 50_000 + "b FROM c;",
        "WITH " + ", ".join(f"w{n} AS (SELECT 1)" for n in range(2_000)) + " SELECT 1;",
        "DO $$ BEGIN " + "IF a THEN " * 20_000 + " END $$;",
        "BEGIN;" * 30_000,
        "CREATE TABLE a (" + "b int CHECK (" * 5_000,
        " " * 200_000 + "x",
    ],
    ids=lambda text: text[:12],
)
@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "sqlite"])
def test_hostile_text_costs_no_more_than_it_is_long(
    tmp_path: Path, text: str, dialect: str
) -> None:
    began = time.process_time()
    found = checked(tmp_path, text, dialect=dialect)
    assert found.ran, found.findings
    assert time.process_time() - began < 5


# ---- MySQL -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "server", "key"),
    [
        ("ALTER TABLE a ADD COLUMN b int", "8.0.29", "lock-instant"),
        ("ALTER TABLE a ADD COLUMN b int AFTER c", "8.0.28", "rewrite-online"),
        ("ALTER TABLE a ADD COLUMN b int", "8.0.11", "rewrite-online"),
        ("ALTER TABLE a DROP COLUMN b", "8.0.28", "rewrite-online"),
        ("ALTER TABLE a DROP COLUMN b", "8.0.29", "lock-instant"),
        ("ALTER TABLE a MODIFY COLUMN b bigint", "8.0.29", "lock-rewrite"),
        ("ALTER TABLE a CHANGE b c bigint NOT NULL", "8.0.29", "lock-rewrite"),
        ("ALTER TABLE a ADD INDEX i (b)", "8.0.29", "lock-instant"),
        ("CREATE FULLTEXT INDEX i ON a (b)", "8.0.29", "lock-scan"),
        ("ALTER TABLE a CONVERT TO CHARACTER SET utf8mb4", "8.0.29", "lock-rewrite"),
        ("ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES c (id)", "8.0.29", "lock-rewrite"),
        ("ALTER TABLE a ENGINE=InnoDB", "8.0.29", "lock-rewrite"),
        ("OPTIMIZE TABLE a", "8.0.29", "rewrite-online"),
        ("ALTER TABLE a DROP PRIMARY KEY", "8.0.29", "lock-rewrite"),
        ("RENAME TABLE a TO b", "8.0.29", "lock-instant"),
    ],
)
def test_mysql_in_place_or_by_copy(tmp_path: Path, statement: str, server: str, key: str) -> None:
    found = keys(tmp_path, f"{statement};", dialect="mysql", server=server)
    assert {"lock-instant", "rewrite-online", "lock-rewrite", "lock-scan"} & set(found) == {key}
    assert "not-checkable" not in found
