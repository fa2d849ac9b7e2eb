"""The text of a message as it is written: what came from the run and what the rules are about is
marked while typing."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from rich.text import Text

from runbook_tui.tui.screens.fields import Lines

Mark = tuple[int, int, str]
"""Characters of the whole text, from and to, and ``fact``, ``block`` or ``warn``."""
_STYLES = {
    "fact": Style(italic=True),
    "warn": Style(underline=True),
    "block": Style(underline=True, bold=True),
}


class Draft(Lines):
    """Lines with marks. ctrl+z takes back, ctrl+y does again."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, soft_wrap=True, highlight_cursor_line=False)
        self.cursor_blink = False
        self._marks: tuple[Mark, ...] = ()
        self._colours: dict[str, str] = {}

    def mark(self, marks: Sequence[Mark], colours: dict[str, str]) -> None:
        """Marks these characters; `colours` by the kind of mark."""
        marks = tuple(marks)
        if marks != self._marks or colours != self._colours:
            self._marks, self._colours = marks, colours
            # The lines are kept as they were drawn, which the marks are no part of.
            self._line_cache.clear()
            self.refresh()

    def get_line(self, line_index: int) -> Text:
        """A line with its marks; Textual's own hook for that."""
        line = super().get_line(line_index)
        start = sum(len(each) + 1 for each in self.document.lines[:line_index])
        end = start + len(line)
        for begin, stop, kind in self._marks:
            if begin < end and stop > start:
                colour = self._colours.get(kind)
                style = _STYLES[kind] + Style(color=colour) if colour else _STYLES[kind]
                line.stylize(style, max(0, begin - start), stop - start)
        return line
