"""What readers of configuration make of a file: settings, includes, and what they stumbled over."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_LINE = 4_000
"""Letters of a line that line readers look at; what is longer is written by no hand."""
DEEPEST = 100
"""Levels of nesting that are read; below them is trouble, not configuration."""


@dataclass(frozen=True)
class Setting:
    """A key that is set. `path`: its sections or blocks, then its name, without quotes."""

    path: tuple[str, ...]
    value: str
    """As it is written, without quotes and comment; the words of a directive by one blank."""
    line: int
    """Where the key stands, from 1."""
    nested: bool = False
    """Whether it may hold more settings inside its value (``- -c`` ``wal_level=replica``)."""

    @property
    def name(self) -> str:
        """The last part: the key itself."""
        return self.path[-1]


@dataclass(frozen=True)
class Include:
    """More files that belong to the configuration. `pattern`: a path, a folder's ends in ``/``."""

    pattern: str
    line: int


@dataclass(frozen=True)
class Trouble:
    """What could not be read as the format says. `why`: in words, without the place."""

    line: int
    why: str


Read = Setting | Include | Trouble


def unquoted(text: str) -> str:
    """`text` without the quotes around it; doubled and escaped quotes inside are single ones."""
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        mark, inside = text[0], text[1:-1]
        return inside.replace(mark * 2, mark).replace("\\" + mark, mark)
    return text


def without_comment(text: str, marks: str = "#", *, after_blank: bool = True) -> str:
    """`text` up to a comment that begins outside of quotes.

    `after_blank`: a mark counts only at the beginning or after white space.
    """
    quote = ""
    at = 0
    while at < len(text):
        letter = text[at]
        if quote:
            if letter == "\\" or (letter == quote and text[at + 1 : at + 2] == quote):
                at += 1  # and what is escaped or doubled by it
            elif letter == quote:
                quote = ""
        elif letter in "\"'" and (at == 0 or text[at - 1] in " \t=,("):
            quote = letter
        elif letter in marks and (not after_blank or at == 0 or text[at - 1].isspace()):
            return text[:at].rstrip()
        at += 1
    return text.rstrip()
