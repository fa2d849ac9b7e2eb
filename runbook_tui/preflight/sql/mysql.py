"""Predicts what MySQL 8.0 does for a statement: at once, in place, or by copying the table.

Source of every row: MySQL 8.0 Reference Manual, "Online DDL Operations" (InnoDB), but where a row
says otherwise. Every DDL needs an exclusive metadata lock for a moment at least, and queues behind
every transaction that has used the table; what comes after it queues, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_tui.preflight.sql.acts import Act
from runbook_tui.preflight.sql.catalogue import Catalogue
from runbook_tui.preflight.sql.locks import Duration, Lock, Row

MOMENT = "METADATA"
"""An exclusive metadata lock for a moment; reading and writing go on meanwhile."""
NO_WRITES = "METADATA, NO WRITES"
"""The same, and nobody writes until it is done."""
ALL = "EXCLUSIVE"
ROWS = "ROWS"
SOURCE = "MySQL 8.0, Online DDL Operations"


def _rows(mode: str, duration: Duration, *kinds: str, source: str = SOURCE) -> dict[str, Row]:
    return {kind: Row(mode, duration, source) for kind in kinds}


TABLE: dict[str, Row] = {
    **_rows(MOMENT, "instant",
            "add-column", "drop-column", "rename-column", "set-default", "rename-table",
            "drop-index", "rename-index", "drop-foreign-key", "drop-constraint", "drop-table",
            "alter-column-type-widened", "mysql-comment", "mysql-auto_increment",
            "mysql-stats_persistent", "mysql-table-charset", "mysql-index-visible",
            "rename-constraint", "drop-view", "alter-constraint", "mysql-hint", "alter-view"),
    **_rows(MOMENT, "scan", "add-index", "create-index", "add-unique"),
    **_rows(MOMENT, "rewrite",
            "add-column-rebuild", "drop-column-rebuild", "alter-column-nullable", "set-not-null",
            "drop-not-null", "add-primary",
            "mysql-row_format", "mysql-key_block_size", "mysql-force", "mysql-optimize",
            "mysql-order", "mysql-default"),
    **_rows(NO_WRITES, "scan", "add-fulltext", "add-spatial"),
    **_rows(NO_WRITES, "rewrite",
            "add-column-copy", "alter-column-type", "drop-primary", "add-foreign-key",
            "mysql-convert", "mysql-engine", "mysql-encryption", "mysql-compression",
            "mysql-checksum", "mysql-tablespace", "alter-table-other"),
    **_rows(NO_WRITES, "rewrite", "add-check", source="MySQL 8.0, ALTER TABLE (CHECK)"),
    **_rows(NO_WRITES, "rewrite", "mysql-partition",
            source="MySQL 8.0, Online DDL Operations (partitioning)"),
    **_rows(MOMENT, "instant", "mysql-add-partition", "mysql-drop-partition", "mysql-discard",
            "mysql-import", source="MySQL 8.0, Online DDL Operations (partitioning)"),
    **_rows(MOMENT, "instant", "truncate", source="MySQL 8.0, TRUNCATE TABLE"),
    **_rows(MOMENT, "instant", "create-trigger", "drop-trigger",
            source="MySQL 8.0, Metadata Locking"),
    **_rows(ALL, "instant", "lock-table", source="MySQL 8.0, LOCK TABLES"),
    **_rows(ROWS, "rows", "insert", "update", "delete", "replace", "select-for-update",
            source="MySQL 8.0, Locks Set by Different SQL Statements in InnoDB"),
}  # fmt: skip
NOTHING = frozenset(
    [
        "select",
        "create-table",
        "create-table-referenced",
        "create-view",
        "replace-view",
        "create-other",
        "drop-other",
        "create-function",
        "alter-other",
        "alter-server",
        "unreadable",
        "comment-other",
        "grant",
        "add-foreign-key-referenced",
        "add-foreign-key-not-valid-referenced",
        "analyze",
    ]
)
"""Kinds that take no lock worth a word: a new table is nobody's yet."""
INSTANT_LAST, INSTANT_ANYWHERE, INSTANT_RENAME = (8, 0, 12), (8, 0, 29), (8, 0, 28)


def locks(act: Act, known: Catalogue, version: tuple[int, ...]) -> Iterator[Lock]:
    """The lock of one act, before it is noted in the catalogue."""
    kind, assumed, note = _refined(act, known, version)
    row = TABLE.get(kind)
    if row is not None:
        table = act.table or known.indexes.get(act.name, "")
        yield Lock(table, row.mode, row.duration, kind, row.source, note, assumed)


def _refined(act: Act, known: Catalogue, version: tuple[int, ...]) -> tuple[str, bool, str]:
    if act.kind == "add-column" and act.columns:
        column = act.columns[0]
        if column.generated == "stored":
            return "add-column-copy", False, "a stored generated column"
        if column.generated == "identity":
            return "add-column-copy", False, "AUTO_INCREMENT"
        if column.generated == "virtual":
            return "add-column", False, ""
        needed = INSTANT_ANYWHERE if act.detail == "placed" else INSTANT_LAST
        if column.key or version < needed:
            return "add-column-rebuild", False, f"at once only from {_spelled(needed)} on"
    elif act.kind == "drop-column" and version < INSTANT_ANYWHERE:
        return "drop-column-rebuild", False, f"at once only from {_spelled(INSTANT_ANYWHERE)} on"
    elif act.kind == "alter-column-type":
        before = known.columns.get((act.table, act.name))
        if before is None:
            return act.kind, True, "the type so far is not known"
        if before.type == act.detail:
            return "alter-column-nullable", True, "the type stays; NULL or NOT NULL rebuilds"
        if _widens(before.type, act.detail):
            return "alter-column-type-widened", False, f"{before.type} → {act.detail}"
    return act.kind, False, ""


def _widens(old: str, new: str) -> bool:
    """A VARCHAR may grow in place within one or within two bytes of length. Same source."""
    if not (old.startswith("varchar(") and new.startswith("varchar(")):
        return False
    was, becomes = old[8:-1], new[8:-1]
    if not (was.isdigit() and becomes.isdigit() and int(was) <= int(becomes)):
        return False
    # Four bytes a letter in utf8mb4: 63 letters are the most that need one byte of length.
    return int(becomes) <= 63 or int(was) > 63


def _spelled(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
