"""Migrations and statements as the check reads them, for its tests."""

from __future__ import annotations

import textwrap
from pathlib import Path

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
