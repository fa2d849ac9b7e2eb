"""Predicts what SQLite does for a statement. It locks one thing: the whole database.

Sources: sqlite.org "File Locking And Concurrency", "ALTER TABLE", "VACUUM", "Transaction". A write
takes RESERVED: nobody else writes until it ends; to commit it takes EXCLUSIVE, and with a rollback
journal nobody reads then.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_tui.preflight.sql.acts import Act
from runbook_tui.preflight.sql.catalogue import Catalogue
from runbook_tui.preflight.sql.locks import Duration, Lock, Row

DATABASE = "the database"
RESERVED, EXCLUSIVE = "RESERVED", "EXCLUSIVE"
LOCKING, ALTER = "SQLite, File Locking And Concurrency", "SQLite, ALTER TABLE"


def _rows(mode: str, duration: Duration, source: str, *kinds: str) -> dict[str, Row]:
    return {kind: Row(mode, duration, source) for kind in kinds}


TABLE: dict[str, Row] = {
    **_rows(RESERVED, "instant", ALTER, "add-column", "rename-table", "rename-column"),
    **_rows(RESERVED, "scan", ALTER, "add-column-scan"),
    **_rows(RESERVED, "rewrite", ALTER, "drop-column"),
    **_rows(RESERVED, "instant", LOCKING,
            "create-table", "create-view", "create-trigger", "drop-view", "drop-trigger",
            "pragma-write", "create-other"),
    **_rows(RESERVED, "scan", LOCKING, "create-index", "reindex", "analyze", "insert-select"),
    **_rows(RESERVED, "rows", LOCKING,
            "insert", "update", "delete", "replace", "create-table-as", "drop-table", "drop-index"),
    # SQLite has no such statements: Alembic's batch mode and Django copy the table instead.
    **_rows(RESERVED, "rewrite", "Alembic, batch mode; Django, SQLite schema editor",
            "alter-column-type", "set-not-null", "drop-not-null", "set-default", "add-check",
            "add-foreign-key", "add-unique", "add-primary", "drop-constraint"),
    **_rows(EXCLUSIVE, "rewrite", "SQLite, VACUUM", "vacuum"),
}  # fmt: skip


NOTHING = frozenset(
    [
        "select",
        "pragma",
        "unreadable",
        "create-table-referenced",
        "add-foreign-key-referenced",
        "add-foreign-key-not-valid-referenced",
    ]
)
"""Kinds that take no lock of their own."""


def locks(act: Act, known: Catalogue, version: tuple[int, ...]) -> Iterator[Lock]:
    """The lock of one act."""
    del known, version
    kind = act.kind
    if kind == "create-table" and act.reads:
        kind = "create-table-as"
    elif kind == "insert" and act.reads:
        kind = "insert-select"
    elif kind == "pragma" and act.detail.startswith("="):
        kind = "pragma-write"
    elif kind == "add-column" and act.columns:
        # "when adding a column with a CHECK or NOT NULL constraint, existing rows are tested"
        column = act.columns[0]
        if column.check or column.generated or (column.not_null and column.default == "none"):
            kind = "add-column-scan"
    row = TABLE.get(kind)
    if row is not None:
        yield Lock(DATABASE, row.mode, row.duration, kind, row.source, act.table)
