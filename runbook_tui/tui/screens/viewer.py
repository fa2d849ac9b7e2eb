"""Whole texts to read: help, evidence, the commands of a runbook."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from runbook_tui.tui.folding import Line, Place, fold
from runbook_tui.tui.widgets.rows import Row, Rows


class Text(Rows):
    """Lines to read, folded to the width. What is read stays where it is when that changes."""

    def __init__(self, lines: Sequence[Line], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._lines = lines
        self._places: list[Place] = []
        self._width = 0
        self._anchor = Place(0, 0)
        """What stands at the top, by where somebody last scrolled to."""
        self._put = 0
        self.furthest = -1
        """The furthest line whose end has been on the screen; -1 before any."""

    @property
    def seen(self) -> bool:
        """Whether the end of the last line has been on the screen."""
        return self.furthest >= len(self._lines) - 1

    def on_mount(self) -> None:
        self.watch(self, "scroll_y", self._scrolled, init=False)

    def on_resize(self, event: events.Resize) -> None:
        # A list without a cursor is a log that follows its end; nobody wants to be taken there.
        event.prevent_default()
        self._cache.clear()
        self._resize()
        self.call_after_refresh(self.fold)

    @property
    def _room(self) -> int:
        # With a scrollbar whether there is one now or not: else the text decides about the width
        # that it is folded to.
        return self.size.width - self.styles.scrollbar_size_vertical

    def fold(self) -> None:
        """Folds anew where the width has changed, with the same letter at the top."""
        if self._room <= 0:
            return
        if self._room != self._width:
            self._width = self._room
            rows, self._places = fold(self._lines, self._width)
            self.set_rows(Row(row) for row in rows)
        self._put = max((n for n, p in enumerate(self._places) if p <= self._anchor), default=0)
        self.scroll_to(y=self._put, animate=False, immediate=True)
        self.call_after_refresh(self.look)

    def _scrolled(self) -> None:
        top = self.scroll_offset.y
        if self._room != self._width or not 0 <= top < len(self._places):
            return  # A new size is on its way: nobody has scrolled.
        if top != self._put:
            self._put, self._anchor = top, self._places[top]
        self.call_after_refresh(self.look)

    def look(self) -> None:
        """Takes note of how far the text has been on the screen."""
        if self._room != self._width or self.screen is not self.app.screen:
            return
        bottom = min(len(self._places), self.scroll_offset.y + self.size.height)
        if self.size.height <= 0 or bottom <= 0:
            return
        ended = bottom == len(self._places) or self._places[bottom].letter == 0
        line = self._places[bottom - 1].line - (0 if ended else 1)
        self.furthest = max(self.furthest, line)
        self.post_message(self.Read())

    class Read(Message):
        """Something of the text is on the screen, and can be read."""


class Viewer(Screen[bool]):
    """A titled text of any length; esc, q or enter goes back."""

    BINDINGS = [  # noqa: RUF012
        Binding("escape,q,enter", "back", show=False),
        Binding("space", "page", show=False),
    ]

    DEFAULT_CSS = """
    Viewer {
        layout: vertical;
        & > .title { height: 1; background: $panel; text-style: bold; padding: 0 1; }
        & > Text { height: 1fr; padding: 0 1; }
        & > .keys { height: auto; color: $quiet; padding: 0 1; }
    }
    """

    def __init__(self, title: str, lines: Sequence[Line]) -> None:
        super().__init__()
        self._title = title
        self._lines = lines
        self._ready = False

    def compose(self) -> ComposeResult:
        yield Static(Content(self._title), classes="title")
        yield Text(self._lines, id="text")
        yield Static(Content(self.keys_line()), classes="keys")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No key acts before the text is there: typing ahead is faster than a screen."""
        return self._ready or action == "back"

    def keys_line(self) -> str:
        """The keys that work here."""
        return "j k page-up page-down move · esc back"

    def on_mount(self) -> None:
        self.query_one(Text).focus()

    def on_text_read(self) -> None:
        self._ready = True

    def action_back(self) -> None:
        """Back to the run."""
        self.dismiss(False)

    def action_page(self) -> None:
        """A screenful on."""
        self.query_one(Text).action_page(1)
