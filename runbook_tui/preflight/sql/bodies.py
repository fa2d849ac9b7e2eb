"""Finds the SQL in a body: of a DO block, or of a function that a migration calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runbook_tui.preflight.sql.statements import Statement, split
from runbook_tui.preflight.sql.tokens import Token, tokens

_OPENS = frozenset({"begin", "then", "else", "loop"})
_VERBS = frozenset(
    [
        "alter",
        "create",
        "drop",
        "insert",
        "update",
        "delete",
        "merge",
        "truncate",
        "lock",
        "comment",
        "grant",
        "revoke",
        "select",
        "perform",
        "execute",
        "refresh",
        "reindex",
        "analyze",
        "cluster",
        "copy",
        "call",
        "with",
        "do",
        "set",
    ]
)


def statements_in(body: str) -> Iterator[tuple[Statement, str]]:
    """The SQL statements of a body, and why one cannot be told (EXECUTE of what is built at run
    time). Lines count from the body's own first line.
    """
    found = list(tokens(body, "postgresql"))
    if not any(token.text in ("begin", "declare") and token.kind == "word" for token in found):
        for statement in split(body, "postgresql"):
            yield statement, ""
        return
    for part in _parts(found):
        first = next((n for n, t in enumerate(part) if t.kind == "word" and t.text in _VERBS), None)
        if first is None or not _begins(part, first):
            continue
        kept = part[first:]
        if kept[0].text == "execute":
            yield from _executed(kept, body)
            continue
        text = body[kept[0].start : kept[-1].end]
        yield Statement(text, kept[0].line, tuple(_without_into(kept))), ""


def _begins(part: Sequence[Token], first: int) -> bool:
    """Whether the verb begins a statement: nothing before it, or a loop over a query."""
    before = [token.text for token in part[:first]]
    return not before or "in" in before[-1:] or before[:1] in (["return"], ["for"])


def _parts(found: Sequence[Token]) -> Iterator[list[Token]]:
    part: list[Token] = []
    cases = 0  # CASE … THEN … ELSE … END inside of an expression
    for token in found:
        word = token.text if token.kind == "word" else ""
        if token.kind == "sign" and token.text == ";":
            if part:
                yield part
            part, cases = [], 0
            continue
        if word == "case" and part:
            cases += 1
        elif word == "end" and cases:
            cases -= 1
        elif word in _OPENS and not cases:
            if part and part[0].text not in ("if", "elsif", "elseif", "while", "exception", "when"):
                yield part
            part = []
            continue
        part.append(token)
    if part:
        yield part


def _executed(part: Sequence[Token], body: str) -> Iterator[tuple[Statement, str]]:
    rest = [t for t in part[1:] if not (t.kind == "word" and t.text in ("into", "using"))]
    whole = Statement(body[part[0].start : part[-1].end], part[0].line, tuple(part))
    if (
        len(rest) >= 1
        and rest[0].kind == "string"
        and (len(rest) == 1 or part[2].text in ("into", "using"))
    ):
        for statement in split(rest[0].text, "postgresql"):
            yield Statement(statement.text, part[0].line, statement.tokens), ""
        return
    yield whole, "EXECUTE of SQL that is only put together when it runs"


def _without_into(part: Sequence[Token]) -> Iterator[Token]:
    """PL/pgSQL's ``SELECT … INTO variable`` makes no table."""
    if part[0].text not in ("select", "with"):
        yield from part
        return
    skipping = False
    for n, token in enumerate(part):
        word = token.text if token.kind == "word" else ""
        if word == "into" and part[n - 1].text not in ("insert", "merge"):
            skipping = True
            continue
        if skipping and word in ("from", "where", "limit", "order", "group", "union"):
            skipping = False
        if not skipping:
            yield token
