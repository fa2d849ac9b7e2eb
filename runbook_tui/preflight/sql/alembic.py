"""Alembic: each ``op.…`` of ``upgrade`` and ``downgrade`` as the SQL that it sends.

Source: Alembic, "Operation Reference". In batch mode SQLite copies the table, in one transaction.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from runbook_tui.preflight.sql.python_migrations import (
    PythonMigration,
    argument,
    called,
    constant,
    quoted,
    sql_of,
    string,
    strings,
)
from runbook_tui.preflight.sql.shell_scripts import Found
from runbook_tui.preflight.sql.tokens import Dialect

DEEPEST = 4
_TYPES = {
    "Integer": "integer", "INTEGER": "integer", "BigInteger": "bigint", "BIGINT": "bigint",
    "SmallInteger": "smallint", "String": "varchar", "VARCHAR": "varchar", "Text": "text",
    "TEXT": "text", "Unicode": "varchar", "UnicodeText": "text", "Boolean": "boolean",
    "BOOLEAN": "boolean", "DateTime": "timestamp", "TIMESTAMP": "timestamp", "Date": "date",
    "Float": "double precision", "Numeric": "numeric", "NUMERIC": "numeric", "JSON": "json",
    "JSONB": "jsonb", "UUID": "uuid", "LargeBinary": "bytea", "Interval": "interval",
    "Time": "time", "Enum": "varchar", "StringID": "varchar",
}  # fmt: skip
_DIALECTS = {"postgresql", "mysql", "sqlite", "mssql", "oracle", "mariadb"}
_NOTHING = frozenset({"get_bind", "get_context", "f", "inspect", "invoke", "begin_transaction"})


def alembic_migration(module: ast.Module, dialect: Dialect) -> PythonMigration:
    """Both ways of an Alembic revision. Alembic runs it in a transaction where the database can."""
    functions = {f.name: f for f in module.body if isinstance(f, ast.FunctionDef)}
    reader = _Reader(functions, dialect)
    migration = PythonMigration("Alembic", wrapped=dialect != "mysql")
    if "upgrade" in functions:
        migration.up = list(reader.body(functions["upgrade"].body, DEEPEST))
    if "autocommit_block" in ast.dump(module):
        migration.wrapped = None
    back = functions.get("downgrade")
    if back is not None and not _is_empty(back):
        migration.down = list(reader.body(back.body, DEEPEST))
    return migration


def _is_empty(function: ast.FunctionDef) -> bool:
    """``pass``, or a refusal."""
    for each in function.body:
        if isinstance(each, (ast.Pass, ast.Raise)):
            continue
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant):
            continue
        return False
    return True


class _Reader:
    def __init__(self, functions: dict[str, ast.FunctionDef], dialect: Dialect) -> None:
        self.functions, self.dialect = functions, dialect

    def body(
        self, nodes: list[ast.stmt], depth: int, tables: dict[str, str] | None = None
    ) -> Iterator[Found]:
        """The SQL of statements. `tables`: batch variables and their tables."""
        batch = tables or {}
        for node in nodes:
            if isinstance(node, ast.If):
                taken = self._branch(node)
                yield from self.body(taken, depth, batch)
            elif isinstance(node, ast.With):
                yield from self.body(node.body, depth, batch | self._batches(node))
            elif isinstance(node, (ast.For, ast.While)):
                yield from self.body(node.body, depth, batch)
            elif isinstance(node, ast.Try):
                yield from self.body([*node.body, *node.orelse, *node.finalbody], depth, batch)
            elif isinstance(node, ast.FunctionDef):
                continue
            else:
                yield from self._simple(node, depth, batch)

    def _branch(self, node: ast.If) -> list[ast.stmt]:
        """The branch that is taken where it asks for the database; else both."""
        test, mine = node.test, self.dialect
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            value = constant(test.comparators[0]) or constant(test.left)
            names = set(value) if isinstance(value, list) else {value}
            if names & _DIALECTS:
                same = mine in names or (mine == "mysql" and "mariadb" in names)
                negated = isinstance(test.ops[0], (ast.NotEq, ast.NotIn))
                return node.body if same != negated else node.orelse
        return [*node.body, *node.orelse]

    def _batches(self, node: ast.With) -> dict[str, str]:
        found = {}
        for item in node.items:
            call = item.context_expr
            variable = item.optional_vars
            if not isinstance(call, ast.Call) or not isinstance(variable, ast.Name):
                continue
            if called(call) == "batch_alter_table":
                found[variable.id] = string(call, 0, "table_name")
        return found

    def _simple(self, node: ast.stmt, depth: int, batch: dict[str, str]) -> Iterator[Found]:
        calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
        for call in calls:
            name = called(call)
            owner = call.func.value if isinstance(call.func, ast.Attribute) else None
            of = owner.id if isinstance(owner, ast.Name) else ""
            if of == "op" or of in batch:
                yield from self._operation(call, name, batch.get(of, ""))
            elif name in self.functions and not of:
                if depth:
                    yield from self.body(self.functions[name].body, depth - 1, batch)
            elif name in ("execute", "executescript", "bulk_save_objects", "run_sync"):
                yield sql_of(call.args[0] if call.args else None, call.lineno)

    def _operation(self, call: ast.Call, name: str, batch_table: str) -> Iterator[Found]:
        line = call.lineno
        if name in _NOTHING or name == "batch_alter_table":
            return
        if name == "execute":
            yield sql_of(call.args[0] if call.args else None, line)
            return
        rendered = _render(call, name, batch_table)
        if rendered is None:
            yield Found("", line, f"op.{name} is not read")
            return
        for text in rendered:
            if '""' in text:
                yield Found("", line, f"op.{name} with names that are only known when it runs")
            else:
                yield Found(text + ";", line)


def _render(call: ast.Call, name: str, batch: str) -> list[str] | None:
    writer = _WRITERS.get(name)
    if writer is None:
        return None
    # In a batch the table is no argument: all others move up by one.
    return writer(call, batch, 1 if not batch else 0)


def _table(call: ast.Call, batch: str, place: int = 0) -> str:
    return quoted(batch or string(call, place, "table_name"))


def column_sql(node: ast.expr | None) -> str:
    """A ``Column(…)`` as SQL; with an empty name where it cannot be told."""
    if not isinstance(node, ast.Call) or called(node) not in ("Column", "mapped_column"):
        return '""'
    text = f"{quoted(string(node, 0, 'name'))} {type_sql(argument(node, 1, 'type_'))}"
    if constant(argument(node, -1, "nullable")) is False:
        text += " NOT NULL"
    default = argument(node, -1, "server_default")
    if default is not None:
        value = constant(default)
        if isinstance(value, str):
            text += (
                f" DEFAULT {value}"
                if isinstance(default, ast.Call)
                else (" DEFAULT '" + value.replace("'", "''") + "'")
            )
        elif not (isinstance(default, ast.Constant) and default.value is None):
            call = called(default) if isinstance(default, ast.Call) else ""
            known = call in ("now", "true", "false", "literal", "current_timestamp")
            text += " DEFAULT now()" if known else " DEFAULT unknown_function()"
    for extra in node.args[1:]:
        if isinstance(extra, ast.Call) and called(extra) == "ForeignKey":
            text += f" REFERENCES {quoted(string(extra, 0, 'column').rpartition('.')[0])}"
        if isinstance(extra, ast.Call) and called(extra) == "Computed":
            text += " GENERATED ALWAYS AS (0) STORED"
        if isinstance(extra, ast.Call) and called(extra) == "Identity":
            text += " GENERATED BY DEFAULT AS IDENTITY"
    if constant(argument(node, -1, "unique")) is True:
        text += " UNIQUE"
    if constant(argument(node, -1, "primary_key")) is True:
        text += " PRIMARY KEY"
    return text


def type_sql(node: ast.expr | None) -> str:
    """A type as SQL; its own name where it is not known."""
    if isinstance(node, ast.Call):
        name = called(node)
        size = constant(argument(node, 0, "length"))
        spelled = _TYPES.get(name, name.lower() or "text")
        if constant(argument(node, -1, "timezone")) is True and spelled == "timestamp":
            return "timestamp with time zone"
        if spelled == "numeric" and len(node.args) == 2:
            return f"numeric({size}, {constant(node.args[1])})"
        return f"{spelled}({size})" if isinstance(size, int) and spelled == "varchar" else spelled
    if isinstance(node, (ast.Attribute, ast.Name)):
        name = node.attr if isinstance(node, ast.Attribute) else node.id
        return _TYPES.get(name, name.lower())
    return "unknown_type"


def _create_table(call: ast.Call, batch: str, skip: int) -> list[str]:
    del skip
    parts = []
    for node in call.args[1:]:
        kind = called(node) if isinstance(node, ast.Call) else ""
        if kind == "Column":
            parts.append(column_sql(node))
        elif kind == "ForeignKeyConstraint" and isinstance(node, ast.Call):
            target = strings(argument(node, 1, "refcolumns"))
            columns = ", ".join(map(quoted, strings(argument(node, 0, "columns"))))
            if target:
                parts.append(f"FOREIGN KEY ({columns}) REFERENCES"
                             f" {quoted(target[0].rpartition('.')[0])}")  # fmt: skip
    return [f"CREATE TABLE {_table(call, batch)} ({', '.join(parts)})"]


def _add_column(call: ast.Call, batch: str, skip: int) -> list[str]:
    made = column_sql(argument(call, skip, "column"))
    return [f"ALTER TABLE {_table(call, batch)} ADD COLUMN {made}"]


def _drop_column(call: ast.Call, batch: str, skip: int) -> list[str]:
    name = quoted(string(call, skip, "column_name"))
    return [f"ALTER TABLE {_table(call, batch)} DROP COLUMN {name}"]


def _alter_column(call: ast.Call, batch: str, skip: int) -> list[str]:
    table, name = _table(call, batch), quoted(string(call, skip, "column_name"))
    found = []
    head = f"ALTER TABLE {table} ALTER COLUMN {name}"
    if (kind := argument(call, -1, "type_")) is not None:
        using = argument(call, -1, "postgresql_using") is not None
        found.append(f"{head} TYPE {type_sql(kind)}{' USING x' if using else ''}")
    nullable = constant(argument(call, -1, "nullable"))
    if isinstance(nullable, bool):
        found.append(f"{head} {'DROP' if nullable else 'SET'} NOT NULL")
    if (default := argument(call, -1, "server_default")) is not None:
        gone = isinstance(default, ast.Constant) and default.value in (None, False)
        found.append(f"{head} DROP DEFAULT" if gone else f"{head} SET DEFAULT 'x'")
    if new := string(call, -1, "new_column_name"):
        found.append(f"ALTER TABLE {table} RENAME COLUMN {name} TO {quoted(new)}")
    return found


def _create_index(call: ast.Call, batch: str, skip: int) -> list[str]:
    name = quoted(string(call, 0, "index_name"))
    table = quoted(batch) if batch else quoted(string(call, 1, "table_name"))
    columns = ", ".join(map(quoted, strings(argument(call, 1 + skip, "columns")))) or "x"
    unique = "UNIQUE " if constant(argument(call, -1, "unique")) is True else ""
    how = constant(argument(call, -1, "postgresql_concurrently")) is True
    return [f"CREATE {unique}INDEX {'CONCURRENTLY ' if how else ''}{name} ON {table} ({columns})"]


def _drop_index(call: ast.Call, batch: str, skip: int) -> list[str]:
    del batch, skip
    how = constant(argument(call, -1, "postgresql_concurrently")) is True
    name = quoted(string(call, 0, "index_name"))
    return [f"DROP INDEX {'CONCURRENTLY ' if how else ''}{name}"]


def _unique(call: ast.Call, batch: str, skip: int) -> list[str]:
    return _constraint(call, batch, skip, "UNIQUE")


def _primary(call: ast.Call, batch: str, skip: int) -> list[str]:
    return _constraint(call, batch, skip, "PRIMARY KEY")


def _constraint(call: ast.Call, batch: str, skip: int, what: str) -> list[str]:
    name = string(call, 0, "constraint_name")
    columns = ", ".join(map(quoted, strings(argument(call, 1 + skip, "columns")))) or "x"
    named = f"CONSTRAINT {quoted(name)} " if name else ""
    table = quoted(batch) if batch else quoted(string(call, 1, "table_name"))
    return [f"ALTER TABLE {table} ADD {named}{what} ({columns})"]


def _check(call: ast.Call, batch: str, skip: int) -> list[str]:
    del skip
    name = quoted(string(call, 0, "constraint_name"))
    table = quoted(batch) if batch else quoted(string(call, 1, "table_name"))
    return [f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (true)"]


def _foreign_key(call: ast.Call, batch: str, skip: int) -> list[str]:
    name = string(call, 0, "constraint_name")
    table = quoted(batch) if batch else quoted(string(call, 1, "source_table"))
    target = quoted(string(call, 1 + skip, "referent_table"))
    columns = ", ".join(map(quoted, strings(argument(call, 2 + skip, "local_cols")))) or "x"
    late = constant(argument(call, -1, "postgresql_not_valid")) is True
    named = f"CONSTRAINT {quoted(name)} " if name else ""
    return [f"ALTER TABLE {table} ADD {named}FOREIGN KEY ({columns}) REFERENCES {target}"
            f"{' NOT VALID' if late else ''}"]  # fmt: skip


def _drop_constraint(call: ast.Call, batch: str, skip: int) -> list[str]:
    del skip
    table = quoted(batch) if batch else quoted(string(call, 1, "table_name"))
    return [f"ALTER TABLE {table} DROP CONSTRAINT {quoted(string(call, 0, 'constraint_name'))}"]


def _drop_table(call: ast.Call, batch: str, skip: int) -> list[str]:
    del skip
    return [f"DROP TABLE {_table(call, batch)}"]


def _rename_table(call: ast.Call, batch: str, skip: int) -> list[str]:
    del batch, skip
    old, new = string(call, 0, "old_table_name"), string(call, 1, "new_table_name")
    return [f"ALTER TABLE {quoted(old)} RENAME TO {quoted(new)}"]


def _bulk_insert(call: ast.Call, batch: str, skip: int) -> list[str]:
    del call, batch, skip
    return ["INSERT INTO of_this_migration VALUES (1)"]


_WRITERS: dict[str, Callable[[ast.Call, str, int], list[str]]] = {
    "create_table": _create_table, "add_column": _add_column, "drop_column": _drop_column,
    "alter_column": _alter_column, "create_index": _create_index, "drop_index": _drop_index,
    "create_unique_constraint": _unique, "create_primary_key": _primary,
    "create_check_constraint": _check, "create_foreign_key": _foreign_key,
    "drop_constraint": _drop_constraint, "drop_table": _drop_table, "rename_table": _rename_table,
    "bulk_insert": _bulk_insert,
}  # fmt: skip
