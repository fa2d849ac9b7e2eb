"""Lines as the rules get them: decoded, and in pieces where they are long."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

from runbook_tui.preflight.scan.files import UTF_16

PIECE = 4_000
"""Letters of a line that a rule gets at once; a longer line comes in pieces."""
OVERLAP = 400
"""Letters that two pieces share, so that nothing is lost between them."""
LONGEST = 64 * 1024**2
"""Bytes of a line that are looked at. What is longer is said."""
WHOLE = 8 * 1024**2
"""Bytes of a file that are read to see what stands around a line."""
_MARK = b"\xef\xbb\xbf"


def pieces(raw: bytes) -> Iterator[str]:
    """A line's text in pieces of `PIECE` letters; nearly always it is one."""
    text = raw.decode("utf-8", "replace")
    if len(text) <= PIECE:
        yield text.removeprefix("\ufeff")
        return
    for begin in range(0, max(len(text) - OVERLAP, 1), PIECE - OVERLAP):
        yield text[begin : begin + PIECE]


def read_lines(path: str) -> Iterator[tuple[int, bytes, bool]]:
    """A file's lines without their ends, from 1, and whether one was too long to be given whole.

    UTF-16 comes as UTF-8. Raises OSError.
    """
    with opened(path) as file:
        if (head := file.read(2)) in UTF_16:
            coded = head + file.read()
            for number, text in enumerate(coded.decode("utf-16", "replace").split("\n"), 1):
                yield number, text.rstrip("\r").encode("utf-8", "replace"), False
            return
        file.seek(0)
        number = 0
        while line := file.readline(LONGEST):
            number += 1
            cut = len(line) >= LONGEST and not line.endswith(b"\n")
            if number == 1:
                line = line.removeprefix(_MARK)
            yield number, line.rstrip(b"\r\n"), cut
            while cut and line and not line.endswith(b"\n"):
                line = file.readline(LONGEST)


def opened(path: str) -> BinaryIO:
    """A plain file to read from; a link is not followed, a pipe not waited for. Raises OSError."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")


class Surroundings:
    """What stands around the lines of one file. Read when asked for, and no more than `WHOLE`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._text: str | None = None
        self._lines: list[str] | None = None
        self._blocks: list[tuple[int, int]] | None = None

    @property
    def text(self) -> str:
        """The file's text, as far as it is read."""
        if self._text is None:
            try:
                with opened(self._path) as file:
                    raw = file.read(WHOLE)
            except OSError:
                raw = b""
            coding = "utf-16" if raw.startswith(UTF_16) else "utf-8"
            self._text = raw.decode(coding, "replace")
        return self._text

    @property
    def lines(self) -> list[str]:
        """All lines, as far as they are read."""
        if self._lines is None:
            self._lines = self.text.split("\n")
        return self._lines

    def first(self) -> str:
        """The first line, without reading more than it takes."""
        if self._text is not None:
            return self.line(1)
        try:
            with opened(self._path) as file:
                return file.readline(PIECE).decode("utf-8", "replace").rstrip("\r\n")
        except OSError:
            return ""

    def line(self, number: int) -> str:
        """A line from 1, at most a piece of it; empty where there is none."""
        return self.lines[number - 1][:PIECE].rstrip("\r") if 0 < number <= len(self.lines) else ""

    def inside(self, number: int, begin: str, end: str) -> bool:
        """Whether a line from 1 begins between `begin` and `end`, such as a block comment's."""
        if self._blocks is None:
            self._blocks = list(_blocks(self.text, begin, end))
        return any(first < number <= last for first, last in self._blocks)


def _blocks(text: str, begin: str, end: str) -> Iterator[tuple[int, int]]:
    """The lines in which blocks begin and end."""
    at, line = 0, 1
    opened = text.find(begin)
    while opened >= 0:
        inside = opened + len(begin)
        # `/*` is also the end of a glob (`src/*`), which nothing would end.
        alone = opened == 0 or text[opened - 1] in " \t\r\n;{}(),>"
        if begin == "/*" and not (alone and text[inside : inside + 1] not in ("'", '"')):
            opened = text.find(begin, inside)
            continue
        first = line + text.count("\n", at, inside)
        closed = text.find(end, inside)
        closed = len(text) if closed < 0 else closed
        last = first + text.count("\n", inside, closed)
        yield first, last
        at, line = closed, last
        opened = text.find(begin, closed)
