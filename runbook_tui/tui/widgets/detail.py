"""The text of a step in a pane that keeps in sight what comes next."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.errors import NoWidget
from textual.geometry import Region

from runbook_tui.tui.widgets.lines import Line, Lines

ROWS_BEFORE, ROWS_AFTER = 1, 2
"""Rows around what comes next that are in sight with it, where there is room."""


class Detail(VerticalScroll, can_focus=True):
    """Scrolled with the same keys as lists. What comes next is brought into sight whenever the
    text or the size changes, but not while a person reads elsewhere in the same text.
    """

    BINDINGS = [  # noqa: RUF012
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
    ]

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._lines = Lines(id="detail")
        self._about = ""
        self._comes = ""
        self._reads = False
        """Somebody scrolled by hand since the text changed."""

    def compose(self) -> ComposeResult:
        yield self._lines

    def show(self, about: str, lines: list[Line], comes: str) -> None:
        """Shows the text about a step in which the act `comes` is next."""
        fresh = about != self._about
        other = comes != self._comes
        self._about, self._comes = about, comes
        if not self._lines.show(lines) and not fresh and not other:
            return
        self._reads = False
        if fresh:
            self.scroll_home(animate=False, immediate=True)
        self.call_after_refresh(self.keep_in_sight)

    def keep_in_sight(self) -> None:
        """Scrolls no further than needed to show what comes next; stays where somebody reads."""
        if not self._reads:
            self.reveal()

    def reveal(self, act: str = "") -> None:
        """Scrolls to what is about an act, or to what comes next, whoever reads where."""
        self._reads = False
        place = self._lines.place_of(act or self._comes)
        high = self.scrollable_content_region.height
        if place is None or high <= 0 or self._is_seen(place, high):
            return
        top, rows = place
        if rows + ROWS_BEFORE + ROWS_AFTER <= high:
            top, rows = max(0, top - ROWS_BEFORE), rows + ROWS_BEFORE + ROWS_AFTER
        region = Region(0, top, 1, min(rows, high))
        self.scroll_to_region(region, animate=False, immediate=True, force=True)

    def shows(self, act: str) -> bool:
        """Whether what is about an act is in sight; true where nothing is about it."""
        try:
            high = self.screen.find_widget(self).visible_region.height
        except NoWidget:
            high = 0
        if high <= 0:
            return False
        place = self._lines.place_of(act)
        return place is None or self._is_seen(place, high)

    def _is_seen(self, place: tuple[int, int], high: int) -> bool:
        top, rows = place
        first = round(self.scroll_y)
        # Of what is higher than the pane its beginning is in sight.
        return first <= top and top + min(rows, high) <= first + high

    def on_resize(self) -> None:
        self.call_after_refresh(self.keep_in_sight)

    # Whatever a person scrolls with

    def on_mouse_scroll_down(self) -> None:
        self._reads = True

    def on_mouse_scroll_up(self) -> None:
        self._reads = True

    def on_scroll_to(self) -> None:
        self._reads = True

    def on_scroll_up(self) -> None:
        self._reads = True

    def on_scroll_down(self) -> None:
        self._reads = True

    def action_scroll_home(self) -> None:
        self._reads = True
        super().action_scroll_home()

    def action_scroll_end(self) -> None:
        self._reads = True
        super().action_scroll_end()

    def action_scroll_up(self) -> None:
        self._reads = True
        super().action_scroll_up()

    def action_scroll_down(self) -> None:
        self._reads = True
        super().action_scroll_down()

    def action_page_up(self) -> None:
        self._reads = True
        super().action_page_up()

    def action_page_down(self) -> None:
        self._reads = True
        super().action_page_down()
