"""Reads definitions of columns and of a table's constraints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from runbook_tui.preflight.sql.acts import Column, Reference
from runbook_tui.preflight.sql.cursor import Cursor, after, parts, words_of
from runbook_tui.preflight.sql.tokens import Token

# PostgreSQL evaluates these once for all rows. Source: pg_proc.provolatile of PostgreSQL 15;
# whatever is not named here is taken as volatile: the table is then said to be rewritten.
_NOT_VOLATILE = frozenset(
    [
        "now",
        "transaction_timestamp",
        "statement_timestamp",
        "current_timestamp",
        "current_date",
        "current_time",
        "localtime",
        "localtimestamp",
        "lower",
        "upper",
        "coalesce",
        "date_trunc",
        "to_timestamp",
        "to_date",
        "md5",
        "concat",
        "cast",
        "array",
        "row",
        "numeric",
        "varchar",
        "char",
        "decimal",
        "interval",
        "date",
        "timestamp",
        "timestamptz",
        "time",
        "text",
        "jsonb_build_object",
        "jsonb_build_array",
        "json_build_object",
        "json_build_array",
        "to_json",
        "to_jsonb",
        "current_user",
        "session_user",
        "current_setting",
        "make_interval",
        "make_date",
        "timezone",
        "extract",
        "length",
        "int4range",
        "tsrange",
        "tstzrange",
        "daterange",
        "point",
        "box",
        "bit",
        "float",
        "double",
        "precision",
        "decode",
        "encode",
        "current_schema",
        "greatest",
        "least",
        "nullif",
        "round",
        "abs",
        "floor",
        "ceil",
        "replace",
        "trim",
        "btrim",
    ]
)
_SERIAL = frozenset({"serial", "bigserial", "smallserial", "serial4", "serial8", "serial2"})
TABLE_CONSTRAINTS = ("constraint", "primary", "unique", "foreign", "check", "exclude", "like")
_MYSQL_PARTS = ("index", "key", "fulltext", "spatial")


class Body(NamedTuple):
    """A table's columns, foreign keys (name, referenced table), LIKE sources, and checks."""

    columns: tuple[Column, ...]
    references: tuple[Reference, ...]
    likes: tuple[str, ...]
    checks: tuple[tuple[str, str], ...]


def column(cursor: Cursor) -> Column:
    """One column: its name, type and what follows, up to the end."""
    name = cursor.part()
    spelled = cursor.type()
    rest = cursor.rest()
    words = words_of(rest)
    generated = ""
    if "identity" in words or spelled in _SERIAL or "auto_increment" in words:
        generated = "identity"
    elif "stored" in words:
        generated = "stored"
    elif "virtual" in words or ("as" in words and "generated" in words):
        generated = "virtual"
    return Column(
        name=name,
        type=spelled,
        default=_default(rest),
        not_null=_beside(words, "not", "null") or "primary" in words,
        generated=generated,
        key="primary" in words or "unique" in words,
        check="check" in words,
        references=_referenced(rest),
        constraint=_named(rest),
    )


def _beside(words: Sequence[str], first: str, second: str) -> bool:
    return any(a == first and b == second for a, b in pairwise(words))


def _default(tokens: Sequence[Token]) -> str:
    for n, token in enumerate(tokens):
        if token.kind == "word" and token.text == "default":
            value = _value(tokens[n + 1 :])
            if [t.text for t in value if t.kind == "word"][:1] == ["null"]:
                return "none"
            return "volatile" if is_volatile(value) else "constant"
    return "none"


def _value(tokens: Sequence[Token]) -> list[Token]:
    """The tokens of a default, up to the next clause of the column."""
    found: list[Token] = []
    depth = 0
    ends = ("constraint", "not", "primary", "unique", "references", "check", "generated", "comment")
    for token in tokens:
        if token.kind == "sign" and token.text in "()":
            depth += 1 if token.text == "(" else -1
        if (
            depth == 0
            and found
            and token.kind == "word"
            and token.text in (*ends, "after", "first")
        ):
            break
        found.append(token)
    return found


def is_volatile(value: Sequence[Token]) -> bool:
    """Whether an expression calls a function that may answer each row otherwise."""
    for token, following in pairwise(value):
        calls = following.kind == "sign" and following.text == "("
        if calls and token.kind in ("word", "name") and token.text not in _NOT_VOLATILE:
            return True
    return False


def _referenced(tokens: Sequence[Token]) -> str:
    cursor = Cursor(tokens)
    while not cursor.done:
        if cursor.take("references"):
            return cursor.name()
        cursor.at += 1
    return ""


def _named(tokens: Sequence[Token]) -> str:
    cursor = Cursor(tokens)
    while not cursor.done:
        if cursor.take("constraint"):
            return cursor.part()
        cursor.at += 1
    return ""


def body(tokens: Sequence[Token], table: str) -> Body:
    """What stands in the parentheses of a CREATE TABLE."""
    columns: list[Column] = []
    references: list[Reference] = []
    keys: set[str] = set()
    likes: list[str] = []
    checks: list[tuple[str, str]] = []
    for part in parts(tokens):
        cursor = Cursor(part)
        head = cursor.word()
        if head == "like":
            cursor.at += 1
            likes.append(cursor.name())
        elif head in TABLE_CONSTRAINTS or (head in _MYSQL_PARTS and len(part) > 1):
            if referenced := _referenced(part):
                name = _named(part) or _made_up(table, part)
                references.append(Reference(name, referenced, _group(part), _targets(part)))
            elif after(part, "primary", "key") is not None:
                keys.update(_group(part))
            elif (test := after(part, "check")) is not None:
                checks.append((_named(part), " ".join(t.text for t in test.group())))
        else:
            made = column(cursor)
            columns.append(made)
            if made.references:
                name = made.constraint or f"{table}_{made.name}_fkey"
                references.append(Reference(name, made.references, (made.name,), _targets(part)))
    columns = [replace(each, key=True) if each.name in keys else each for each in columns]
    return Body(tuple(columns), tuple(references), tuple(likes), tuple(checks))


def _made_up(table: str, part: Sequence[Token]) -> str:
    """The name that PostgreSQL gives to a foreign key."""
    return "_".join((table, *_group(part), "fkey"))


def _group(part: Sequence[Token]) -> tuple[str, ...]:
    """The names in the first parentheses."""
    cursor = Cursor(part)
    while not cursor.done and not cursor.is_sign("("):
        cursor.at += 1
    return tuple(token.text for token in cursor.group() if token.kind in ("word", "name"))


def _targets(part: Sequence[Token]) -> tuple[str, ...]:
    """The columns that a foreign key points to; empty: the primary key."""
    cursor = after(part, "references")
    if cursor is None:
        return ()
    cursor.name()
    return tuple(token.text for token in cursor.group() if token.kind in ("word", "name"))
