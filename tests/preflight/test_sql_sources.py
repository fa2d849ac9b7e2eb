"""Where SQL hides, and how it is cut into statements."""

from __future__ import annotations

import gzip
import re
import time
from pathlib import Path

import pytest

from .reading_sql import one, read, ups

# ---- shell scripts ---------------------------------------------------------------------------


def test_sql_in_a_here_document_is_unescaped_and_keeps_its_lines(tmp_path: Path) -> None:
    found = one(
        tmp_path,
        "upgrade.sh",
        r"""
        #!/bin/sh
        echo "DROP TABLE never;"
        psql "$@" >/dev/null <<EOF
        START TRANSACTION;
        CREATE FUNCTION f() RETURNS trigger AS \$f\$ BEGIN RETURN NULL; END; \$f\$ LANGUAGE plpgsql;
        ALTER TABLE ${prefix}lease ADD COLUMN a int;
        COMMIT;
        EOF
        psql -c "ALTER TABLE b ADD COLUMN c int" -d "$db"
        psql -c '
          DROP TABLE d;
        '
        """.replace("        ", "")[1:],
    )
    assert [text[:24] for text in ups(found)] == [
        "START TRANSACTION",
        "CREATE FUNCTION f() RETU",
        "ALTER TABLE prefixlease ",
        "COMMIT",
        "ALTER TABLE b ADD COLUMN",
        "DROP TABLE d",
    ]
    assert "$f$ BEGIN" in found.up[1].text
    assert [statement.line for statement in found.up] == [4, 5, 6, 7, 9, 11]
    assert [statement.in_transaction for statement in found.up][2] is True
    assert found.troubles == []


def test_sql_from_a_command_or_a_variable_is_not_checkable(tmp_path: Path) -> None:
    found = one(
        tmp_path,
        "up.sh",
        '#!/bin/bash\npsql db <<EOF\nALTER TABLE a ADD $(generate) int;\nEOF\npsql -c "$SQL"\n',
    )
    assert [line for _, line in found.troubles] == [3, 5]


def test_a_quoted_here_document_is_taken_as_it_stands(tmp_path: Path) -> None:
    found = one(tmp_path, "up", "#!/bin/sh\npsql x <<'END'\nSELECT $$a$$;\nEND\n")
    assert ups(found) == ["SELECT $$a$$"]


def test_a_shell_script_that_serves_several_databases_is_read_for_one(tmp_path: Path) -> None:
    text = "#!/bin/sh\nmysql x <<E\nDROP TABLE a;\nE\npsql x <<E\nDROP TABLE b;\nE\n"
    assert ups(one(tmp_path, "up.sh", text)) == ["DROP TABLE b"]
    assert ups(one(tmp_path, "up.sh", text, "mysql")) == ["DROP TABLE a"]


@pytest.mark.parametrize(
    "body", ["/**/ " * 50_000, "-- \n" * 50_000, "${" + "a" * 200_000, "$(" * 50_000, "\\" * 99_999]
)
@pytest.mark.parametrize("client", ["cat", "psql"])
def test_a_hostile_script_costs_no_more_than_it_is_long(
    tmp_path: Path, body: str, client: str
) -> None:
    (tmp_path / "a.sh").write_text(f"#!/bin/sh\n{client} <<E\n{body}\nE\n{client} -c '{body}")
    began = time.process_time()
    read(tmp_path)
    assert time.process_time() - began < 2


def test_a_shell_script_without_sql_is_no_migration(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text("#!/bin/sh\ncat <<EOF\nhello\nEOF\n")
    assert read(tmp_path) == []


# ---- files -----------------------------------------------------------------------------------


def test_dbconfig_files_without_a_suffix_are_found_for_their_database(tmp_path: Path) -> None:
    for name in ("pgsql/1.0", "mysql/1.0", "pgsql/1.10", "pgsql/1.9"):
        path = tmp_path / "usr/share/dbconfig-common/data/app/upgrade" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("ALTER TABLE a ADD b int;")
    places = [found.place.rpartition("upgrade/")[2] for found in read(tmp_path)]
    assert places == ["pgsql/1.0", "pgsql/1.9", "pgsql/1.10"]
    assert len(read(tmp_path, "mysql")) == 1


def test_a_file_for_another_database_is_left_out(tmp_path: Path) -> None:
    for name in ("1.sql", "2.sql.postgres", "2.sql.sqlite", "schema.mysql.sql", "oracle/4.sql"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("SELECT 1;")
    assert [found.path.name for found in read(tmp_path)] == ["1.sql", "2.sql.postgres"]
    assert [found.path.name for found in read(tmp_path, "sqlite")] == ["1.sql", "2.sql.sqlite"]


def test_a_packed_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "1.sql.gz").write_bytes(gzip.compress(b"DROP TABLE a;"))
    (tmp_path / "2.sql.gz").write_bytes(b"no gzip")
    first, second = read(tmp_path)
    assert ups(first) == ["DROP TABLE a"]
    assert "cannot be read" in second.troubles[0][0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("db/migrate/1_a.rb", b"class A < ActiveRecord::Migration[7.0]\nend\n"),
        ("migrations/1.php", b"<?php Schema::table('a');"),
        ("migrations/changelog.xml", b"<databaseChangeLog/>"),
        ("migrations/1.sql", b"SELECT \0 1"),
        ("migrations/1.py", b"from alembic import op\ndef upgrade(:\n"),
    ],
)
def test_a_migration_that_cannot_be_read_is_told(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_bytes(content)
    (found,) = read(tmp_path)
    assert found.unread == Path(name).suffix or len(found.troubles) == 1


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("-- +goose Up\nA;\n-- +goose Down\nB;\n", "goose"),
        ("-- migrate:up\nA;\n-- migrate:down\nB;\n", "dbmate or sql-migrate"),
        ("-- +migrate Up\nA;\n-- +migrate Down\nB;\n", "dbmate or sql-migrate"),
        ("--liquibase formatted sql\nA;\n\n--rollback B\n", "Liquibase"),
        ("-- // a\nA;\n-- //@UNDO\nB;\n", "MyBatis"),
    ],
)
def test_a_file_that_holds_both_ways_is_cut_in_two(tmp_path: Path, text: str, tool: str) -> None:
    text = text.replace("A;", "ALTER TABLE a ADD b int;")
    text = re.sub(r"\bB\b", "ALTER TABLE a DROP b", text)
    found = one(tmp_path, "1.sql", text)
    assert (ups(found), found.tool) == (["ALTER TABLE a ADD b int"], tool)
    assert found.down is not None
    assert [(s.text, s.line) for s in found.down] == [("ALTER TABLE a DROP b", 4)]


def test_marks_say_whether_there_is_a_transaction(tmp_path: Path) -> None:
    assert one(tmp_path, "1.sql", "-- +goose Up\nSELECT 1;\n").wrapped is True
    text = "-- +goose NO TRANSACTION\n-- +goose Up\nSELECT 1;\n"
    assert one(tmp_path, "1.sql", text).wrapped is False
    assert one(tmp_path, "1.sql", "-- migrate:up transaction:false\nSELECT 1;").wrapped is False
