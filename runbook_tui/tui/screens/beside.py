"""A screen over the run screen with a list, and what is under the cursor beside it.

It shows a state. What its keys do is its subclasses'.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content

from runbook_tui.domain.schedule.alarm import alarms
from runbook_tui.opening import Driving
from runbook_tui.tui.present.clocks import clock_line
from runbook_tui.tui.present.key_lines import key_lines
from runbook_tui.tui.present.marks import badge, rolling_mark
from runbook_tui.tui.screens.acting import Acting
from runbook_tui.tui.widgets.lines import Line, Lines
from runbook_tui.tui.widgets.rows import Row, Rows
from runbook_tui.tui.widgets.still import Still

WIDE = 100


class Beside(Acting):
    """Numbered things of one run."""

    AUTO_FOCUS = ""
    MESSAGE = "message"
    KEYS: ClassVar[tuple[tuple[str, str], ...]]

    DEFAULT_CSS = """
    Beside {
        layout: vertical;
        & > #head { height: 1; background: $panel; padding: 0 1; }
        & > #clock { height: 1; }
        & > #body { height: 1fr; layout: vertical; }
        & #rows { height: auto; max-height: 40%; min-height: 2; padding: 0 1; }
        & #pane { height: 1fr; border: round $border; padding: 0 1; min-height: 5;
            scrollbar-size-vertical: 1; }
        & > #progress { height: 1; padding: 0 1; display: none; color: $accent; }
        & > #progress.shown { display: block; }
        & > #message { height: auto; max-height: 3; padding: 0 1; display: none; }
        & > #message.shown { display: block; }
        & > #keys { height: auto; max-height: 2; color: $quiet; padding: 0 1; }
        &.-wide #body { layout: horizontal; }
        &.-wide #rows {
            width: 46%; height: 1fr; max-height: 100%; border: round $border; padding: 0 1;
        }
        &.-wide #rows:focus { border: round $accent; }
        &.-wide #pane { width: 54%; }
    }
    """

    def __init__(self, driving: Driving, chosen: int = 0) -> None:
        """`chosen`: the number to begin with; the first one where it is 0."""
        super().__init__()
        self._driving = driving
        self._first = chosen
        self._shown = 0
        """The number in the pane."""
        self._stop: Callable[[], None] = lambda: None

    @abstractmethod
    def rows(self) -> Sequence[Row]:
        """The list, each row by its number."""

    @abstractmethod
    def head(self) -> Sequence[Content | str | tuple[str, str]]:
        """What this is, and how it stands in a few words."""

    @abstractmethod
    def pane(self, number: int) -> tuple[str, list[Line]]:
        """Title and lines of what is beside the list; number 0: of nothing."""

    @abstractmethod
    def off(self) -> frozenset[str]:
        """The keys that do nothing now."""

    def under_way(self) -> str:
        """What is being done, in a line; empty where nothing is."""
        return ""

    def compose(self) -> ComposeResult:
        yield Still(id="head", fixed=True)
        yield Still(id="clock", fixed=True)
        with Horizontal(id="body"):
            yield Rows(cursor=True, id="rows")
            with VerticalScroll(id="pane", can_focus=False):
                yield Lines(id="lines")
        yield Still(id="progress", fixed=True)
        yield Still(id="message")
        yield Still(id="keys")

    def on_mount(self) -> None:
        self._stop = self._driving.session.listen(self._recorded)
        self.set_interval(1.0, self._tick)
        self._arrange(self.app.size.width)
        rows = self.query_one("#rows", Rows)
        self.show()
        if self._first:
            rows.choose(str(self._first))
        rows.focus()
        self.show()

    def on_unmount(self) -> None:
        self._stop()

    def _recorded(self, _news: object) -> None:
        self.soon()

    def soon(self) -> None:
        """Draws anew when there is time."""
        self.call_later(self.show)

    def on_resize(self, event: events.Resize) -> None:
        self._arrange(event.size.width)
        self._show_keys()

    def on_screen_resume(self) -> None:
        self.show()

    def _arrange(self, width: int) -> None:
        """Wide: one thing beside the list. Narrow: below it."""
        self.set_class(width >= WIDE, "-wide")

    @on(Rows.Chosen, "#rows")
    @on(Rows.Picked, "#rows")
    def _moved(self) -> None:
        self.show()

    @property
    def number(self) -> int:
        """What is under the cursor; 0 where there is nothing."""
        return int(self.query_one("#rows", Rows).chosen or 0)

    def choose(self, number: int) -> None:
        """Puts the cursor on something that may have come just now."""
        self.show()
        self.query_one("#rows", Rows).choose(str(number))
        self.show()

    def _tick(self) -> None:
        if self.is_current:
            self.show()  # what stands in the list may fall due

    def _show_head(self) -> None:
        session = self._driving.session
        state, now = session.state, session.clock.now()
        reading = session.reading(now)
        near = alarms(state, reading) if reading is not None else ()
        line = clock_line(state, now, self.app.size.width, reading, near)
        self.query_one("#clock", Still).show(line)
        mark = badge(state)
        self.query_one("#head", Still).show(
            Content.assemble((mark.word, mark.style), rolling_mark(state), *self.head())
        )
        progress, words = self.query_one("#progress", Still), self.under_way()
        progress.show(Content(words))
        progress.set_class(bool(words), "shown")

    def show(self) -> None:
        """Draws anew; only what changed reaches the terminal."""
        if not self.is_attached:
            return
        self.query_one("#rows", Rows).set_rows(list(self.rows()))
        self._show_head()
        number = self.number
        pane = self.query_one("#pane", VerticalScroll)
        title, lines = self.pane(number)
        pane.border_title = title
        self.query_one("#lines", Lines).show(lines)
        if number != self._shown:
            self._shown = number
            pane.scroll_home(animate=False)
        self._show_keys()

    def _show_keys(self) -> None:
        width = self.app.size.width - 2
        self.query_one("#keys", Still).show(key_lines(self.KEYS, width, self.off()))

    def action_back(self) -> None:
        """Back to the run."""
        self.dismiss(None)

    def action_read(self, way: int) -> None:
        """Reads on in what is said about the one under the cursor."""
        pane = self.query_one("#pane", VerticalScroll)
        pane.scroll_relative(y=way * max(1, pane.size.height - 1), animate=False)
