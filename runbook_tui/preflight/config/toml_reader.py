"""TOML: validity and values by tomllib, lines by a scanner of our own, for tomllib tells none."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from runbook_tui.preflight.config.settings import DEEPEST, Read, Setting, Trouble

_PART = r"(?:[A-Za-z0-9_-]+|\"(?:[^\"\\\n]|\\.)*+\"|'[^'\n]*+')"
_DOTTED = re.compile(rf"\s*({_PART}(?:[ \t]*\.[ \t]*{_PART})*+)[ \t]*")
_ONE = re.compile(_PART)
_WHERE = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")
# What may stand in a value: what it opens and closes, and what hides such marks.
_VALUE = re.compile(
    r"\"\"\"(?:[^\\]|\\.)*?\"\"\"(?:\"{0,2})|'''.*?'''(?:'{0,2})|\"(?:[^\"\\\n]|\\.)*+\"|'[^'\n]*+'"
    r"|\#[^\n]*|[\[\]{}\n]",
    re.DOTALL,
)


def read_toml(text: str) -> Iterator[Read]:
    """Every scalar with its tables and keys; what stands in an inline table has its line."""
    try:
        document: dict[str, Any] = tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        found = _WHERE.search(str(error))
        line = int(found[1]) if found and found[1] else text.count("\n") + 1
        yield Trouble(line, f"no TOML: {_WHERE.sub('', str(error)).strip()}")
        return
    except RecursionError:
        yield Trouble(1, "no TOML that can be read: nested too deep")
        return
    table: Any = document
    path: tuple[str, ...] = ()
    arrays: dict[tuple[str, ...], int] = {}
    for line, head, kind in _statements(text):
        names = tuple(_name(part) for part in _ONE.findall(head))
        if kind:
            if kind == "[[":
                arrays[names] = arrays.get(names, -1) + 1
                arrays = {k: n for k, n in arrays.items() if k == names or k[: len(names)] != names}
            path, table = names, _table(document, names, arrays)
            continue
        value = table
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        yield from _scalars((*path, *names), value, line, 0)


def _statements(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, dotted key, and ``[`` or ``[[`` where it is a table's head. `text` is valid TOML."""
    at, line = 0, 1
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        bare = text[at:end].strip()
        if bare.startswith("["):
            kind = "[[" if bare.startswith("[[") else "["
            if match := _DOTTED.match(bare, len(kind)):
                yield line, match[1], kind
        elif bare and not bare.startswith("#") and (match := _DOTTED.match(text, at)):
            yield line, match[1], ""
            end = _end_of_value(text, match.end())
        line += text.count("\n", at, end) + 1
        at = end + 1


def _end_of_value(text: str, at: int) -> int:
    depth = 0
    for match in _VALUE.finditer(text, at):
        piece = match.group()
        if piece in ("[", "{"):
            depth += 1
        elif piece in ("]", "}"):
            depth -= 1
        elif piece == "\n" and depth <= 0:
            return match.start()
    return len(text)


def _name(part: str) -> str:
    if part.startswith('"'):
        return str(tomllib.loads(f"k = {part}")["k"])
    return part.strip("'")


def _table(document: Any, names: tuple[str, ...], arrays: dict[tuple[str, ...], int]) -> Any:
    found = document
    for count, name in enumerate(names, 1):
        found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, list):
            number = arrays.get(names[:count], 0)
            found = found[number] if number < len(found) else None
    return found


def _scalars(path: tuple[str, ...], value: Any, line: int, depth: int) -> Iterator[Read]:
    if depth > DEEPEST:
        yield Trouble(line, f"nested deeper than {DEEPEST}")
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _scalars((*path, name), inner, line, depth + 1)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _scalars((*path, str(number)), inner, line, depth + 1)
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        yield Setting(path, text, line, nested=True)
