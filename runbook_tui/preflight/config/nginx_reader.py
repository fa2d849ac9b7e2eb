"""Configuration of nginx's kind: directives that end with ``;``, blocks in braces.

Source: https://nginx.org/en/docs/beginners_guide.html#conf_structure
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_tui.preflight.config.settings import DEEPEST, Include, Read, Setting, Trouble

# A quoted string, a comment, a mark, or a word. A word goes on to white space, `;` or `{`.
_TOKEN = re.compile(
    r"(?P<quoted>\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+')"
    r"|(?P<comment>\#[^\n]*)"
    r"|(?P<mark>[;{}])"
    r"|(?P<word>(?:\$\{|\\.|[^\s;{\\])+)"
    r"|(?P<other>\S)",
    re.DOTALL,
)
_DATA = frozenset({"map", "geo", "types", "split_clients", "charset_map"})
"""Blocks whose lines are entries of a table, not directives."""


def read_nginx(text: str) -> Iterator[Read]:
    """Every directive with its blocks (``("http", "server", "listen")``) and its words."""
    blocks: list[str] = []
    opened: list[int] = []  # the lines in which the blocks begin
    words: list[str] = []
    begins = line = 1
    seen = 0
    foreign = 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        piece = match.group()
        if foreign:  # the program of another language, in braces
            foreign += {"{": 1, "}": -1}.get(piece, 0)
            if not foreign:
                opened.pop()
            continue
        if match["comment"] is not None:
            continue
        if match["mark"] is None:
            if match["other"] is not None:
                yield Trouble(line, "a quote or a backslash that ends nothing")
                continue
            if not words:
                begins = line
            words.append(piece[1:-1] if match["quoted"] is not None else piece)
            continue
        if piece == ";":
            yield from _directive(blocks, words, begins)
        elif piece == "{":
            if words and words[0].endswith("_by_lua_block"):
                foreign = 1
                opened.append(begins)
            else:
                yield from _directive(blocks, words, begins)
                blocks.append(words[0] if words else "")
                opened.append(begins if words else line)
                if len(blocks) > DEEPEST:
                    yield Trouble(line, f"more than {DEEPEST} blocks inside each other")
                    return
        else:
            if words:
                yield Trouble(begins, f"{words[0]} does not end with ;")
                yield from _directive(blocks, words, begins)
            if not blocks:
                yield Trouble(line, "a } without its {")
            del blocks[-1:], opened[-1:]
        words = []
    if words:
        yield Trouble(begins, f"{words[0]} does not end with ;")
        yield from _directive(blocks, words, begins)
    if opened:
        yield Trouble(opened[-1], "the block that begins here is not closed")


def _directive(blocks: list[str], words: list[str], line: int) -> Iterator[Read]:
    if not words or _DATA.intersection(blocks):
        return
    value = " ".join(words[1:])
    if words[0] == "include":
        yield Include(value, line)
    else:
        yield Setting((*blocks, words[0]), value, line)
