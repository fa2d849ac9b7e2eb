"""Text in lines that knows where each is drawn: what is wrapped hangs under its own beginning.

A wrapped line must never be read as two: the second half of a command is no command. And what
comes next must be found again, to be scrolled to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.geometry import Size
from textual.selection import Selection
from textual.widget import Widget

NARROWEST_BODY = 16
"""Cells that are left for a text beside its head; with fewer it begins at the edge instead."""
EMPTY = Content("")


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was written, however many rows it takes."""

    body: Content
    head: Content = EMPTY
    """Stands before the first row and is never wrapped."""
    hang: Content = EMPTY
    """Stands before each further row; as wide as `head`."""
    act: str = ""
    """The act that it is about, if any: what comes next must be found again."""

    def same(self, other: Line) -> bool:
        """Whether both look the same. `==` of Content sees the words only, not the colours."""
        return self.act == other.act and all(
            mine.is_same(its)
            for mine, its in (
                (self.body, other.body),
                (self.head, other.head),
                (self.hang, other.hang),
            )
        )


def lines_of(content: Content, act: str = "") -> list[Line]:
    """A text of several lines, line by line."""
    return [Line(part, act=act) for part in content.split("\n", allow_blank=True)]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A row: what is drawn, and what of it was written."""

    content: Content
    head: int
    """Letters before what was written."""
    gap: str | None
    """What was between it and the row before: None for a real newline."""
    act: str


def _rows(line: Line, width: int) -> Iterable[_Drawn]:
    head, hang, body = line.head, line.hang, line.body.expand_tabs(8)
    if width - head.cell_length < NARROWEST_BODY:
        sign = hang.plain.strip()
        hang = Content.styled(f"{sign} ", "$quiet") if sign and width >= NARROWEST_BODY else EMPTY
        head, body = EMPTY, head + body
    room = max(1, width - max(head.cell_length, hang.cell_length))
    parts = [body] if body.cell_length <= room else body.wrap(room)
    place = 0
    for n, part in enumerate(parts):
        # A wrap eats the blanks where it cuts; whoever copies the text gets them back.
        found = max(place, body.plain.find(part.plain, place))
        gap = body.plain[place:found] if n else None
        place = found + len(part.plain)
        before = hang if n else head
        # The words before a text are part of it; the sign of a wrap is not.
        yield _Drawn(before + part, len(before.plain) if n else 0, gap, line.act)


class Lines(Widget):
    """Shows lines. Told the same again, it leaves the terminal alone."""

    DEFAULT_CSS = "Lines { width: 1fr; height: auto; }"

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._lines: Sequence[Line] = ()
        self._drawn: tuple[int, list[_Drawn]] = (0, [])

    def show(self, lines: Sequence[Line]) -> bool:
        """Shows `lines`; whether they differ from what was shown."""
        known = self._lines
        if len(known) == len(lines) and all(a.same(b) for a, b in zip(known, lines, strict=True)):
            return False
        self._lines = tuple(lines)
        self._drawn = (0, [])
        self.clear_cached_dimensions()
        self.refresh(layout=True)
        return True

    def place_of(self, act: str) -> tuple[int, int] | None:
        """The first row of what is about an act and how many rows it takes; None where nothing
        is.
        """
        rows = self._rows(self.size.width)
        places = [n for n, row in enumerate(rows) if act and row.act == act]
        return (places[0], places[-1] - places[0] + 1) if places else None

    def _rows(self, width: int) -> list[_Drawn]:
        if width <= 0:
            return []
        if self._drawn[0] != width:
            self._drawn = (width, [row for line in self._lines for row in _rows(line, width)])
        return self._drawn[1]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._rows(width))

    def render(self) -> Content:
        return Content("\n").join(row.content for row in self._rows(self.size.width))

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text as it was written: where it was only wrapped, it is in one line."""
        rows = self._rows(self.size.width)
        first, begin = selection.start.transpose if selection.start is not None else (0, 0)
        last, end = selection.end.transpose if selection.end is not None else (len(rows), 0)
        text = ""
        for n in range(first, min(last, len(rows) - 1) + 1):
            row = rows[n]
            start = max(row.head, begin if n == first else 0)
            stop = end if n == last else None
            if n > first:
                text += "\n" if row.gap is None else row.gap
            text += row.content.plain[start:stop]
        return text, "\n"
