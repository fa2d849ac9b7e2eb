"""Folds long lines to a width. Nothing is dropped, and where a command is folded that is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import get_character_cell_size
from textual.content import Content
from textual.css.styles import RulesMap
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual
from textual.widgets import Static

GOES_ON = "↪ "
"""Before what goes on from the row above. Lines of a command never begin in this column."""


@dataclass(frozen=True)
class Verbatim:
    """A line of which every letter counts: a row that only goes on is marked."""

    content: Content


Line = Content | Verbatim
"""A line of prose, or one to be taken literally. Neither has a newline in it."""


@dataclass(frozen=True)
class Place:
    """Where in a text a row begins: its line, and the letter in that line."""

    line: int
    letter: int

    def __le__(self, other: Place) -> bool:
        return (self.line, self.letter) <= (other.line, other.letter)


def lines_of(text: str | Content | Sequence[Line]) -> list[Line]:
    """A text as lines of prose; lines are left as they are."""
    if isinstance(text, str):
        text = Content(text)
    if isinstance(text, Content):
        return [*text.split("\n", allow_blank=True)] if text.plain else []
    return list(text)


def fold(lines: Iterable[Line], width: int) -> tuple[list[Content], list[Place]]:
    """The rows that `lines` take in `width` cells, and where each of them begins."""
    rows: list[Content] = []
    places: list[Place] = []
    for number, line in enumerate(lines):
        literal = isinstance(line, Verbatim)
        content = (line.content if isinstance(line, Verbatim) else line).expand_tabs()
        starts = _starts(content.plain, width, literal=literal) if width > 0 else [0]
        for part, start in zip(content.divide(starts[1:]), starts, strict=True):
            goes_on = literal and start > 0
            rows.append(Content.assemble((GOES_ON, "$quiet"), part) if goes_on else part)
            places.append(Place(number, start))
    return rows, places


def _starts(text: str, width: int, *, literal: bool) -> list[int]:
    """Where the rows of one line begin. After a blank where there is one; that of a command not
    where half a row would stay empty.
    """
    starts, room, used, blank = [0], width, 0, 0
    for n, letter in enumerate(text):
        size = get_character_cell_size(letter)
        while used + size > room and n > starts[-1]:
            after_blank = blank > starts[-1] + (room // 2 if literal else 0)
            starts.append(blank if after_blank else n)
            room = max(2, width - (len(GOES_ON) if literal else 0))
            used = sum(get_character_cell_size(c) for c in text[starts[-1] : n])
        used += size
        if letter == " ":
            blank = n + 1
    return starts


class Folded(Visual):
    """Lines, folded to whatever width they are given."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines

    def at(self, width: int) -> Content:
        """All rows at a width."""
        return Content("\n").join(fold(self.lines, width)[0])

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        return self.at(width).render_strips(width, height, style, options)

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        return self.at(0).get_optimal_width(rules, container_width)

    def get_minimal_width(self, rules: RulesMap) -> int:
        return 1

    def get_height(self, rules: RulesMap, width: int) -> int:
        return len(fold(self.lines, width)[0])


class FoldedText(Static):
    """Shows lines folded; what is selected in it can be copied."""

    # It is folded already: a second folding would drop blanks, and tell nobody.
    DEFAULT_CSS = "FoldedText { text-wrap: nowrap; text-overflow: fold; }"

    class Resized(Message):
        """It has another size: it may be folded otherwise."""

    def __init__(self, lines: Sequence[Line], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(Folded(lines), id=id)

    def on_resize(self) -> None:
        self.post_message(self.Resized())

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        visual = self.visual
        if not isinstance(visual, Folded):
            return None
        return selection.extract(visual.at(self.size.width).plain), "\n"
