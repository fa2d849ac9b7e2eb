"""Reads migrations in Python: Alembic's and Django's operations, and SQL handed to ``execute``.

Nothing of them is run: the source is parsed, and every operation becomes the SQL that the tool
would send, as far as that can be told; what cannot is said.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass, field
from pathlib import Path

from runbook_tui.preflight.sql.shell_scripts import Found
from runbook_tui.preflight.sql.tokens import Dialect

DEEPEST = 200
"""Nesting of a Python file up to which it is walked."""
_VERBS = ("alter", "create", "drop", "insert", "update", "delete", "truncate", "with", "select",
          "lock", "set", "vacuum", "reindex", "comment", "grant", "pragma", "merge")  # fmt: skip


@dataclass
class PythonMigration:
    """The two ways of a migration in Python. `down` None: it has no way back."""

    tool: str
    up: list[Found] = field(default_factory=list)
    down: list[Found] | None = None
    wrapped: bool | None = None


def sql_in_python(text: str, path: Path, dialect: Dialect) -> PythonMigration | None:
    """The SQL of a Python file; None where it is no migration."""
    is_django = "migrations.Migration" in text
    is_alembic = "alembic" in text and "def upgrade" in text
    executes = ".execute" in text and path.parent.name.lower() not in ("tests", "test")
    if not (is_django or is_alembic or (executes and _in_migrations(path))):
        return None
    tool = "Django" if is_django else "Alembic" if is_alembic else "Python"
    try:
        with warnings.catch_warnings():  # of foreign source, and to nobody's use on a screen
            warnings.simplefilter("ignore")
            module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return PythonMigration(tool, [Found("", 1, f"it is no Python that can be read: {error}")])
    try:
        if is_django:
            from runbook_tui.preflight.sql.django import django_migration

            return django_migration(module, path, dialect)
        if is_alembic:
            from runbook_tui.preflight.sql.alembic import alembic_migration

            return alembic_migration(module, dialect)
        return PythonMigration(tool, list(executed(module)) or [])
    except RecursionError:
        return PythonMigration(tool, [Found("", 1, "it is nested too deeply to be read")])


def _in_migrations(path: Path) -> bool:
    parts = {part.lower() for part in path.parts[:-1]}
    return bool(parts & {"migrations", "versions", "delta", "deltas", "upgrades", "migration"})


def executed(node: ast.AST) -> list[Found]:
    """What the calls of ``execute`` and ``executescript`` in a piece of Python are given."""
    found = []
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
    for call in sorted(calls, key=lambda each: (each.lineno, each.col_offset)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name in ("execute", "executescript", "executemany", "execute_values", "execute_batch"):
            found.append(sql_of(call.args[0] if call.args else None, call.lineno))
    return found


def sql_of(node: ast.expr | None, line: int) -> Found:
    """The SQL that an expression is: a text, ``text("…")``; else why it cannot be told."""
    value = constant(node)
    if isinstance(value, str):
        at = getattr(node, "lineno", line)
        return Found(value.strip().rstrip(";") + ";", at + _leading(value))
    return Found("", line, "its SQL is only put together when it runs")


def _leading(value: str) -> int:
    """Line ends before the first letter."""
    return value[: len(value) - len(value.lstrip())].count("\n")


def constant(node: ast.expr | None) -> object:
    """The value of a plain expression: constants, lists of them, ``text("…")``, ``op.f("…")``,
    ``"a" "b"``, ``"a" + "b"``; None where it is anything else.
    """
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.List, ast.Tuple)):
        values = [constant(each) for each in node.elts]
        return None if any(value is None for value in values) else values
    if isinstance(node, ast.Call) and called(node) in ("text", "f", "SQL", "quoted_name", "dedent"):
        return constant(node.args[0]) if node.args else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = constant(node.left), constant(node.right)
        return left + right if isinstance(left, str) and isinstance(right, str) else None
    if isinstance(node, ast.JoinedStr):
        parts = [constant(part) for part in node.values]
        return "".join(parts) if all(isinstance(p, str) for p in parts) else None  # type: ignore[arg-type]
    return None


def called(call: ast.Call) -> str:
    """The last part of a called name: ``add_column`` of ``op.add_column``."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    """An argument by its place or its name."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[place] if 0 <= place < len(call.args) else None


def string(call: ast.Call, place: int, name: str) -> str:
    """A text among the arguments; empty where it is none."""
    value = constant(argument(call, place, name))
    return value if isinstance(value, str) else ""


def strings(node: ast.expr | None) -> list[str]:
    """A list of texts; empty where it is none."""
    value = constant(node)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value
    return [value] if isinstance(value, str) else []


def quoted(name: str) -> str:
    """A name, quoted for SQL, part by part."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))
