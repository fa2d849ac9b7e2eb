"""Finds SQL in shell scripts: in here-documents and behind ``-c`` and ``-e`` of a client."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from runbook_tui.preflight.sql.tokens import Dialect, tokens

_CLIENTS: dict[Dialect, re.Pattern[str]] = {
    "postgresql": re.compile(r"(?i)psql|pgsql|postgres"),
    "mysql": re.compile(r"(?i)mysql|mariadb"),
    "sqlite": re.compile(r"(?i)sqlite"),
}
_HERE = re.compile(r"<<(-?)[ \t]*(?:'([\w.-]{1,60})'|\"([\w.-]{1,60})\"|\\?([\w.-]{1,60}))")
_VERBS = frozenset(
    [
        "alter",
        "create",
        "drop",
        "insert",
        "update",
        "delete",
        "begin",
        "start",
        "truncate",
        "set",
        "select",
        "with",
        "use",
        "lock",
        "do",
        "grant",
        "comment",
        "rename",
        "replace",
        "vacuum",
        "pragma",
        "call",
        "delimiter",
    ]
)
_OPTION = re.compile(
    r"(?<!\S)(?:-[A-Za-z]*[ce]|--command|--execute)(?:[ \t]+|=)?(?=[\"'])(?P<quote>[\"'])"
)
_VARIABLE = re.compile(r"\$\{(\w{1,80})(?!\w)[^}\n]{0,200}\}|\$(\w{1,80})")
_ESCAPED = re.compile(r"\\([$`\\\n])")
LONGEST_LINE = 4_000


@dataclass(frozen=True)
class Found:
    """A text of SQL in a file: its first line's number there, and why it may be another."""

    text: str
    line: int
    trouble: str = ""


def sql_in_shell(text: str, dialect: Dialect) -> Iterator[Found]:
    """The SQL of a shell script for one database.

    In an unquoted here-document ``\\$`` is unescaped, and a variable stands as its name; what comes
    from a command cannot be known.
    """
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        line = lines[number][:LONGEST_LINE]
        number += 1
        if line.lstrip().startswith("#"):
            continue
        here = _HERE.search(line)
        if here is None or "<<<" in line:
            if _CLIENTS[dialect].search(line):
                yield from _options(lines, number - 1, dialect)
            continue
        end = here[2] or here[3] or here[4]
        body, begin = [], number
        while number < len(lines):
            each = lines[number].lstrip("\t") if here[1] else lines[number]
            number += 1
            if each == end:
                break
            body.append(each)
        content = "\n".join(body)
        if not _CLIENTS[dialect].search(line) and (
            not _is_sql(content, dialect) or any(c.search(line) for c in _CLIENTS.values())
        ):
            continue
        if here[4] is None or "\\" + end in line:
            yield Found(content, begin + 1)
        else:
            yield _expanded(content, begin + 1)


def _is_sql(content: str, dialect: Dialect) -> bool:
    """Whether a text begins as SQL does, behind comments and commands to the client."""
    for token in tokens(content[:20_000], dialect):
        if token.kind != "meta":
            return token.kind == "word" and token.text in _VERBS
    return False


def _expanded(content: str, line: int) -> Found:
    """What the shell makes of an unquoted here-document, as far as it can be known."""
    trouble = ""
    if re.search(r"(?<!\\)(?:\$\(|`)", content):
        trouble = "part of it is the output of a command"
    kept = _ESCAPED.sub(lambda m: "" if m[1] == "\n" else "\0" + m[1], content)
    kept = _VARIABLE.sub(lambda m: m[0] if _escaped(kept, m.start()) else (m[1] or m[2]), kept)
    return Found(kept.replace("\0", ""), line, trouble)


def _escaped(text: str, at: int) -> bool:
    return at > 0 and text[at - 1] == "\0"


def _options(lines: list[str], number: int, dialect: Dialect) -> Iterator[Found]:
    """``psql -c "…"``, which may go on over lines."""
    line = lines[number][:LONGEST_LINE]
    for option in _OPTION.finditer(line):
        quote = option["quote"]
        content = line[option.end() :]
        last = number
        while (
            (end := _closing(content, quote)) < 0 and last + 1 < len(lines) and last < number + 400
        ):
            last += 1
            content += "\n" + lines[last]
        if end < 0:
            continue
        content = content[:end]
        if not _is_sql(content, dialect):
            if content.strip().startswith("$"):
                yield Found("", number + 1, "its SQL is in a variable")
            continue
        yield (
            Found(content, number + 1)
            if quote == "'"
            else _expanded(content.replace('\\"', '"'), number + 1)
        )


def _closing(content: str, quote: str) -> int:
    at = content.find(quote)
    while quote == '"' and at > 0 and content[at - 1] == "\\":
        at = content.find(quote, at + 1)
    return at
