"""Finds the migrations in a tree: files of SQL, dbconfig-common's, shell and Python scripts.

What looks like a migration and cannot be read is said to be so, never passed over.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from runbook_tui.preflight.sql.markers import sections
from runbook_tui.preflight.sql.python_migrations import sql_in_python
from runbook_tui.preflight.sql.shell_scripts import Found, sql_in_shell
from runbook_tui.preflight.sql.statements import Statement, split
from runbook_tui.preflight.sql.tokens import Dialect
from runbook_tui.preflight.trees import Tree

BIGGEST = 16 * 1024**2
"""Bytes of one file that are read."""
HEAD = 4096
_SQL = re.compile(
    r"(?i)\.(?:sql|ddl|pgsql|psql|pg|mysql|sqlite3?)(?:\.(?:postgres(?:ql)?|pgsql|mysql|sqlite3?))?(?:\.gz)?$"
)
_DBCONFIG = re.compile(
    r"dbconfig-common/(?:data|scripts)/[^/]+/(?:install|upgrade)(?:-dbadmin)?/(\w+)(?:/[^/]+)?$"
)
_SHELL = re.compile(rb"^#![^\n]{0,100}\b(?:ba|da|k|z)?sh\b")
_FOLDERS = frozenset(
    [
        "migrations",
        "migration",
        "migrate",
        "versions",
        "delta",
        "deltas",
        "upgrade",
        "upgrades",
        "updates",
        "patches",
        "schema",
        "changelog",
        "changesets",
        "db-migrations",
        "liquibase",
    ]
)
_NOT_READ = frozenset(
    f".{suffix}"
    for suffix in (
        "rb", "php", "js", "ts", "mjs", "java", "kt", "go", "cs", "ex", "exs", "xml", "yaml", "yml",
        "json", "pl", "groovy", "scala", "rs", "lua",
    )
)  # fmt: skip
_STRICT = frozenset(
    ["migrations", "migration", "migrate", "db-migrations", "changelog", "liquibase"]
)
_NAMES: dict[str, Dialect] = {
    "pgsql": "postgresql", "postgres": "postgresql", "postgresql": "postgresql",
    "psql": "postgresql", "pg": "postgresql", "mysql": "mysql", "mariadb": "mysql",
    "sqlite": "sqlite", "sqlite3": "sqlite",
}  # fmt: skip
_OTHERS = frozenset({"oracle", "mssql", "sqlserver", "db2", "informix", "firebird"})


@dataclass
class Migration:
    """What one file does, and what takes it back."""

    path: Path
    place: str
    up: list[Statement] = field(default_factory=list)
    down: list[Statement] | None = None
    """None: it has none of its own."""
    troubles: list[tuple[str, int]] = field(default_factory=list)
    """Why something in it cannot be told, and the line."""
    down_troubles: list[tuple[str, int]] = field(default_factory=list)
    wrapped: bool | None = None
    """Whether its runner puts it into a transaction; None where it is nobody's in particular."""
    unread: str = ""
    """The suffix of a kind of file that is not read at all."""
    tool: str = ""
    """Whose it is: ``Django``, ``Alembic`` …"""


def migrations(tree: Tree, dialect: Dialect) -> Iterator[Migration | None]:
    """The migrations of a tree; None for a file that is none, or is for another dialect."""
    for path in sorted(tree.files(), key=natural):
        yield _read(tree, path, dialect)


def natural(path: Path) -> tuple[tuple[int, str], ...]:
    """Sorts 2 before 10."""
    parts = re.split(r"(\d+)", str(path))
    return tuple((int(p), "") if p.isdigit() and len(p) < 30 else (-1, p) for p in parts)


def _read(tree: Tree, path: Path, dialect: Dialect) -> Migration | None:
    found = Migration(path, tree.place(path))
    alone = path == tree.root
    dbconfig = _DBCONFIG.search(path.as_posix())
    is_sql = bool(_SQL.search(path.name)) or (dbconfig is not None and "/data/" in dbconfig.group())
    folders = {part.lower() for part in path.relative_to(tree.root).parts[:-1]} | {
        tree.root.name.lower() if not alone else path.parent.name.lower()
    }
    suffix = path.suffix.lower()
    if (is_sql or folders & _FOLDERS or suffix in ("", ".sh", ".bash")) and _for_another(
        path, tree.root, dialect
    ):
        return None
    if not (is_sql or alone or dbconfig or suffix in ("", ".sh", ".bash", ".py")
            or (folders & _STRICT and suffix in _NOT_READ)):  # fmt: skip
        return None
    try:
        raw = _bytes(path)
    except (OSError, EOFError, zlib.error) as error:
        if is_sql or alone:
            found.troubles.append((f"it cannot be read: {error}", 0))
            return found
        return None
    if raw is None or b"\0" in raw[:HEAD]:
        if not is_sql and not alone:
            return None
        why = f"it is over {BIGGEST // 1024**2} MiB" if raw is None else "it is no text"
        found.troubles.append((why, 0))
        return found
    text = raw.decode("utf-8", "replace")
    return _understood(found, text, raw, is_sql, alone, folders, dialect)


def _understood(
    found: Migration, text: str, raw: bytes, is_sql: bool, alone: bool, folders: set[str],
    dialect: Dialect,
) -> Migration | None:  # fmt: skip
    suffix = found.path.suffix.lower()
    if suffix == ".py":
        read = sql_in_python(text, found.path, dialect)
        if read is None:
            return None
        found.tool, found.wrapped = read.tool, read.wrapped
        _add(found, read.up, dialect)
        if read.down is not None:
            found.down = _statements(read.down, found.down_troubles, dialect)
        return found
    if _SHELL.match(raw) or suffix in (".sh", ".bash"):
        pieces = list(sql_in_shell(text, dialect))
        _add(found, pieces, dialect)
        return found if pieces else None
    if is_sql or (alone and suffix not in _NOT_READ):
        cut = sections(text)
        found.wrapped, found.tool = cut.wrapped, cut.tool
        _add(found, [Found(cut.up, 1)], dialect)
        if cut.down is not None:
            found.down = _statements([Found(cut.down, 1)], found.down_troubles, dialect)
        return found
    if suffix in _NOT_READ and (folders & _STRICT or alone):
        found.unread = suffix
        return found
    return None


def _add(found: Migration, pieces: list[Found], dialect: Dialect) -> None:
    found.up += _statements(pieces, found.troubles, dialect)


def _statements(
    pieces: list[Found], troubles: list[tuple[str, int]], dialect: Dialect
) -> list[Statement]:
    statements = []
    for piece in pieces:
        if piece.trouble:
            troubles.append((piece.trouble, piece.line))
        statements += [
            replace(each, line=each.line + piece.line - 1) for each in split(piece.text, dialect)
        ]
    return statements


def _bytes(path: Path) -> bytes | None:
    """A file's content, unpacked where it is packed; None where it is too big."""
    if path.name.lower().endswith(".gz"):
        with gzip.open(path) as packed:
            raw = packed.read(BIGGEST + 1)
    else:
        with path.open("rb") as plain:
            raw = plain.read(BIGGEST + 1)
    return None if len(raw) > BIGGEST else raw


def _for_another(path: Path, root: Path, dialect: Dialect) -> bool:
    """Whether the file's name or its folders say that it is for another database."""
    named: set[Dialect] = set()
    words = re.split(r"[/._-]", path.relative_to(root).as_posix().lower() or path.name.lower())
    for word in words:
        if word in _NAMES:
            named.add(_NAMES[word])
    if named:
        return dialect not in named
    return bool(_OTHERS & set(words))
