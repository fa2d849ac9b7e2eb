"""Reads the commands that maintain tables: TRUNCATE, LOCK, COMMENT, VACUUM, REINDEX and others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runbook_tui.preflight.sql.acts import Act
from runbook_tui.preflight.sql.cursor import Cursor, has, words_of


def truncate(cursor: Cursor) -> Iterator[Act]:
    """TRUNCATE."""
    cursor.take("table")
    for name in cursor.names():
        yield Act("truncate", name, cascade=has(cursor.rest(), "cascade"))


def lock(cursor: Cursor) -> Iterator[Act]:
    """LOCK TABLE; MySQL's LOCK TABLES."""
    plural = cursor.any("table", "tables")
    if plural == "tables":
        yield Act("lock-table", cursor.name(), detail="write")
        return
    names = cursor.names()
    mode = "access exclusive"
    if cursor.take("in"):
        mode = " ".join(w for w in words_of(cursor.rest()) if w not in ("mode", "nowait"))
    for name in names:
        yield Act("lock-table", name, detail=mode)


def comment(cursor: Cursor) -> Iterator[Act]:
    """COMMENT ON."""
    cursor.take("on")
    if cursor.take("column"):
        table = cursor.name().rpartition(".")[0]
        yield Act("comment", table)
    elif cursor.take("materialized", "view") or cursor.any("table", "view", "sequence"):
        yield Act("comment", cursor.name())
    elif cursor.any("constraint", "trigger", "rule", "policy"):
        cursor.part()
        on_domain = cursor.take("on") and cursor.take("domain")
        name = cursor.name()
        if not on_domain:
            yield Act("comment-on-part", name)
    else:
        yield Act("comment-other")


def analyze(cursor: Cursor) -> Iterator[Act]:
    """ANALYZE."""
    cursor.group()
    cursor.any("verbose", "local", "no_write_to_binlog")
    cursor.take("table")
    if cursor.done:
        yield Act("analyze")
    while not cursor.done:
        yield Act("analyze", cursor.name())
        cursor.group()
        if not cursor.sign(","):
            break


def vacuum(cursor: Cursor) -> Iterator[Act]:
    """VACUUM."""
    options = words_of(cursor.group())
    while option := cursor.any("full", "freeze", "verbose", "analyze"):
        options.append(option)
    kind = "vacuum-full" if "full" in options else "vacuum"
    cursor.take("into")
    yield Act(kind, cursor.name() if not cursor.done else "")


def reindex(cursor: Cursor) -> Iterator[Act]:
    """REINDEX."""
    options = words_of(cursor.group())
    what = cursor.any("table", "index", "schema", "database", "system")
    concurrently = cursor.take("concurrently") or "concurrently" in options
    name = cursor.name()
    kind = "reindex-concurrently" if concurrently else "reindex"
    if what == "index":
        yield Act(kind, "", "", "index", name)
    elif what in ("table", ""):
        yield Act(kind, name)
    else:
        yield Act(kind, trouble=f"it builds all indexes of a {what} anew")


def cluster(cursor: Cursor) -> Iterator[Act]:
    """CLUSTER."""
    cursor.group()
    cursor.take("verbose")
    name = cursor.name()
    if cursor.take("on"):
        yield Act("cluster", cursor.name())
    else:
        yield Act("cluster", name, trouble="" if name else "it rewrites every clustered table")


def refresh(cursor: Cursor) -> Iterator[Act]:
    """REFRESH MATERIALIZED VIEW."""
    cursor.take("materialized", "view")
    concurrently = cursor.take("concurrently")
    yield Act("refresh-concurrently" if concurrently else "refresh", cursor.name())


def optimize(cursor: Cursor) -> Iterator[Act]:
    """MySQL's OPTIMIZE TABLE."""
    cursor.any("local", "no_write_to_binlog")
    cursor.take("table")
    for name in cursor.names():
        yield Act("mysql-optimize", name)


READERS: dict[str, Callable[[Cursor], Iterator[Act]]] = {
    "truncate": truncate, "lock": lock, "comment": comment, "analyze": analyze,
    "analyse": analyze, "vacuum": vacuum, "reindex": reindex, "cluster": cluster,
    "refresh": refresh, "optimize": optimize,
}  # fmt: skip
