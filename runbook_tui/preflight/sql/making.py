"""Reads ``CREATE``."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_tui.preflight.sql.acts import Act
from runbook_tui.preflight.sql.columns import body
from runbook_tui.preflight.sql.cursor import Cursor, after
from runbook_tui.preflight.sql.rows import sources

_SERVER = frozenset({"role", "user", "group", "database", "tablespace"})


def create(cursor: Cursor) -> Iterator[Act]:
    """The acts of a CREATE from behind that word."""
    replace = cursor.take("or", "replace")
    while cursor.any("temporary", "temp", "unlogged", "global", "local", "recursive", "undo",
                     "constraint", "trusted", "procedural", "force", "virtual"):  # fmt: skip
        pass
    if cursor.take("algorithm") or cursor.take("definer"):  # MySQL's views, triggers, functions
        while not cursor.done and cursor.word() not in ("view", "trigger", "procedure", "function",
                                                        "event"):  # fmt: skip
            cursor.at += 1
    if cursor.take("foreign", "table") or cursor.take("table"):
        yield from _table(cursor)
    elif cursor.take("materialized", "view"):
        yield from _view(cursor, "materialized-view", replace)
    elif cursor.take("view"):
        yield from _view(cursor, "view", replace)
    elif cursor.word() in ("index", "unique", "fulltext", "spatial", "columnar"):
        yield from _index(cursor)
    elif cursor.take("trigger"):
        yield from _trigger(cursor, replace)
    elif (what := cursor.word()) in ("rule", "policy"):
        cursor.at += 1
        name = cursor.part()
        target = after(cursor.rest(), "to" if what == "rule" else "on")
        yield Act(f"create-{what}", target.name() if target else "", "make", what, name)
    elif cursor.take("sequence"):
        cursor.exists()
        name = cursor.name()
        yield Act("create-other", "", "make", "sequence", name)
        owner = after(cursor.rest(), "owned", "by")
        if owner is not None and (table := owner.name().rpartition(".")[0]):
            yield Act("sequence-owner", table)
    elif cursor.take("statistics"):
        cursor.exists()
        name = cursor.name()
        target = after(cursor.rest(), "from")
        yield Act("create-statistics", target.name() if target else "", "make", "statistics", name)
    elif cursor.take("publication"):
        name = cursor.name()
        target = after(cursor.rest(), "for", "table")
        yield Act("create-other", "", "make", "publication", name)
        for table in target.names() if target else ():
            yield Act("publication", table)
    elif cursor.any("function", "procedure"):
        yield from _function(cursor)
    elif cursor.word() in _SERVER:
        yield Act("alter-server", what=cursor.word())
    else:
        yield from _other(cursor)


def _other(cursor: Cursor) -> Iterator[Act]:
    known = ("type", "domain", "schema", "extension", "aggregate", "operator", "cast", "collation",
             "conversion", "text", "language", "server", "foreign", "access", "event", "transform",
             "subscription")  # fmt: skip
    what = cursor.word()
    if what not in known:
        yield Act("unreadable", trouble=f"CREATE {what.upper()} is not known")
        return
    cursor.at += 1
    cursor.exists()
    yield Act("create-other", "", "make", what, cursor.name())


def _table(cursor: Cursor) -> Iterator[Act]:
    cursor.exists()
    name = cursor.name()
    if cursor.take("partition", "of"):
        parent = cursor.name()
        yield Act("create-table", name, "make", "table", name)
        default = "default" if cursor.word() == "default" else ""
        yield Act("partition-of", parent, reads=(name,), detail=default)
        return
    if cursor.take("of"):
        cursor.name()
    if cursor.take("like"):  # MySQL
        source = cursor.name()
        yield Act("create-table", name, "make", "table", name)
        yield Act("select", source)
        return
    content = body(cursor.group(), name)
    rest = cursor.rest()
    query = after(rest, "as") or after(rest, "select")
    reads = sources(query.tokens) if query else []
    yield Act(
        "create-table", name, "make", "table", name,
        columns=content.columns, references=content.references, reads=tuple(reads),
        checks=content.checks,
    )  # fmt: skip
    for reference in content.references:
        yield Act("create-table-referenced", reference.table)
    parents = after(rest, "inherits")
    if parents:
        for parent in Cursor(parents.group()).names():
            yield Act("inherited", parent)
    for read in [*content.likes, *reads]:
        yield Act("select", read)


def _view(cursor: Cursor, what: str, replace: bool) -> Iterator[Act]:
    cursor.exists()
    name = cursor.name()
    reads = sources(cursor.rest())
    kind = "replace-view" if replace else f"create-{what}"
    yield Act(kind, name, "make", what, name, reads=tuple(reads))
    for read in reads:
        yield Act("select", read)


def _index(cursor: Cursor) -> Iterator[Act]:
    special = cursor.any("unique", "fulltext", "spatial", "columnar")
    cursor.any("clustered", "nonclustered")
    cursor.take("index")
    concurrently = cursor.take("concurrently")
    cursor.exists()
    name = "" if cursor.word() == "on" else cursor.name()
    target = after(cursor.rest(), "on")
    if target is not None:
        target.take("only")
    table = target.name() if target else ""
    kind = "create-index-concurrently" if concurrently else "create-index"
    if special in ("fulltext", "spatial"):
        kind = f"add-{special}"
    if not name and target is not None:
        target.take("using") and target.part()
        names = [t.text for t in target.group() if t.kind in ("word", "name")]
        name = "_".join((table, *names, "idx"))
    yield Act(kind, table, "make", "index", name)


def _trigger(cursor: Cursor, replace: bool) -> Iterator[Act]:
    cursor.exists()
    name = cursor.name()
    event = after(cursor.rest(), "on")
    yield Act("create-trigger", event.name() if event else "", "make", "trigger", name,
              detail="replace" if replace else "")  # fmt: skip


def _function(cursor: Cursor) -> Iterator[Act]:
    name = cursor.name()
    strings = [token for token in cursor.rest() if token.kind == "string"]
    language = after(cursor.rest(), "language")
    spoken = language.part().lower() if language else ""
    longest = max(strings, key=lambda token: len(token.text), default=None)
    body_text = longest.text if longest is not None and spoken in ("plpgsql", "sql") else ""
    yield Act("create-function", "", "make", "function", name, detail=body_text)
