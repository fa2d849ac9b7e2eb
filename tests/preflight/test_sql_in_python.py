"""The SQL that Alembic and Django send, and that of bodies."""

from __future__ import annotations

from pathlib import Path

from runbook_tui.preflight.sql.catalogue import Catalogue
from runbook_tui.preflight.sql.planning import plan
from runbook_tui.preflight.sql.statements import split

from .reading_sql import one, ups

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
