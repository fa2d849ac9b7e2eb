"""Predicts the locks of a statement on PostgreSQL: the lock table, and what the schema changes.

Where the schema is not known, the worse case is taken and said (`Lock.assumed`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_tui.preflight.sql.acts import Act
from runbook_tui.preflight.sql.catalogue import Catalogue
from runbook_tui.preflight.sql.locks import Lock
from runbook_tui.preflight.sql.postgresql_table import TABLE, row

__all__ = ["NOTHING", "TABLE", "is_widening", "locks"]

NOTHING = frozenset({"lock-table", "unreadable"})
"""Kinds that are no row of the table: they say themselves what they lock."""
_SIZED = re.compile(r"^(varchar|char|varbit|numeric)\((\d+)(?:,(\d+))?\)$")


def locks(act: Act, known: Catalogue, version: tuple[int, ...]) -> Iterator[Lock]:
    """The locks of one act, before it is noted in the catalogue."""
    kind, assumed, note = _refined(act, known, version)
    table = act.table
    if act.what == "index" and not table:
        table = known.indexes.get(act.name, "")
        note = note or ("" if table else f"the table of index {act.name}")
    if kind in ("alter-index", "rename-index"):
        table = act.name or act.table
    found = row(kind, version)
    if kind == "lock-table":
        yield Lock(table, act.detail.upper(), "instant", kind, "PostgreSQL, LOCK")
    elif found is not None and found.mode:
        yield Lock(table, found.mode, found.duration, kind, found.source, note, assumed)
        if act.table in known.children and kind not in _PARENT_ONLY:
            for child in known.children[act.table]:
                yield Lock(child, found.mode, found.duration, kind, found.source, note, assumed)
    for other, of_kind in _others(act, known, version):
        also = row(of_kind, version)
        if also is not None and also.mode:
            yield Lock(other, also.mode, also.duration, of_kind, also.source)


_PARENT_ONLY = frozenset(
    [
        "comment",
        "grant",
        "select",
        "insert",
        "rename-table",
        "owner",
        "set-schema",
        "partition-of",
        "inherited",
        "create-statistics",
        "set-options",
        "switch-rule",
        "detach-partition",
        "detach-partition-concurrently",
        "attach-partition",
    ]
)


def _refined(act: Act, known: Catalogue, version: tuple[int, ...]) -> tuple[str, bool, str]:
    """The row that an act is under, whether that is assumed, and why."""
    if act.kind == "add-column":
        return (*_added(act, version), "")
    if act.kind == "alter-column-type":
        return _retyped(act, known)
    if act.kind == "set-not-null" and version >= (12,):
        tests = known.checks.get(act.table, [])
        if any(_says_not_null(test, act.name or act.detail) for test in tests):
            return "set-not-null-checked", False, "a valid CHECK proves it"
    if act.kind == "replace-view":
        there = act.table in known.views and act.table not in known.made
        return (
            ("replaced-view" if there or act.table not in known.made else act.kind),
            not there,
            "",
        )
    if act.kind == "create-trigger" and act.detail == "replace":
        return "create-trigger", False, ""
    return act.kind, False, ""


def _says_not_null(test: str, column: str) -> bool:
    return f"{column} is not null" in test


def _added(act: Act, version: tuple[int, ...]) -> tuple[str, bool]:
    column = act.columns[0] if act.columns else None
    if column is None:
        return "add-column", False
    if column.generated in ("identity", "stored") or column.default == "volatile":
        return "add-column-rewrite", column.default == "volatile"
    if column.generated == "virtual":
        return "add-column", False
    if column.default != "none" and version < (11,):
        return "add-column-rewrite", False
    if column.key or column.check or (column.references and column.default != "none"):
        return "add-column-scan", False
    return "add-column", False


def _retyped(act: Act, known: Catalogue) -> tuple[str, bool, str]:
    before = known.columns.get((act.table, act.name))
    if act.filtered:  # USING
        return "alter-column-type", False, ""
    if before is None:
        return "alter-column-type", True, "the type so far is not known"
    if is_widening(before.type, act.detail):
        return "alter-column-type-widened", False, f"{before.type} → {act.detail}"
    return "alter-column-type", False, f"{before.type} → {act.detail}"


def is_widening(old: str, new: str) -> bool:
    """Whether rows of the old type need no change. Source: PostgreSQL, ALTER TABLE "Notes", and
    the release notes of 9.2 (varchar, numeric, varbit)."""
    if old == new or (old.startswith("varchar") and new in ("text", "varchar")):
        return True
    if old == "text" and new == "varchar":
        return True
    was, becomes = _SIZED.match(old), _SIZED.match(new)
    base = new if new in ("varbit", "numeric") else ""
    if was and base and was[1] == base:
        return True
    if not (was and becomes) or was[1] != becomes[1] or was[1] == "char":
        return False
    same_scale = (was[3] or "0") == (becomes[3] or "0")
    return same_scale and int(becomes[2]) >= int(was[2])


def _others(act: Act, known: Catalogue, version: tuple[int, ...]) -> Iterator[tuple[str, str]]:
    """Other tables that the act locks by what the schema says."""
    if act.kind == "drop-table":
        for _, referenced, *_ in known.references.get(act.table, []):
            if referenced != act.table:
                yield referenced, "drop-table-referenced"
        if act.cascade:
            yield from _referring(act.table, known)
    elif act.kind in ("drop-constraint", "drop-foreign-key"):
        for name, referenced, *_ in known.references.get(act.table, []):
            if name == act.name:
                yield referenced, "drop-constraint-referenced"
        if act.cascade:
            yield from _referring(act.table, known)
    elif act.kind == "drop-column":
        for name, referenced, *_ in known.references.get(act.table, []):
            if name == f"{act.table}_{act.name}_fkey":
                yield referenced, "drop-column-referenced"
    elif act.kind == "alter-column-type" and _retyped(act, known)[0] == act.kind:
        yield from _with_foreign_keys(act, known)
    elif act.kind == "attach-partition":
        yield act.reads[0], "attached-partition"
        if act.table in known.defaults:
            yield known.defaults[act.table], "default-partition"
    elif act.kind == "partition-of" and act.table in known.defaults:
        yield known.defaults[act.table], "default-partition"
    elif act.kind == "detach-partition":
        yield act.reads[0], "detached-partition"
    elif act.kind == "detach-partition-concurrently":
        yield act.reads[0], "detached-partition-later"
    elif act.kind in ("inherit", "no-inherit"):
        yield act.reads[0], f"{act.kind}-parent"
    elif act.kind == "alter-domain-scan":
        using = {table for (table, _), c in known.columns.items() if c.type == act.name}
        for table in sorted(using):
            yield table, "domain-user"
    elif act.kind == "validate-constraint":
        for name, referenced, *_ in known.references.get(act.table, []):
            if name == act.name:
                yield referenced, "validate-constraint-referenced"
    elif act.kind == "truncate" and act.cascade:
        yield from _referring(act.table, known)


def _with_foreign_keys(act: Act, known: Catalogue) -> Iterator[tuple[str, str]]:
    """Another type of a column makes its foreign keys anew, and those that point to it."""
    for reference in known.references.get(act.table, []):
        if act.name in reference.columns:
            yield reference.table, "retyped-referenced"
    column = known.columns.get((act.table, act.name))
    is_key = column is None or column.key
    for other, found in known.references.items():
        for reference in found:
            points = act.name in reference.targets if reference.targets else is_key
            if reference.table == act.table and points:
                yield other, "retyped-referenced"


def _referring(table: str, known: Catalogue) -> Iterator[tuple[str, str]]:
    for other, found in known.references.items():
        if any(each.table == table for each in found):
            yield other, "drop-constraint"
