"""Django: each operation of a migration as the SQL that its schema editor sends.

Sources: Django, "Migration Operations", "Schema editor" and django/db/backends/base/schema.py.
Tables are named ``app_model`` by the folder above ``migrations``, unless ``db_table`` says more.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

from runbook_tui.preflight.sql.python_migrations import (
    PythonMigration,
    argument,
    called,
    constant,
    executed,
    quoted,
    string,
)
from runbook_tui.preflight.sql.shell_scripts import Found
from runbook_tui.preflight.sql.tokens import Dialect

_TYPES = {
    "AutoField": "integer", "BigAutoField": "bigint", "BigIntegerField": "bigint",
    "IntegerField": "integer", "PositiveIntegerField": "integer", "SmallIntegerField": "smallint",
    "BooleanField": "boolean", "NullBooleanField": "boolean", "CharField": "varchar",
    "SlugField": "varchar", "URLField": "varchar", "EmailField": "varchar", "TextField": "text",
    "DateField": "date", "DateTimeField": "timestamp with time zone", "TimeField": "time",
    "DecimalField": "numeric", "FloatField": "double precision", "JSONField": "jsonb",
    "UUIDField": "uuid", "BinaryField": "bytea", "DurationField": "interval",
    "FileField": "varchar", "ImageField": "varchar", "GenericIPAddressField": "inet",
    "PositiveSmallIntegerField": "smallint",
    "PositiveBigIntegerField": "bigint",
}  # fmt: skip
_RELATIONS = ("ForeignKey", "OneToOneField", "ParentalKey")

_STATE_ONLY = frozenset({"AlterModelOptions", "AlterModelManagers", "AlterModelTableComment"})


def django_migration(module: ast.Module, path: Path, dialect: Dialect) -> PythonMigration:
    """Both ways of a Django migration: Django works out the way back but of SQL and Python."""
    migration = PythonMigration("Django", wrapped=dialect != "mysql")
    functions = {f.name: f for f in module.body if isinstance(f, ast.FunctionDef)}
    reader = _Reader(path.parent.parent.name.lower(), functions)
    for node in ast.walk(module):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if node.targets[0].id == "atomic" and constant(node.value) is False:
                migration.wrapped = False
            if node.targets[0].id == "operations":
                migration.up = list(reader.operations(node.value))
    if not migration.up and not _has_operations(module):
        migration.up = [Found("", 1, "its operations are put together when it runs")]
    if not reader.irreversible:
        migration.down = list(reversed(reader.back))
    return migration


def _has_operations(module: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == "operations"
        for node in ast.walk(module)
    )


class _Reader:
    def __init__(self, app: str, functions: dict[str, ast.FunctionDef]) -> None:
        self.app, self.functions = app, functions
        self.back: list[Found] = []
        self.irreversible = False

    def operations(self, node: ast.expr) -> Iterator[Found]:
        """The SQL of a list of operations."""
        if isinstance(node, ast.BinOp):
            yield from self.operations(node.left)
            yield from self.operations(node.right)
            return
        if not isinstance(node, (ast.List, ast.Tuple)):
            yield Found("", node.lineno, "its operations are put together when it runs")
            return
        for each in node.elts:
            if isinstance(each, ast.Call):
                yield from self._operation(each)
            else:
                yield Found("", each.lineno, "an operation that is put together when it runs")

    def _operation(self, call: ast.Call) -> Iterator[Found]:
        name, line = called(call), call.lineno
        if name in _STATE_ONLY:
            return
        if name == "SeparateDatabaseAndState":
            inner = argument(call, 0, "database_operations")
            if inner is not None:
                yield from self.operations(inner)
        elif name == "RunSQL":
            yield from self._sql(argument(call, 0, "sql"), line)
            back = argument(call, 1, "reverse_sql")
            if back is None:
                self.irreversible = True
            else:
                self.back += list(self._sql(back, line))
        elif name == "RunPython":
            yield from self._python(argument(call, 0, "code"), line)
            if argument(call, 1, "reverse_code") is None:
                self.irreversible = True
        elif name.endswith("Extension"):
            yield Found(f"CREATE EXTENSION IF NOT EXISTS {quoted(name.lower())};", line)
        else:
            writer = _WRITERS.get(name)
            if writer is None:
                yield Found("", line, f"the operation {name} is not read")
                return
            up, down = writer(call, self.app)
            yield from self._known(up, name, line)
            self.back += list(self._known(list(reversed(down)), name, line))

    def _known(self, texts: list[str], name: str, line: int) -> Iterator[Found]:
        for text in texts:
            if '""' in text or '_"' in text.replace('_id"', ""):
                yield Found("", line, f"{name} with names that are only known when it runs")
            else:
                yield Found(text + ";", line)

    def _sql(self, node: ast.expr | None, line: int) -> Iterator[Found]:
        if isinstance(node, ast.Attribute) and node.attr == "noop":
            return
        if isinstance(node, (ast.List, ast.Tuple)):
            for each in node.elts:
                first = each.elts[0] if isinstance(each, ast.Tuple) and each.elts else each
                yield from self._sql(first, line)
            return
        value = constant(node)
        if isinstance(value, str):
            yield Found(value.rstrip().rstrip(";") + ";" if value.strip() else "", line)
        else:
            yield Found("", line, "its SQL is only put together when it runs")

    def _python(self, node: ast.expr | None, line: int) -> Iterator[Found]:
        """Python that runs: SQL in it is read, and that it changes rows is said."""
        if isinstance(node, ast.Attribute) and node.attr == "noop":
            return
        function = self.functions.get(node.id) if isinstance(node, ast.Name) else None
        if function is None:
            yield Found("", line, "it runs Python that is not in this file")
            return
        found = executed(function)
        yield from found
        rows = {"save", "update", "create", "bulk_create", "bulk_update", "delete", "get_or_create"}
        calls = {called(c) for c in ast.walk(function) if isinstance(c, ast.Call)}
        if calls & rows or not found:
            yield Found("", line, f"{function.name}() changes rows in Python")


def _model_table(app: str, model: str, call: ast.Call | None = None) -> str:
    options = argument(call, 2, "options") if call is not None else None
    if isinstance(options, ast.Dict):
        for key, value in zip(options.keys, options.values, strict=True):
            named = constant(value)
            if constant(key) == "db_table" and isinstance(named, str):
                return named.strip('"')
    return f"{app}_{model.lower()}" if model else ""


def _column(field: ast.expr | None, name: str, app: str) -> tuple[str, str]:
    """The column's name and its definition."""
    if not isinstance(field, ast.Call):
        return name, "unknown_type"
    kind = called(field)
    column = string(field, -1, "db_column") or name
    text = _TYPES.get(kind, "unknown_type")
    if kind in _RELATIONS:
        column = string(field, -1, "db_column") or f"{name}_id"
        text = "bigint"
    size = constant(argument(field, -1, "max_length"))
    if text == "varchar":
        default = {"SlugField": 50, "URLField": 200, "EmailField": 254}.get(kind, 100)
        text = f"varchar({size if isinstance(size, int) else default})"
    if kind == "DecimalField":
        digits = constant(argument(field, -1, "max_digits"))
        text = f"numeric({digits}, {constant(argument(field, -1, 'decimal_places'))})"
    if constant(argument(field, -1, "null")) is not True:
        text += " NOT NULL"
    if argument(field, -1, "default") is not None:
        text += " DEFAULT 'x'"
    if (server := argument(field, -1, "db_default")) is not None:
        text += " DEFAULT 'x'" if constant(server) is not None else " DEFAULT unknown_function()"
    if constant(argument(field, -1, "primary_key")) is True or kind.endswith("AutoField"):
        text += " PRIMARY KEY"
    if constant(argument(field, -1, "unique")) is True or kind == "OneToOneField":
        text += " UNIQUE"
    if kind.startswith("Positive"):
        text += f" CHECK ({quoted(column)} >= 0)"
    if kind == "GeneratedField":
        text += " GENERATED ALWAYS AS (0) STORED"
    if kind in _RELATIONS and (target := _target(field, app)):
        text += f" REFERENCES {quoted(target)} DEFERRABLE INITIALLY DEFERRED"
    return column, text


def _target(field: ast.Call, app: str) -> str:
    """The table that a relation goes to; empty where a setting says it."""
    to = string(field, 0, "to")
    if not to or to == "self":
        return ""
    if to.lower() == "contenttypes.contenttype":
        return "django_content_type"
    label, dot, model = to.rpartition(".")
    return f"{(label if dot else app).lower()}_{model.lower()}"


_Ways = tuple[list[str], list[str]]


def _create_model(call: ast.Call, app: str) -> _Ways:
    table = quoted(_model_table(app, string(call, 0, "name"), call))
    parts, many = [], []
    fields = argument(call, 1, "fields")
    for each in fields.elts if isinstance(fields, (ast.List, ast.Tuple)) else ():
        if isinstance(each, ast.Tuple) and len(each.elts) == 2:
            name = constant(each.elts[0])
            if isinstance(each.elts[1], ast.Call) and called(each.elts[1]) == "ManyToManyField":
                many.append(str(name))
                continue
            column, text = _column(each.elts[1], str(name), app)
            parts.append(f"{quoted(column)} {text}")
    if "FOREIGN" not in table and not parts:
        parts = ["id bigint PRIMARY KEY"]
    return [f"CREATE TABLE {table} ({', '.join(parts)})"], [f"DROP TABLE {table}"]


def _add_field(call: ast.Call, app: str) -> _Ways:
    table = quoted(_model_table(app, string(call, 0, "model_name")))
    name, field = string(call, 1, "name"), argument(call, 2, "field")
    if isinstance(field, ast.Call) and called(field) == "ManyToManyField":
        through = quoted(f"{_model_table(app, string(call, 0, 'model_name'))}_{name}")
        made = f"CREATE TABLE {through} (id bigint PRIMARY KEY, own_id bigint REFERENCES {table})"
        return [made], [f"DROP TABLE {through}"]
    column, text = _column(field, name, app)
    up = [f"ALTER TABLE {table} ADD COLUMN {quoted(column)} {text}"]
    if isinstance(field, ast.Call):
        indexed = constant(argument(field, -1, "db_index"))
        kind = called(field)
        wanted = indexed is True or (kind in ("ForeignKey", "ParentalKey", "SlugField")
                                     and indexed is not False)  # fmt: skip
        if wanted:
            index = quoted(f"{_model_table(app, string(call, 0, 'model_name'))}_{column}_idx")
            up.append(f"CREATE INDEX {index} ON {table} ({quoted(column)})")
    return up, [f"ALTER TABLE {table} DROP COLUMN {quoted(column)}"]


def _remove_field(call: ast.Call, app: str) -> _Ways:
    table = quoted(_model_table(app, string(call, 0, "model_name")))
    name = quoted(string(call, 1, "name"))
    return ([f"ALTER TABLE {table} DROP COLUMN {name} CASCADE"],
            [f"ALTER TABLE {table} ADD COLUMN {name} text"])  # fmt: skip


def _alter_field(call: ast.Call, app: str) -> _Ways:
    table = quoted(_model_table(app, string(call, 0, "model_name")))
    field = argument(call, 2, "field")
    column, text = _column(field, string(call, 1, "name"), app)
    kind = text.split(" NOT NULL")[0].split(" DEFAULT")[0].split(" PRIMARY")[0].split(" UNIQUE")[0]
    kind = kind.split(" REFERENCES")[0].split(" CHECK")[0]
    statement = f"ALTER TABLE {table} ALTER COLUMN {quoted(column)} TYPE {kind}"
    return [statement], [statement]


def _rename_field(call: ast.Call, app: str) -> _Ways:
    table = quoted(_model_table(app, string(call, 0, "model_name")))
    old, new = quoted(string(call, 1, "old_name")), quoted(string(call, 2, "new_name"))
    return ([f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}"],
            [f"ALTER TABLE {table} RENAME COLUMN {new} TO {old}"])  # fmt: skip


def _rename_model(call: ast.Call, app: str) -> _Ways:
    old = quoted(_model_table(app, string(call, 0, "old_name")))
    new = quoted(_model_table(app, string(call, 1, "new_name")))
    return [f"ALTER TABLE {old} RENAME TO {new}"], [f"ALTER TABLE {new} RENAME TO {old}"]


def _alter_table(call: ast.Call, app: str) -> _Ways:
    old = quoted(_model_table(app, string(call, 0, "name")))
    new = quoted(string(call, 1, "table"))
    return [f"ALTER TABLE {old} RENAME TO {new}"], [f"ALTER TABLE {new} RENAME TO {old}"]


def _delete_model(call: ast.Call, app: str) -> _Ways:
    table = quoted(_model_table(app, string(call, 0, "name")))
    return [f"DROP TABLE {table} CASCADE"], [f"CREATE TABLE {table} (id bigint)"]


def _index_name(call: ast.Call, place: int, name: str) -> str:
    node = argument(call, place, name)
    return quoted(string(node, -1, "name")) if isinstance(node, ast.Call) else '""'


def _add_index(call: ast.Call, app: str, how: str = "") -> _Ways:
    table = quoted(_model_table(app, string(call, 0, "model_name")))
    name = _index_name(call, 1, "index")
    return [f"CREATE INDEX {how}{name} ON {table} (x)"], [f"DROP INDEX {how}{name}"]


def _remove_index(call: ast.Call, app: str, how: str = "") -> _Ways:
    table = quoted(_model_table(app, string(call, 0, "model_name")))
    name = quoted(string(call, 1, "name"))
    return [f"DROP INDEX {how}{name}"], [f"CREATE INDEX {how}{name} ON {table} (x)"]


def _add_constraint(call: ast.Call, app: str, late: str = "") -> _Ways:
    table = quoted(_model_table(app, string(call, 0, "model_name")))
    node = argument(call, 1, "constraint")
    kind = called(node) if isinstance(node, ast.Call) else ""
    name = _index_name(call, 1, "constraint")
    if (
        kind == "UniqueConstraint"
        and isinstance(node, ast.Call)
        and (argument(node, -1, "condition") is not None)
    ):
        return [f"CREATE UNIQUE INDEX {name} ON {table} (x)"], [f"DROP INDEX {name}"]
    bodies = {"UniqueConstraint": "UNIQUE (x)", "ExclusionConstraint": "EXCLUDE (x)"}
    what = bodies.get(kind, "CHECK (true)")
    return ([f"ALTER TABLE {table} ADD CONSTRAINT {name} {what}{late}"],
            [f"ALTER TABLE {table} DROP CONSTRAINT {name}"])  # fmt: skip


def _remove_constraint(call: ast.Call, app: str) -> _Ways:
    table = quoted(_model_table(app, string(call, 0, "model_name")))
    name = quoted(string(call, 1, "name"))
    return ([f"ALTER TABLE {table} DROP CONSTRAINT {name}"],
            [f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE (x)"])  # fmt: skip


def _together(call: ast.Call, app: str) -> _Ways:
    table = quoted(_model_table(app, string(call, 0, "name")))
    wanted = argument(call, 1, "unique_together") or argument(call, 1, "index_together")
    value = constant(wanted)
    if isinstance(wanted, ast.Call) or value == []:
        if isinstance(wanted, ast.Call) and wanted.args:
            value = constant(wanted.args[0])
        if not value:
            return [f"ALTER TABLE {table} DROP CONSTRAINT unnamed_unique"], []
    return [f"ALTER TABLE {table} ADD UNIQUE (x)"], []


def _rename_index(call: ast.Call, app: str) -> _Ways:
    del app
    old, new = quoted(string(call, -1, "old_name")), quoted(string(call, -1, "new_name"))
    return [f"ALTER INDEX {old} RENAME TO {new}"], [f"ALTER INDEX {new} RENAME TO {old}"]


def _validate(call: ast.Call, app: str) -> _Ways:
    table = quoted(_model_table(app, string(call, 0, "model_name")))
    return [f"ALTER TABLE {table} VALIDATE CONSTRAINT {quoted(string(call, 1, 'name'))}"], []


_WRITERS: dict[str, Callable[[ast.Call, str], _Ways]] = {
    "CreateModel": _create_model, "DeleteModel": _delete_model, "AddField": _add_field,
    "RemoveField": _remove_field, "AlterField": _alter_field, "RenameField": _rename_field,
    "RenameModel": _rename_model, "AlterModelTable": _alter_table, "AddIndex": _add_index,
    "RemoveIndex": _remove_index, "AddConstraint": _add_constraint,
    "RemoveConstraint": _remove_constraint, "AlterUniqueTogether": _together,
    "AlterIndexTogether": _together, "RenameIndex": _rename_index,
    "AddIndexConcurrently": lambda call, app: _add_index(call, app, "CONCURRENTLY "),
    "RemoveIndexConcurrently": lambda call, app: _remove_index(call, app, "CONCURRENTLY "),
    "AddConstraintNotValid": lambda call, app: _add_constraint(call, app, " NOT VALID"),
    "ValidateConstraint": _validate,
}  # fmt: skip
