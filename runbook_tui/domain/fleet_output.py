"""What one host said, kept small: there may be hundreds of them.

Of each stream the beginning and the end; how much is missing between them is counted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from runbook_tui.domain.output import CUT, LONGEST_LINE, MARGIN, Clean, Stream

HEAD_CHARACTERS = 32 * 1024
TAIL_CHARACTERS = 32 * 1024
"""Of each stream and host, about: up to a block of the end more."""
BLOCK_BYTES = 64 * 1024
"""Taken in at once."""


class HostOutput:
    """Both streams of a host. Lines are raw but decoded; one that is too long to keep is cleaned
    before it is cut: half a secret could not be recognised later."""

    def __init__(self, clean: Clean = str) -> None:
        self._clean = clean
        self._kept: dict[Stream, _Kept] = {"out": _Kept(), "err": _Kept()}
        self._rest: dict[Stream, bytes] = {"out": b"", "err": b""}
        self._skipping: dict[Stream, bool] = {"out": False, "err": False}
        self._lost = 0

    def feed(self, stream: Stream, chunk: bytes) -> list[str]:
        """Takes a chunk and gives the lines that it completed."""
        starts = range(0, len(chunk), BLOCK_BYTES)
        return [line for n in starts for line in self._feed(stream, chunk[n : n + BLOCK_BYTES])]

    def _feed(self, stream: Stream, chunk: bytes) -> list[str]:
        *whole, rest = (self._rest[stream] + chunk).split(b"\n")
        if self._skipping[stream] and whole:
            self._lost += len(whole.pop(0))
            self._skipping[stream] = False
        lines = self._lines(whole) if whole else []
        if self._skipping[stream]:
            self._lost += len(rest)
            rest = b""
        elif len(rest) > LONGEST_LINE + MARGIN:
            # A progress bar draws one line for ever: what it drew so far are lines as well.
            drawn, redrawn, last = rest.rpartition(b"\r")
            if redrawn and len(last) <= LONGEST_LINE + MARGIN:
                lines.append(self._line(drawn))
                rest = last
            else:
                lines.append(self._line(rest))
                self._skipping[stream] = True
                rest = b""
        self._rest[stream] = rest
        if lines:
            self._kept[stream].add(lines)
        return lines

    def finish(self, on_output: Callable[[Stream, Sequence[str]], None]) -> None:
        """Takes what is left without a line end."""
        for stream, rest in self._rest.items():
            if rest:
                line = self._line(rest)
                self._kept[stream].add([line])
                self._rest[stream] = b""
                on_output(stream, [line])

    def _lines(self, whole: list[bytes]) -> list[str]:
        """In one go where nothing is odd: a flood has millions of them."""
        text = b"\n".join(whole)
        if b"\r" in text or max(map(len, whole)) > LONGEST_LINE:
            return [self._line(line) for line in whole]
        return text.decode("utf-8", "replace").split("\n")

    def _line(self, raw: bytes) -> str:
        text = raw.decode("utf-8", "replace").rstrip("\r")
        if len(text) <= LONGEST_LINE:
            return text
        cleaned = self._clean(text[: LONGEST_LINE + MARGIN])
        # At the end of what was seen there may be half a secret: it goes with the margin.
        kept = cleaned[: max(0, len(cleaned) - MARGIN)]
        self._lost += max(0, len(text) - len(kept))
        return kept + CUT

    def text(self, stream: Stream) -> str:
        """What is kept, with a line in between that says what is not."""
        return self._kept[stream].text()

    @property
    def cut(self) -> int:
        """Characters and bytes that are not kept, about."""
        return self._lost + sum(kept.cut for kept in self._kept.values())

    @property
    def last_line(self) -> str:
        """The last line that says anything: of standard output, else of standard error."""
        return self._kept["out"].last or self._kept["err"].last

    @property
    def last_error(self) -> str:
        """The last line that says anything: of standard error, else of standard output."""
        return self._kept["err"].last or self._kept["out"].last


class _Kept:
    """The lines of one stream: a head, and a tail that moves on."""

    def __init__(self) -> None:
        self._head: list[str] = []
        self._left = HEAD_CHARACTERS
        self._tail: deque[str] = deque()
        self._tail_size = 0
        self.cut = 0
        self.last = ""

    def add(self, lines: list[str]) -> None:
        text = "\n".join(lines) + "\n"
        if stripped := text.rstrip():
            self.last = stripped.rpartition("\n")[2].strip()
        if not self._tail:
            fits = len(text) if len(text) <= self._left else text.rfind("\n", 0, self._left) + 1
            self._left -= fits
            if fits:
                self._head.append(text[:fits])
                text = text[fits:]
        if not text:
            return
        if len(text) > TAIL_CHARACTERS:
            begin = text.find("\n", len(text) - TAIL_CHARACTERS - 1) + 1
            # The block before it is out of reach then, too.
            self.cut += begin + self._tail_size
            text = text[begin:]
            self._tail.clear()
            self._tail_size = 0
        self._tail.append(text)
        self._tail_size += len(text)
        while self._tail_size - len(self._tail[0]) >= TAIL_CHARACTERS:
            dropped = len(self._tail.popleft())
            self._tail_size -= dropped
            self.cut += dropped

    def text(self) -> str:
        missing = [f"… {self.cut:,} characters are not kept …\n"] if self.cut else []
        return "".join([*self._head, *missing, *self._tail])
