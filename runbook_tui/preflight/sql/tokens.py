"""Cuts SQL into words, names, strings and signs, each with its line; linear in the text's length.

Knows what hides a semicolon: strings, ``E''``, dollar quotes, quoted names, nested comments, psql's
own commands and the data of ``COPY … FROM stdin``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Dialect = Literal["postgresql", "mysql", "sqlite"]
Kind = Literal["word", "name", "string", "number", "sign", "meta", "data", "open"]
"""`word`: in small letters; `name`: a quoted name without its quotes; `string`: its content;
`meta`: a command to psql or the mysql client; `data`: rows of a COPY; `open`: a quote or a comment
that never ends."""


class Token(NamedTuple):
    """One token. `start`, `end`: offsets in the text; `line`: from 1."""

    kind: Kind
    text: str
    line: int
    start: int
    end: int


_SPACE = re.compile(r"[\s\ufeff]+")
_WORD = re.compile(r"[^\W\d][\w$]*")
_NUMBER = re.compile(r"\d[\w.]*")
_DOLLAR = re.compile(r"\$(?:[^\W\d]\w{0,62})?\$")
_PARAMETER = re.compile(r"\$\d+")
_NESTING = re.compile(r"/\*|\*/")
_STOPS = {quote: re.compile(rf"[{re.escape(quote)}\\]") for quote in "'\"`"}
_QUOTED_TWICE = {"'": "''", '"': '""', "`": "``"}


class _Reader:
    def __init__(self, text: str, dialect: Dialect) -> None:
        self.text, self.dialect = text, dialect
        self.at, self.line = 0, 1

    def token(self, kind: Kind, text: str, end: int) -> Token:
        found = Token(kind, text, self.line, self.at, end)
        self.line += self.text.count("\n", self.at, end)
        self.at = end
        return found

    def skip(self, end: int) -> None:
        self.line += self.text.count("\n", self.at, end)
        self.at = end

    def line_end(self) -> int:
        end = self.text.find("\n", self.at)
        return len(self.text) if end < 0 else end

    def quoted(self, kind: Kind, opening: int, backslash: bool) -> Token:
        """From a quote at `at + opening` to its end."""
        text, begin = self.text, self.at + opening + 1
        quote = text[begin - 1]
        at = begin
        while True:
            stop = _STOPS[quote].search(text, at) if backslash else None
            end = stop.start() if stop else (-1 if backslash else text.find(quote, at))
            if end < 0:
                return self.token("open", text[begin : begin + 80], len(text))
            if text[end] == "\\" or text.startswith(quote, end + 1):
                at = end + 2
            else:
                content = text[begin:end].replace(_QUOTED_TWICE[quote], quote)
                return self.token(kind, content, end + 1)

    def comment(self) -> Token | None:
        """Over a ``/* … */``; nested where the dialect nests. A token where it never ends."""
        if self.dialect != "postgresql":
            end = self.text.find("*/", self.at + 2)
            if end < 0:
                return self.token("open", "/*", len(self.text))
            self.skip(end + 2)
            return None
        depth = 0
        for match in _NESTING.finditer(self.text, self.at):
            depth += 1 if match.group() == "/*" else -1
            if depth == 0:
                self.skip(match.end())
                return None
        return self.token("open", "/*", len(self.text))


def tokens(text: str, dialect: Dialect) -> Iterator[Token]:
    """The tokens of a text, comments and blanks left out.

    Source of the rules: PostgreSQL, "Lexical Structure" and psql; MySQL 8.0, "Language Structure";
    SQLite, lang_expr and lang_comment.
    """
    reader = _Reader(text, dialect)
    copying, words = False, 0  # inside COPY … FROM stdin
    while reader.at < len(text):
        token = _next(reader)
        if token is None:
            continue
        yield token
        if dialect != "postgresql":
            continue
        if token.kind == "sign" and token.text == ";":
            if copying:
                reader.skip(min(reader.line_end() + 1, len(text)))
                yield _copied(reader)
            copying, words = False, 0
            continue
        if words == 0:
            copying = False
            is_copy = token.text == "copy" and token.kind == "word"
        words += 1
        copying = copying or (is_copy and token.kind == "word" and token.text == "stdin")


def _copied(reader: _Reader) -> Token:
    """The rows of a COPY up to the line ``\\.``."""
    text = reader.text
    if text.startswith("\\.", reader.at):
        return reader.token("data", "", reader.at + 2)
    end = text.find("\n\\.", reader.at)
    return reader.token("data", "", len(text) if end < 0 else end + 3)


def _next(reader: _Reader) -> Token | None:
    text, at, dialect = reader.text, reader.at, reader.dialect
    sign = text[at]
    if space := _SPACE.match(text, at):
        reader.skip(space.end())
        return None
    if text.startswith("--", at) or (sign == "#" and dialect == "mysql"):
        reader.skip(reader.line_end())
        return None
    if text.startswith("/*", at):
        if dialect == "mysql" and text.startswith(("/*!", "/*M!"), at):
            digits = re.compile(r"/\*M?!\d*").match(text, at)
            assert digits is not None
            reader.skip(digits.end())  # run by the server: read as if it stood there
            return None
        return reader.comment()
    if dialect == "mysql" and text.startswith("*/", at):
        reader.skip(at + 2)
        return None
    if sign in "'\"`":
        return _quote(reader, sign)
    if sign == "$" and dialect == "postgresql":
        if dollar := _DOLLAR.match(text, at):
            end = text.find(dollar.group(), dollar.end())
            if end < 0:
                return reader.token("open", dollar.group(), len(text))
            return reader.token("string", text[dollar.end() : end], end + len(dollar.group()))
        if parameter := _PARAMETER.match(text, at):
            return reader.token("number", parameter.group(), parameter.end())
    if sign == "[" and dialect == "sqlite":
        end = text.find("]", at)
        if end > 0:
            return reader.token("name", text[at + 1 : end], end + 1)
    if sign == "\\" and dialect != "sqlite":
        return reader.token("meta", text[at : reader.line_end()].strip(), reader.line_end())
    if word := _WORD.match(text, at):
        return _word(reader, word)
    if number := _NUMBER.match(text, at):
        return reader.token("number", number.group(), number.end())
    return reader.token("sign", sign, at + 1)


def _quote(reader: _Reader, sign: str) -> Token:
    mysql = reader.dialect == "mysql"
    if sign == "'":
        return reader.quoted("string", 0, backslash=mysql)
    # In MySQL, "…" is a string unless ANSI_QUOTES is set; a name is in backticks.
    if sign == '"' and mysql:
        return reader.quoted("string", 0, backslash=True)
    return reader.quoted("name", 0, backslash=False)


def _word(reader: _Reader, match: re.Match[str]) -> Token:
    word = match.group()
    if match.end() < len(reader.text) and len(word) <= 2 and reader.dialect == "postgresql":
        following = reader.text[match.end()]
        if following == "'" and word in ("e", "E"):
            return reader.quoted("string", len(word), backslash=True)
        if following == "'" and word in ("b", "B", "x", "X", "n", "N"):
            return reader.quoted("string", len(word), backslash=False)
    return reader.token("word", word.lower(), match.end())
