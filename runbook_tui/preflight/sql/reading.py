"""Reads a statement: what it does, one act for each relation that it touches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from runbook_tui.preflight.sql import maintaining
from runbook_tui.preflight.sql.acts import Act
from runbook_tui.preflight.sql.altering import alter_table
from runbook_tui.preflight.sql.cursor import Cursor, after, has, words_of
from runbook_tui.preflight.sql.making import create
from runbook_tui.preflight.sql.rows import changes_rows, sources
from runbook_tui.preflight.sql.statements import Statement
from runbook_tui.preflight.sql.tokens import Token

HARMLESS = frozenset(
    [
        "set",
        "reset",
        "show",
        "begin",
        "start",
        "commit",
        "end",
        "rollback",
        "abort",
        "savepoint",
        "release",
        "discard",
        "notify",
        "listen",
        "unlisten",
        "prepare",
        "deallocate",
        "explain",
        "declare",
        "fetch",
        "move",
        "close",
        "checkpoint",
        "load",
        "security",
        "use",
        "delimiter",
        "pragma_read",
        "attach",
        "detach",
        "flush",
        "unlock",
        "values",
        "table",
        "describe",
        "desc",
        "optimize_read",
        "raise",
        "return",
    ]
)
"""Statements that lock no table of a user."""
_ONLY_NAMES = frozenset(
    [
        "type",
        "domain",
        "function",
        "procedure",
        "routine",
        "aggregate",
        "operator",
        "cast",
        "collation",
        "conversion",
        "text",
        "extension",
        "language",
        "server",
        "foreign",
        "schema",
        "role",
        "user",
        "group",
        "database",
        "tablespace",
        "event",
        "publication",
        "subscription",
        "transform",
        "access",
        "default",
        "large",
        "system",
    ]
)


def acts(statement: Statement) -> list[Act]:
    """What a statement does. An act with `trouble` says what cannot be told."""
    if statement.open:
        return [Act("unreadable", trouble="a quote or a comment in it never ends")]
    if statement.is_meta or not statement.tokens:
        return []
    first = statement.tokens[0]
    if first.kind == "sign" and first.text == "(":
        return list(_select(Cursor(statement.tokens)))
    if first.kind != "word":
        return [Act("unreadable", trouble=f"it begins with {first.text[:40]!r}")]
    cursor = Cursor(statement.tokens)
    cursor.at = 1
    if first.text in _READERS:
        return list(_READERS[first.text](cursor))
    if first.text in HARMLESS:
        return []
    return [Act("unreadable", trouble=f"{first.text[:40].upper()} is not known")]


def _alter(cursor: Cursor) -> Iterator[Act]:
    cursor.any("online", "offline", "ignore")
    if cursor.take("table") or cursor.take("foreign", "table"):
        yield from alter_table(cursor)
    elif cursor.take("materialized", "view"):
        yield from alter_table(cursor, "materialized-view")
    elif what := cursor.any("view", "sequence", "index"):
        owner = after(cursor.rest(), "owned", "by")
        if owner is not None and (table := owner.name().rpartition(".")[0]):
            yield Act("sequence-owner", table)
        yield from alter_table(cursor, what)
    elif what := cursor.any("trigger", "policy", "rule"):
        name = cursor.part()
        cursor.take("on")
        yield Act(f"alter-{what}", cursor.name(), what=what, name=name)
    elif cursor.take("type"):
        name = cursor.name()
        words = words_of(cursor.rest())
        kind = "add-enum-value" if words[:2] == ["add", "value"] else "alter-type"
        attribute = any(word == "attribute" for word in words)
        trouble = "CASCADE changes tables that nobody sees here" if "cascade" in words else ""
        yield Act("alter-type-attribute" if attribute else kind, what="type", name=name,
                  trouble=trouble)  # fmt: skip
    elif cursor.take("domain"):
        name = cursor.name()
        words = words_of(cursor.rest())
        strict = (
            words[:1] == ["add"]
            or words[:2] == ["validate", "constraint"]
            or (words[:3] == ["set", "not", "null"])
        )
        kind = "alter-domain-scan" if strict and "valid" not in words[1:] else "alter-type"
        yield Act(kind, what="domain", name=name)
    elif cursor.take("publication"):
        target = after(cursor.rest(), "table")
        for name in target.names() if target else ():
            yield Act("publication", name)
    elif cursor.word() in _ONLY_NAMES:
        cluster = {"role", "user", "group", "database", "tablespace", "system"}
        yield Act("alter-server" if cursor.word() in cluster else "alter-other", what=cursor.word())
    elif cursor.take("statistics"):
        yield Act("alter-other", what="statistics", name=cursor.name())
    else:
        yield Act("unreadable", trouble=f"ALTER {cursor.word().upper()} is not known")


def _drop(cursor: Cursor) -> Iterator[Act]:
    rest = words_of(cursor.rest())
    cascade = rest[-1:] == ["cascade"]
    cursor.any("temporary")
    if cursor.take("materialized", "view"):
        what = "materialized-view"
    elif cursor.take("foreign", "table"):
        what = "table"
    else:
        what = cursor.word()
        cursor.at += 1
    concurrently = cursor.take("concurrently")
    guarded = cursor.exists()
    if what in ("trigger", "rule", "policy"):
        name = cursor.name()
        table = cursor.name() if cursor.take("on") else ""
        yield Act(f"drop-{what}", table, "drop", what, name, cascade=cascade, guarded=guarded)
    elif what == "index":
        names = cursor.names()
        table = cursor.name() if cursor.take("on") else ""
        kind = "drop-index-concurrently" if concurrently else "drop-index"
        for name in names:
            yield Act(kind, table, "drop", "index", name, guarded=guarded)
    elif what in ("table", "view", "sequence", "materialized-view"):
        for name in cursor.names():
            yield Act(f"drop-{what}", name, "drop", what, name, cascade=cascade, guarded=guarded)
    elif what == "schema" or (what == "owned"):
        trouble = "it drops everything in it" if cascade or what == "owned" else ""
        yield Act("drop-schema", "", "drop", "schema", cursor.name(), trouble=trouble)
    elif what in ("role", "user", "group", "database", "tablespace"):
        yield Act("alter-server", what=what)
    elif what in ("function", "procedure", "aggregate", "routine"):
        yield Act("drop-other", "", "drop", "function", cursor.name(), cascade=cascade)
    elif what == "statistics":
        for name in cursor.names():
            yield Act("drop-statistics", "", "drop", "index", name)
    elif what in _ONLY_NAMES or what in ("prepare", "owned"):
        name = cursor.name()
        trouble = "CASCADE drops columns that nobody sees here" if cascade else ""
        yield Act("drop-other", "", "drop", what, name, cascade=cascade, trouble=trouble)
    else:
        yield Act("unreadable", trouble=f"DROP {what.upper()} is not known")


def _grant(cursor: Cursor) -> Iterator[Act]:
    yield Act("grant" if has(cursor.rest(), "on") else "alter-server")


def _rename(cursor: Cursor) -> Iterator[Act]:
    """MySQL: ``RENAME TABLE a TO b, c TO d``: all of them at once."""
    if not cursor.any("table", "tables"):
        yield Act("alter-server")
        return
    while old := cursor.name():
        cursor.take("to")
        yield Act("rename-table", old, "rename", "table", old, cursor.name())
        if not cursor.sign(","):
            break


def _select(cursor: Cursor) -> Iterator[Act]:
    tokens = cursor.tokens
    words = words_of(tokens)
    into = "into" in words and after(tokens, "into")
    if into and words[0] == "select":
        into.any("temporary", "temp", "unlogged")
        into.take("table")
        name = into.name()
        yield Act("create-table", name, "make", "table", name, reads=tuple(sources(tokens)))
    strong = (
        has(tokens, "for", "update")
        or has(tokens, "for", "share")
        or (has(tokens, "for", "key", "share") or has(tokens, "for", "no", "key", "update"))
    )
    for name in sources(tokens):
        yield Act("select-for-update" if strong else "select", name)
    yield from calls(tokens)


def calls(tokens: Sequence[Token]) -> Iterator[Act]:
    """Functions that a SELECT or CALL without tables calls: nobody knows what those do."""
    for n, (token, following) in enumerate(pairwise(tokens)):
        if following.kind == "sign" and following.text == "(" and token.kind in ("word", "name"):
            if token.text in ("setval", "nextval") and n + 2 < len(tokens):
                name = tokens[n + 2].text.lower() if tokens[n + 2].kind == "string" else ""
                yield Act("sequence-value", name.removeprefix("public."))
            else:
                yield Act("call", what="function", name=token.text)


def _do(cursor: Cursor) -> Iterator[Act]:
    body = [token for token in cursor.rest() if token.kind == "string"]
    language = after(cursor.rest(), "language")
    name = language.part() if language else "plpgsql"
    if not body or name not in ("plpgsql", "sql"):
        yield Act("unreadable", trouble="a DO block in a language that is not read")
        return
    yield Act("do", detail=body[-1 if name in body[0].text else 0].text)


def _call(cursor: Cursor) -> Iterator[Act]:
    yield from calls(cursor.tokens)


def _pragma(cursor: Cursor) -> Iterator[Act]:
    yield Act("pragma", name=cursor.name(), detail=" ".join(t.text for t in cursor.rest()))


def _import(cursor: Cursor) -> Iterator[Act]:
    yield Act("alter-other", what="foreign")


_READERS: dict[str, Callable[[Cursor], Iterator[Act]]] = {
    **maintaining.READERS,
    "alter": _alter, "create": create, "drop": _drop, "grant": _grant, "revoke": _grant,
    "rename": _rename, "select": _select, "with": changes_rows, "insert": changes_rows,
    "replace": changes_rows, "update": changes_rows, "delete": changes_rows,
    "merge": changes_rows, "copy": changes_rows, "perform": _select, "do": _do, "call": _call,
    "pragma": _pragma, "import": _import, "reassign": _grant,
}  # fmt: skip
