"""What a command said, kept in bounded memory: the beginning, the end, and how much was cut."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

Stream = Literal["out", "err"]

HEAD_BYTES = 2 * 1024 * 1024
TAIL_BYTES = 2 * 1024 * 1024
"""Output beyond head and tail is counted and dropped."""
LONGEST_LINE = 8_192
MARGIN = 4_096
"""Read beyond `LONGEST_LINE` before a line is cut, so that a secret across the cut is seen whole.
A secret of one line that is longer than this may leave its beginning behind at such a cut."""
ANSWER_BYTES = 256 * 1024
"""Standard output of one of many hosts, kept for comparing with what is expected."""
LONGEST_ANSWER = 8 * 1024 * 1024
"""Standard output kept for comparing with what is expected, and what a look at a system saw."""
LINE_COST = 64
"""What a line costs beside its letters: a flood of empty lines is a flood, too."""
CUT = " … (line cut)"

BLOCK_BYTES = 64 * 1024
"""Taken in at once, and dropped at once where there is too much."""
KEY_LINE = "PRIVATE KEY"
"""A line with this may begin or end what is redacted as a whole: it is never left out unseen."""
ERROR_MARK = "[stderr] "
_Block = tuple[Stream, str, int]
"""Lines of a stream, joined, and what they cost."""

Clean = Callable[[str], str]
"""Takes secrets out of a line."""


def _as_it_is(line: str) -> str:
    return line


class OutputStore:
    """Lines of both streams in the order they came, raw but decoded.

    A line keeps its carriage returns: they redraw it on a screen (`last_drawn`), and a secret that
    one of them splits can be recognised only as long as they are there. Lines that are too long to
    keep are the only ones that are cleaned here, before they are cut: half a secret could not be
    recognised later.
    """

    def __init__(self, clean: Clean = _as_it_is) -> None:
        self._clean = clean
        self._head: list[_Block] = []
        self._head_cost = 0
        self._tail: deque[_Block] = deque()
        self._tail_cost = 0
        self.cut = 0
        """Bytes that are not kept, about."""
        self._rest: dict[Stream, bytes] = {"out": b"", "err": b""}
        self._skipping: dict[Stream, bool] = {"out": False, "err": False}
        """Whether what comes belongs to a line that was cut already."""
        self._answer = bytearray()

    def feed(self, stream: Stream, chunk: bytes) -> list[str]:
        """Takes a chunk and gives the lines that it completed."""
        if len(chunk) <= BLOCK_BYTES:
            return self._feed(stream, chunk)
        starts = range(0, len(chunk), BLOCK_BYTES)
        return [line for n in starts for line in self._feed(stream, chunk[n : n + BLOCK_BYTES])]

    def _feed(self, stream: Stream, chunk: bytes) -> list[str]:
        if stream == "out" and len(self._answer) < LONGEST_ANSWER:
            self._answer += chunk[: LONGEST_ANSWER - len(self._answer)]
        *whole, rest = (self._rest[stream] + chunk).split(b"\n")
        if whole and self._skipping[stream]:
            self.cut += len(whole.pop(0))
            self._skipping[stream] = False
        lines = self._keep(stream, whole) if whole else []
        if self._skipping[stream]:
            self.cut += len(rest)
            rest = b""
        elif len(rest) > LONGEST_LINE + MARGIN:
            # A progress bar draws one line for ever: what it drew so far are lines as well.
            drawn, redrawn, last = rest.rpartition(b"\r")
            if not redrawn or len(last) > LONGEST_LINE + MARGIN:
                lines += self._keep(stream, [rest])
                self._skipping[stream] = True
                rest = b""
            else:
                lines += self._keep(stream, [drawn])
                rest = last
        self._rest[stream] = rest
        return lines

    def finish(self, on_output: Callable[[Stream, Sequence[str]], None]) -> None:
        """Takes what is left without a line end."""
        left = [(stream, self._keep(stream, [rest])) for stream, rest in self._rest.items() if rest]
        self._rest = {"out": b"", "err": b""}
        for stream, lines in left:
            on_output(stream, lines)

    def _keep(self, stream: Stream, whole: list[bytes]) -> list[str]:
        """Keeps whole lines, in one go: a flood has millions of them."""
        text = b"\n".join(whole).decode("utf-8", "replace")
        if "\r" in text or max(map(len, whole)) > LONGEST_LINE:
            lines = [part for line in text.split("\n") for part in self._fitting(line)]
            text = "\n".join(lines)
        else:
            lines = text.split("\n")
        cost = len(text) + LINE_COST * len(lines)
        if not self._tail and self._head_cost + cost <= HEAD_BYTES:
            self._head.append((stream, text, cost))
            self._head_cost += cost
            return lines
        self._tail.append((stream, text, cost))
        self._tail_cost += cost
        while self._tail_cost > TAIL_BYTES:
            _, dropped, cost = self._tail.popleft()
            self._tail_cost -= cost
            self.cut += len(dropped) + 1
        return lines

    def _fitting(self, text: str) -> list[str]:
        """A line without the carriage returns at its end, cut where it is too long to keep."""
        text = text.rstrip("\r")
        if len(text) <= LONGEST_LINE:
            return [text]
        if "\r" not in text:
            return [self._shortened(text)]
        # Each drawing is short by itself: they are kept, a secret across two of them is taken out.
        cleaned = self._clean(text)
        parts = [part for part in cleaned.split("\r") if part]
        return [p if len(p) <= LONGEST_LINE else self._shortened(p) for p in parts]

    def _shortened(self, text: str) -> str:
        seen = text[: LONGEST_LINE + MARGIN]
        cleaned = self._clean(seen)
        # At the end of what was seen there may be half a secret: it goes with the margin.
        kept = cleaned[: max(0, len(cleaned) - MARGIN)]
        self.cut += max(0, len(text) - len(kept))
        return kept + CUT

    @property
    def answer(self) -> str:
        """Standard output alone, raw, as far as it is kept."""
        return self._answer.decode("utf-8", "replace")

    @property
    def last_line(self) -> str:
        """The last line that says anything."""
        for blocks in (self._tail, self._head):
            for _, text, _ in reversed(blocks):
                for line in reversed(text.split("\n")):
                    if line.strip():
                        return line.strip()
        return ""

    @property
    def size(self) -> int:
        """What the lines that are kept cost, about in bytes."""
        return self._head_cost + self._tail_cost

    def head(self) -> str:
        """The beginning; lines from standard error say so."""
        return _written(self._head)

    def tail(self) -> str:
        """The end, where the output was larger than the beginning kept."""
        return _written(self._tail)


def last_drawn(line: str) -> str:
    """What a terminal shows of a line in the end: what stands after its last carriage return."""
    return line.rstrip("\r").rpartition("\r")[2]


def as_lines(text: str) -> str:
    """A text of kept lines with a line of its own for everything that was drawn."""
    if "\r" not in text:
        return text
    return "\n".join(_drawings(line) for line in text.split("\n"))


def _drawings(line: str) -> str:
    mark = ERROR_MARK if line.startswith(ERROR_MARK) else ""
    drawn = [part for part in line.removeprefix(mark).split("\r") if part]
    return "\n".join(mark + part for part in drawn) if drawn else mark


def _written(blocks: Iterable[_Block]) -> str:
    return "".join(f"{_marked(text) if stream == 'err' else text}\n" for stream, text, _ in blocks)


def _marked(text: str) -> str:
    return ERROR_MARK + text.replace("\n", "\n" + ERROR_MARK)
