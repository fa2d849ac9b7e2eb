"""Reads statements that change rows, and finds the tables that a query reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runbook_tui.preflight.sql.acts import Act
from runbook_tui.preflight.sql.cursor import Cursor, after, has, words_of
from runbook_tui.preflight.sql.tokens import Token

_NO_TABLE = frozenset({"select", "lateral", "unnest", "generate_series", "values", "(", "only"})
_CHANGES = frozenset({"insert", "update", "delete", "merge", "replace"})
_INSIDE = frozenset({"extract", "substring", "trim", "overlay"})
"""Functions that have a FROM of their own."""


def sources(tokens: Sequence[Token]) -> list[str]:
    """The tables behind FROM, JOIN and USING; names of the statement's own WITH left out."""
    own = set(_with_names(tokens))
    found: list[str] = []
    opened: list[str] = []
    for n, token in enumerate(tokens):
        if token.kind == "sign" and token.text == "(":
            before = tokens[n - 1] if n else token
            opened.append(before.text if before.kind == "word" else "")
        elif token.kind == "sign" and token.text == ")" and opened:
            opened.pop()
        elif token.kind == "word" and token.text in ("from", "join"):
            if opened and opened[-1] in _INSIDE:
                continue
            if n and tokens[n - 1].text == "distinct":
                continue
            cursor = Cursor(tokens)
            cursor.at = n + 1
            _listed(cursor, found, several=token.text == "from")
    return [name for name in dict.fromkeys(found) if name not in own]


def _listed(cursor: Cursor, found: list[str], several: bool) -> None:
    while True:
        cursor.take("only")
        if cursor.is_sign("(") or cursor.word() in _NO_TABLE:
            if not cursor.is_sign("("):
                return
            cursor.group()
        else:
            name = cursor.name()
            if cursor.is_sign("("):
                cursor.group()  # a function
            elif name:
                found.append(name)
        if not several:
            return
        cursor.take("as")
        if cursor.word() not in _AFTER_FROM:
            cursor.part()
            cursor.group()
        if not cursor.sign(","):
            return


_AFTER_FROM = frozenset(
    [
        "where",
        "join",
        "inner",
        "left",
        "right",
        "full",
        "cross",
        "natural",
        "group",
        "order",
        "having",
        "limit",
        "union",
        "on",
        "using",
        "window",
        "offset",
        "fetch",
        "for",
        "returning",
        "set",
        "except",
        "intersect",
        "tablesample",
    ]
)


def _with_names(tokens: Sequence[Token]) -> Iterator[str]:
    for n in range(1, len(tokens) - 1):
        if tokens[n].kind == "word" and tokens[n].text == "as" and tokens[n + 1].text in (
            "(", "materialized", "not",
        ):  # fmt: skip
            back = n - 1
            if tokens[back].text == ")":
                depth = 0
                while back >= 0:
                    depth += (tokens[back].text == ")") - (tokens[back].text == "(")
                    back -= 1
                    if depth == 0:
                        break
            if back >= 0 and tokens[back].kind in ("word", "name"):
                yield tokens[back].text


def changes_rows(cursor: Cursor) -> Iterator[Act]:
    """INSERT, UPDATE, DELETE, MERGE, REPLACE, COPY; a WITH before them."""
    tokens = cursor.tokens
    first = tokens[0].text
    if first == "copy":
        yield from _copy(cursor)
        return
    targets: list[str] = []
    for n, token in enumerate(tokens):
        if token.kind != "word" or token.text not in _CHANGES:
            continue
        before = tokens[n - 1] if n else None
        if before is not None and before.text not in ("(", ")") and before.kind != "name":
            continue  # FOR UPDATE, ON DELETE, DO UPDATE
        act = _change(tokens, n)
        if act is not None:
            targets.append(act.table)
            yield act
    also: list[str] = []
    for verb, behind in (("merge", "using"), ("delete", "using")):
        if any(token.text == verb for token in tokens) and (place := after(tokens, behind)):
            _listed(place, also, several=True)
    reads = [name for name in [*sources(tokens), *also] if name not in targets]
    for name in reads:
        yield Act("select", name)


def _change(tokens: Sequence[Token], n: int) -> Act | None:
    verb = tokens[n].text
    cursor = Cursor(tokens)
    cursor.at = n + 1
    cursor.any("low_priority", "delayed", "quick", "ignore")
    if cursor.take("or"):
        cursor.at += 1
    if not (cursor.take("into") or cursor.take("from")) and verb == "merge":
        return None
    cursor.take("only")
    table = cursor.name()
    if not table:
        return None
    rest = cursor.rest()
    if verb in ("insert", "replace"):
        return Act("insert", table, reads=tuple(sources(rest)))
    limited = has(rest, "where") or "where" in words_of(rest)
    return Act(verb, table, reads=tuple(sources(rest)), filtered=limited)


def _copy(cursor: Cursor) -> Iterator[Act]:
    program = "program" in words_of(cursor.rest())
    trouble = "it runs a program on the server" if program else ""
    if cursor.is_sign("("):
        query = cursor.group()
        for name in sources(query):
            yield Act("select", name, trouble=trouble)
        return
    table = cursor.name()
    cursor.group()
    yield Act("insert" if cursor.take("from") else "select", table, trouble=trouble)
