"""JSON with the line of every key. Comments and a comma too many are let pass: files have them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from runbook_tui.preflight.config.settings import DEEPEST, Read, Setting, Trouble

_TOKEN = re.compile(
    r"(?P<string>\"(?:[^\"\\\n]|\\.)*+\")"
    r"|(?P<comment>//[^\n]*|/\*.*?\*/)"
    r"|(?P<mark>[\[\]{}:,])"
    r"|(?P<literal>[\w.+-]+)"
    r"|(?P<other>\S)",
    re.DOTALL,
)


def read_json(text: str) -> Iterator[Read]:
    """Every scalar with its keys and list positions. Ends at the first thing that is no JSON."""
    path: list[str] = []
    inside: list[str] = []  # "{" or "[" of what is open
    key: str | None = None
    key_line = line = 1
    seen = 0
    empty = True
    for match in _TOKEN.finditer(text):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        piece = match.group()
        kind = match.lastgroup
        if kind == "comment":
            continue
        if kind == "other":
            yield Trouble(line, f"no JSON: {piece!r} is not expected here")
            return
        empty = False
        if kind == "mark":
            if piece in "{[":
                if inside and inside[-1] == "{" and key is None:
                    yield Trouble(line, f"no JSON: {piece!r} where a key is expected")
                    return
                path.append(_step(inside, path, key))
                inside.append(piece)
                path.append("-1" if piece == "[" else "")
                key = None
                if len(inside) > DEEPEST:
                    yield Trouble(line, f"nested deeper than {DEEPEST}")
                    return
            elif piece in "}]":
                if not inside or inside.pop() != {"}": "{", "]": "["}[piece]:
                    yield Trouble(line, f"no JSON: {piece!r} closes nothing")
                    return
                del path[-2:]
                key = None
            elif piece == ",":
                key = None
            continue
        value = _text(piece) if kind == "string" else piece
        if inside and inside[-1] == "{" and key is None:
            if kind != "string":
                yield Trouble(line, f"no JSON: the key {piece[:20]!r} is not in quotes")
                return
            key, key_line = value, line
            continue
        at = key_line if inside and inside[-1] == "{" else line
        step = _step(inside, path, key)
        keys = (*_keys(path), *((step,) if step else ()))
        if keys:
            yield Setting(keys, value, at, nested=True)
        if inside and inside[-1] == "{":
            key = None
    if inside:
        yield Trouble(line, f"no JSON: the file ends inside {inside[-1]!r}")
    elif empty:
        yield Trouble(1, "no JSON: the file is empty")


def _step(inside: list[str], path: list[str], key: str | None) -> str:
    """The name of what comes now: its key, or its place in the list."""
    if inside and inside[-1] == "[":
        path[-1] = str(int(path[-1]) + 1)
        return path[-1]
    return key or ""


def _keys(path: list[str]) -> list[str]:
    """The names of what is open. Each has two places: its name, and its own counter."""
    return [step for step in path[::2] if step]


def _text(piece: str) -> str:
    try:
        return str(json.loads(piece, strict=False))
    except ValueError:
        return piece[1:-1]
