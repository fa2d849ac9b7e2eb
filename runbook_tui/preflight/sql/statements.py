"""Splits a text of SQL into its statements, and says which of them stand in a transaction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from runbook_tui.preflight.sql.tokens import Dialect, Token, tokens

MOST_TOKENS = 20_000
"""Of one statement that are kept; what follows is data."""
_DELIMITER = re.compile(r"(?im)^[ \t]*delimiter[ \t]+(\S+)[ \t]*$")
_BODIES = frozenset({"trigger", "function", "procedure", "event"})


@dataclass(frozen=True)
class Statement:
    """One statement, or one command to the client (`meta`)."""

    text: str
    line: int
    """Of the text it stands in, from 1."""
    tokens: tuple[Token, ...] = field(repr=False)
    in_transaction: bool = False
    cut: bool = False
    """Whether it is longer than what was kept of its tokens."""
    open: bool = False
    """Whether a quote or a comment in it never ends: then nobody knows what it says."""

    @property
    def is_meta(self) -> bool:
        """Whether it is a command to psql and none to the server."""
        return bool(self.tokens) and self.tokens[0].kind == "meta"

    def words(self, count: int) -> tuple[str, ...]:
        """Its first words, small letters; a name or a string among them is empty."""
        return tuple(t.text if t.kind == "word" else "" for t in self.tokens[:count])


Boundary = Literal["begin", "end", "back", ""]


def split(text: str, dialect: Dialect) -> list[Statement]:
    """The statements of a text in their order, transaction control among them."""
    if dialect == "mysql" and _DELIMITER.search(text):
        found = _by_delimiter(text)
    else:
        found = list(_split(tokens(text, dialect), text, dialect))
    return _with_transactions(found)


def _split(found: Iterable[Token], text: str, dialect: Dialect) -> Iterator[Statement]:
    kept: list[Token] = []
    cut, depth, end = False, 0, 0
    for token in found:
        if token.kind == "meta" or token.kind == "data":
            if token.kind == "meta" and kept and token.text.startswith(("\\g", "\\crosstab")):
                yield _made(kept, text, end, cut)
                kept, cut, depth = [], False, 0
            elif token.kind == "meta":
                yield Statement(text=token.text, line=token.line, tokens=(token,))
            continue
        if token.kind == "sign" and token.text == ";" and depth <= 0:
            if kept:
                yield _made(kept, text, end, cut)
            kept, cut, depth = [], False, 0
            continue
        end = token.end
        if len(kept) < MOST_TOKENS:
            kept.append(token)
        else:
            cut = True
        if token.kind == "word":
            depth = max(0, depth + _deeper(kept, token, dialect, depth))
    if kept:
        yield _made(kept, text, end, cut)


def _deeper(kept: list[Token], token: Token, dialect: Dialect, depth: int) -> int:
    """+1 where a body with semicolons of its own begins, -1 where it ends."""
    if token.text not in ("begin", "atomic", "end", "case"):
        return 0
    head = {t.text for t in kept[:8] if t.kind == "word"}
    if kept[0].text not in ("create", "alter") or not head & _BODIES:
        return 0
    if token.text == "end":
        return -1
    if token.text == "case":
        return 1 if depth else 0
    if dialect == "postgresql":
        return 1 if token.text == "atomic" else 0
    return 1 if token.text == "begin" else 0


def _made(kept: list[Token], text: str, end: int, cut: bool) -> Statement:
    return Statement(
        text=text[kept[0].start : end],
        line=kept[0].line,
        tokens=tuple(kept),
        cut=cut,
        open=any(token.kind == "open" for token in kept),
    )


def _by_delimiter(text: str) -> list[Statement]:
    """For the mysql client: ``DELIMITER //`` up to ``DELIMITER ;``."""
    found: list[Statement] = []
    at, delimiter = 0, ";"
    while at < len(text):
        following = _DELIMITER.search(text, at)
        end = following.start() if following else len(text)
        before = text.count("\n", 0, at)
        part = text[at:end]
        pieces = [part] if delimiter == ";" else part.split(delimiter)
        for piece in pieces:
            found += [
                replace(each, line=each.line + before) for each in _whole_or_split(piece, delimiter)
            ]
            before += piece.count("\n")
        if following is None:
            break
        at, delimiter = following.end(), following.group(1)
    return found


def _whole_or_split(piece: str, delimiter: str) -> list[Statement]:
    if delimiter == ";":
        return list(_split(tokens(piece, "mysql"), piece, "mysql"))
    kept = list(tokens(piece, "mysql"))[:MOST_TOKENS]
    return [_made(kept, piece, kept[-1].end, False)] if kept else []


def boundary(statement: Statement) -> Boundary:
    """Whether a statement begins or ends a transaction."""
    words = statement.words(3)
    if not words:
        return ""
    first = words[0]
    if first == "begin" or words[:2] == ("start", "transaction"):
        return "begin"
    if first in ("commit", "end"):
        return "end"
    if first in ("rollback", "abort") and "to" not in words:
        return "back"
    return ""


def _with_transactions(found: list[Statement]) -> list[Statement]:
    inside = False
    marked = []
    for each in found:
        what = boundary(each)
        if what:
            inside = what == "begin"
            marked.append(each)
            continue
        marked.append(replace(each, in_transaction=inside))
    return marked
