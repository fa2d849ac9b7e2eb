"""The text of a dialog: scrolls where it does not fit, and knows whether its end was in sight."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message

from runbook_tui.tui.folding import Folded, FoldedText, Line, Place, fold

MOST_TRIES = 5
"""Layouts within which a new place must be reached."""


class Body(VerticalScroll, can_focus=False):
    """Lines of text. At another width the same letter stays at the top."""

    def __init__(self, lines: Sequence[Line]) -> None:
        super().__init__(classes="body flexible")
        self._lines = lines
        self._anchor = Place(0, 0)
        self._width = 0
        self._tries = 0
        self._placing = False

    class Scrolled(Message):
        """Another part of the text may be in sight."""

    def compose(self) -> ComposeResult:
        yield FoldedText(self._lines, id="dialog-body")

    def on_mount(self) -> None:
        self.watch(self, "scroll_y", self._scrolled, init=False)

    def renew(self, lines: Sequence[Line]) -> None:
        """Shows another text."""
        self._lines = lines
        self.query_one(FoldedText).update(Folded(lines))

    @property
    def overflows(self) -> bool:
        """Whether there is something to scroll."""
        return self.max_scroll_y > 0

    @property
    def end_in_sight(self) -> bool:
        """Whether the last row is really on the screen: what a box or a terminal that has just
        become smaller hides is not, whatever the scrollbar says, nor is what shows for one frame
        before everything has found its room.
        """
        box, text = self.parent, self.query_one(FoldedText)
        assert box is not None
        last = text.region.bottom
        given = self.styles.max_height
        return (
            text.region.height > 0
            and given is not None
            and self.region.height <= given.value
            and self.region.height > 0
            and last <= self.region.bottom
            and last <= box.content_region.bottom  # type: ignore[attr-defined]
            and last <= self.screen.size.height
        )

    def keep_place(self) -> bool:
        """Scrolls to where it was read, after the width has changed; whether it had to."""
        width = self.query_one(FoldedText).size.width
        if width <= 0 or (width == self._width and not self._tries):
            return False
        if width != self._width:
            self._width, self._tries = width, MOST_TRIES
        before, places = self.scroll_offset.y, self._places()
        wanted = min(self._row_of(places), max(0, len(places) - self.size.height))
        self._placing = True
        self.scroll_to(y=wanted, animate=False, immediate=True)
        self._placing = False
        # Before the next layout it goes no further than the text reached when it was wider.
        self._tries = 0 if self.scroll_offset.y == wanted else self._tries - 1
        return self._tries > 0 or self.scroll_offset.y != before

    def _scrolled(self) -> None:
        here = self.scroll_offset.y
        known = self.query_one(FoldedText).size.width == self._width
        if known and not self._placing and not self._tries:  # Else nobody has scrolled.
            places = self._places()
            if here < len(places) and here != self._row_of(places):
                self._anchor = places[here]
        self.post_message(self.Scrolled())

    def on_resize(self) -> None:
        self.post_message(self.Scrolled())

    @on(FoldedText.Resized)
    def _resized(self) -> None:
        self.post_message(self.Scrolled())

    def _places(self) -> Sequence[Place]:
        return fold(self._lines, self._width)[1]

    def _row_of(self, places: Sequence[Place]) -> int:
        return max((n for n, place in enumerate(places) if place <= self._anchor), default=0)
