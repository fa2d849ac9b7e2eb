"""Where SQL hides, and how it is cut into statements."""

from __future__ import annotations

import gzip
import re
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.preflight.sql.catalogue import Catalogue
from runbook_tui.preflight.sql.planning import plan
from runbook_tui.preflight.sql.sources import Migration, migrations
from runbook_tui.preflight.sql.statements import split
from runbook_tui.preflight.sql.tokens import Dialect
from runbook_tui.preflight.trees import Tree


def texts(sql: str, dialect: Dialect = "postgresql") -> list[str]:
    return [statement.text for statement in split(sql, dialect) if not statement.is_meta]


def read(folder: Path, dialect: Dialect = "postgresql") -> list[Migration]:
    return [found for found in migrations(Tree(folder, "p"), dialect) if found is not None]


def one(folder: Path, name: str, text: str, dialect: Dialect = "postgresql") -> Migration:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    (found,) = read(folder, dialect)
    return found


def ups(found: Migration) -> list[str]:
    return [statement.text for statement in found.up]


# ---- cutting ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';'; SELECT 2;", ["SELECT ';'", "SELECT 2"]),
        ("SELECT 'it''s; '; SELECT 2", ["SELECT 'it''s; '", "SELECT 2"]),
        (r"SELECT 'a\'; SELECT 2", [r"SELECT 'a\'", "SELECT 2"]),
        (r"SELECT E'a\'; b'; SELECT 2", [r"SELECT E'a\'; b'", "SELECT 2"]),
        ('SELECT "a;""b"; SELECT 2', ['SELECT "a;""b"', "SELECT 2"]),
        ("SELECT $$ ; $$; SELECT 2", ["SELECT $$ ; $$", "SELECT 2"]),
        ("SELECT $a$ ; $$ ; $a$; SELECT $1", ["SELECT $a$ ; $$ ; $a$", "SELECT $1"]),
        ("SELECT 1 -- ; no\n; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("SELECT /* ; /* ; */ ; */ 1; SELECT 2", ["SELECT /* ; /* ; */ ; */ 1", "SELECT 2"]),
        ("\\set x 'a;b'\nSELECT 1;\n\\i other.sql\n", ["SELECT 1"]),
        ("SELECT 1 \\g\nSELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("COPY a FROM stdin;\n1\t;x'\n\\.\nSELECT 2;", ["COPY a FROM stdin", "SELECT 2"]),
        ("COPY a FROM stdin;\n\\.\nSELECT 2;", ["COPY a FROM stdin", "SELECT 2"]),
        (
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3",
            ["CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END", "SELECT 3"],
        ),
        (";;;", []),
        ("", []),
    ],
)
def test_a_semicolon_ends_a_statement_only_where_it_is_one(sql: str, expected: list[str]) -> None:
    assert texts(sql) == expected


@pytest.mark.parametrize(
    ("dialect", "sql", "count"),
    [
        ("mysql", "SELECT 'a\\'; b'; SELECT `a;b`; # ; c\nSELECT 3", 3),
        ("mysql", "/*!40101 SET NAMES utf8 */; SELECT 1;", 2),
        ("mysql", "DELIMITER //\nCREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET x = 1; "
         "SET y = 2; END//\nDELIMITER ;\nSELECT 1; SELECT 2;", 3),
        ("sqlite", "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET b = CASE WHEN c THEN 1 "
         "ELSE 2 END; DELETE FROM b; END; SELECT 1;", 2),
        ("sqlite", "SELECT [a;b] FROM c; SELECT 2", 2),
    ],
)  # fmt: skip
def test_each_dialect_has_its_own_way(dialect: Dialect, sql: str, count: int) -> None:
    assert len(texts(sql, dialect)) == count


def test_every_statement_knows_its_line() -> None:
    found = split("-- a\n\nSELECT 1;\nSELECT\n 2;\n/* \n */ SELECT 3;", "postgresql")
    assert [statement.line for statement in found] == [3, 4, 7]


def test_what_never_ends_is_marked() -> None:
    assert [s.open for s in split("SELECT 1; SELECT 'a; SELECT 2;", "postgresql")] == [False, True]
    assert split("SELECT 1; /* a", "postgresql")[-1].open


@given(
    st.text(alphabet="ab;'\"$\\/*-\n `[]()Ee1,", max_size=80),
    st.sampled_from(["postgresql", "mysql", "sqlite"]),
)
def test_any_text_is_cut_and_nothing_is_in_two_statements(text: str, dialect: Dialect) -> None:
    found = split(text, dialect)
    assert sum(len(s.text) for s in found if not s.is_meta) <= len(text)
    for statement in found:
        assert statement.text in text
    list(plan(found, dialect, (15,), Catalogue()))


WORDS = """
    alter table create index drop a b ( ) , . add column constraint foreign key references type
    set not null default primary unique using on rename to partition of select from join where
    insert into update delete with as ; 'x' 5 if exists only cascade materialized view
"""


@given(st.lists(st.sampled_from(WORDS.split()), max_size=25))
def test_no_order_of_words_stops_the_reader(words: list[str]) -> None:
    for dialect in ("postgresql", "mysql", "sqlite"):
        list(plan(split(" ".join(words), dialect), dialect, (15,), Catalogue()))


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


# ---- Python ----------------------------------------------------------------------------------

ALEMBIC = '''
from alembic import op
import sqlalchemy as sa

def upgrade():
    op.create_table("b", sa.Column("id", sa.Integer(), nullable=False),
                    sa.Column("a_id", sa.Integer(), sa.ForeignKey("a.id")))
    op.add_column("a", sa.Column("c", sa.String(20), nullable=False, server_default="x"))
    with op.batch_alter_table("a") as batch:
        batch.alter_column("d", type_=sa.BigInteger(), nullable=False)
        batch.drop_column("e")
    op.create_index(op.f("ix"), "a", ["c"], unique=True)
    op.create_foreign_key("fk", "a", "b", ["c"], ["id"])
    if op.get_bind().dialect.name == "mysql":
        op.execute("ALTER TABLE a ENGINE=InnoDB")
    else:
        op.execute("""
            UPDATE a SET c = 'y'""")
    conn = op.get_bind()
    conn.execute(sa.text("DELETE FROM a"))
    op.execute(f"DROP TABLE {name}")
    op.drop_everything("a")
    for table in tables:
        op.add_column(table, sa.Column("z", sa.Integer()))

def downgrade():
    op.drop_table("b")
'''


def test_alembics_operations_become_the_sql_that_they_send(tmp_path: Path) -> None:
    found = one(tmp_path, "versions/1.py", ALEMBIC)
    assert ups(found) == [
        'CREATE TABLE "b" ("id" integer NOT NULL, "a_id" integer REFERENCES "a")',
        'ALTER TABLE "a" ADD COLUMN "c" varchar(20) NOT NULL DEFAULT \'x\'',
        'ALTER TABLE "a" ALTER COLUMN "d" TYPE bigint',
        'ALTER TABLE "a" ALTER COLUMN "d" SET NOT NULL',
        'ALTER TABLE "a" DROP COLUMN "e"',
        'CREATE UNIQUE INDEX "ix" ON "a" ("c")',
        'ALTER TABLE "a" ADD CONSTRAINT "fk" FOREIGN KEY ("c") REFERENCES "b"',
        "UPDATE a SET c = 'y'",
        "DELETE FROM a",
    ]
    assert [why for why, _ in found.troubles] == [
        "its SQL is only put together when it runs",
        "op.drop_everything is not read",
        "op.add_column with names that are only known when it runs",
    ]
    assert found.wrapped is True
    assert found.down is not None
    assert [s.text for s in found.down] == ['DROP TABLE "b"']
    assert {line for _, line in found.troubles} == {21, 22, 24}


def test_a_downgrade_that_does_nothing_is_none(tmp_path: Path) -> None:
    text = 'from alembic import op\ndef upgrade():\n    op.drop_table("a")\n'
    text += "def downgrade():\n    pass\n"
    assert one(tmp_path, "versions/1.py", text).down is None


DJANGO = """
from django.db import migrations, models

def forwards(apps, schema_editor):
    apps.get_model("shop", "Order").objects.update(state="x")

class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Note", [
            ("id", models.BigAutoField(primary_key=True)),
            ("order", models.ForeignKey("shop.Order", on_delete=models.CASCADE)),
        ]),
        migrations.AddField("order", "state", models.CharField(max_length=20, default="new")),
        migrations.AddIndex("order", models.Index(fields=["state"], name="order_state")),
        migrations.RunSQL("DELETE FROM shop_order WHERE id < 5", migrations.RunSQL.noop),
        migrations.AlterModelOptions("order", {"ordering": ["id"]}),
        migrations.RemoveField("order", "old"),
        REST
    ]
"""


def test_djangos_operations_become_the_sql_that_they_send(tmp_path: Path) -> None:
    found = one(tmp_path, "shop/migrations/0002_a.py", DJANGO.replace("REST", ""))
    assert ups(found) == [
        'CREATE TABLE "shop_note" ("id" bigint NOT NULL PRIMARY KEY, "order_id" bigint NOT NULL'
        ' REFERENCES "shop_order" DEFERRABLE INITIALLY DEFERRED)',
        'ALTER TABLE "shop_order" ADD COLUMN "state" varchar(20) NOT NULL DEFAULT \'x\'',
        'CREATE INDEX "order_state" ON "shop_order" (x)',
        "DELETE FROM shop_order WHERE id < 5",
        'ALTER TABLE "shop_order" DROP COLUMN "old" CASCADE',
    ]
    assert found.troubles == []
    assert found.down is not None
    assert found.wrapped is True


def test_python_that_changes_rows_is_not_checkable_and_has_no_way_back(tmp_path: Path) -> None:
    text = DJANGO.replace("REST", "migrations.RunPython(forwards), Own('x')")
    found = one(tmp_path, "shop/migrations/0002_a.py", text)
    assert [why for why, _ in found.troubles] == [
        "forwards() changes rows in Python",
        "the operation Own is not read",
    ]
    assert found.down is None


def test_sql_that_a_script_executes_is_read(tmp_path: Path) -> None:
    text = 'def run(cur, sql):\n    cur.execute("ALTER TABLE a ADD b int")\n    cur.execute(sql)\n'
    found = one(tmp_path, "delta/72/1.py", text)
    assert ups(found) == ["ALTER TABLE a ADD b int"]
    assert len(found.troubles) == 1


# ---- bodies ----------------------------------------------------------------------------------


def locks(sql: str) -> tuple[dict[str, str], list[str]]:
    found = list(plan(split(sql, "postgresql"), "postgresql", (15,), Catalogue()))
    return {x.table: x.mode for s in found for x in s.locks}, [t for s in found for t in s.troubles]


def test_the_statements_of_a_do_block_are_read() -> None:
    body = """DO $$ DECLARE r record; BEGIN
        IF NOT EXISTS (SELECT 1 FROM a WHERE b = CASE WHEN c THEN 1 ELSE 2 END) THEN
            ALTER TABLE d ADD COLUMN e int;
        ELSIF x THEN
            EXECUTE 'CREATE INDEX i ON f (g)';
        END IF;
        FOR r IN SELECT * FROM h LOOP
            DELETE FROM k WHERE id = r.id;
        END LOOP;
    EXCEPTION WHEN others THEN DROP TABLE l;
    END $$"""
    found, troubles = locks(body)
    assert found == {
        "d": "ACCESS EXCLUSIVE",
        "f": "SHARE",
        "h": "ACCESS SHARE",
        "k": "ROW EXCLUSIVE",
        "l": "ACCESS EXCLUSIVE",
    }
    assert troubles == []


def test_a_function_that_the_migration_calls_is_read_and_one_that_it_only_makes_is_not() -> None:
    made = "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE a; END $$;"
    assert locks(made) == ({}, [])
    assert locks(made + "SELECT f();")[0] == {"a": "ACCESS EXCLUSIVE"}


def test_a_function_that_calls_itself_comes_to_an_end() -> None:
    made = "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM f(); END $$;"
    assert locks(made + "SELECT f();")[1] != []
