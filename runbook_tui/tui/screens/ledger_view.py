"""What the ledger looks like: the list of side effects, and the one under the cursor beside it.

It shows a state and is told of keys by nobody: see `runbook_tui.tui.screens.ledger`.
"""

from __future__ import annotations

from collections.abc import Callable

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content

from runbook_tui.domain.effects.state import EffectState
from runbook_tui.domain.schedule.alarm import alarms
from runbook_tui.opening import Driving
from runbook_tui.tui.present.clocks import clock_line
from runbook_tui.tui.present.effect_counts import counted
from runbook_tui.tui.present.effects import effect_lines, effect_rows
from runbook_tui.tui.present.key_lines import key_lines
from runbook_tui.tui.present.marks import badge, rolling_mark
from runbook_tui.tui.screens.acting import Acting
from runbook_tui.tui.seeing import Seeing
from runbook_tui.tui.widgets.lines import Line, Lines
from runbook_tui.tui.widgets.rows import Rows
from runbook_tui.tui.widgets.still import Still

WIDE = 100
KEYS = (
    ("enter", "look again"), ("o", "answer"), ("s", "say how it is"), ("r", "roll back"),
    ("a", "add one"), ("L", "look at all"), ("space", "read on"), ("?", "help"), ("esc", "back"),
)  # fmt: skip
NOTHING = (
    "Nothing is on the ledger yet. Steps put their side effects here before they act; a adds one "
    "that the runbook does not know of."
)


class LedgerView(Acting):
    """The side effects of one run, shown."""

    AUTO_FOCUS = ""
    MESSAGE = "l-message"

    DEFAULT_CSS = """
    LedgerView {
        layout: vertical;
        & > #l-head { height: 1; background: $panel; padding: 0 1; }
        & > #l-clock { height: 1; }
        & > #l-body { height: 1fr; layout: vertical; }
        & #l-rows { height: auto; max-height: 40%; min-height: 3; padding: 0 1; }
        & #l-pane { height: 1fr; border: round $border; padding: 0 1; min-height: 5;
            scrollbar-size-vertical: 1; }
        & > #l-progress { height: 1; padding: 0 1; display: none; color: $accent; }
        & > #l-progress.shown { display: block; }
        & > #l-message { height: auto; max-height: 3; padding: 0 1; display: none; }
        & > #l-message.shown { display: block; }
        & > #l-keys { height: auto; max-height: 2; color: $quiet; padding: 0 1; }
        &.-wide #l-body { layout: horizontal; }
        &.-wide #l-rows {
            width: 46%; height: 1fr; max-height: 100%; border: round $border; padding: 0 1;
        }
        &.-wide #l-rows:focus { border: round $accent; }
        &.-wide #l-pane { width: 54%; }
    }
    """

    def __init__(self, driving: Driving, seeing: Seeing, chosen: int = 0) -> None:
        """`chosen`: the effect to begin with; the first one where it is 0."""
        super().__init__()
        self._driving = driving
        self._seeing = seeing
        self._first = chosen
        self._shown = 0
        """The effect in the pane."""
        self._stop: Callable[[], None] = lambda: None
        self._before: Callable[[], None] = lambda: None

    def compose(self) -> ComposeResult:
        yield Still(id="l-head", fixed=True)
        yield Still(id="l-clock", fixed=True)
        with Horizontal(id="l-body"):
            yield Rows(cursor=True, id="l-rows")
            with VerticalScroll(id="l-pane", can_focus=False):
                yield Lines(id="l-lines")
        yield Still(id="l-progress", fixed=True)
        yield Still(id="l-message")
        yield Still(id="l-keys")

    def on_mount(self) -> None:
        self._stop = self._driving.session.listen(self._recorded)
        self._before, self._seeing.changed = self._seeing.changed, self._soon
        self.set_interval(1.0, self._tick)
        self._arrange(self.app.size.width)
        rows = self.query_one("#l-rows", Rows)
        self.show()
        if self._first:
            rows.choose(str(self._first))
        rows.focus()
        self.show()

    def on_unmount(self) -> None:
        self._stop()
        self._seeing.changed = self._before

    def _recorded(self, _news: object) -> None:
        self._soon()

    def _soon(self) -> None:
        self.call_later(self.show)

    def on_resize(self, event: events.Resize) -> None:
        self._arrange(event.size.width)
        self._show_keys()

    def on_screen_resume(self) -> None:
        self.show()

    def _arrange(self, width: int) -> None:
        """Wide: one effect beside the list. Narrow: below it."""
        self.set_class(width >= WIDE, "-wide")

    @on(Rows.Chosen, "#l-rows")
    @on(Rows.Picked, "#l-rows")
    def _moved(self) -> None:
        self.show()

    @property
    def chosen(self) -> EffectState | None:
        """The effect under the cursor."""
        key = self.query_one("#l-rows", Rows).chosen
        return self._driving.session.state.effects.ledger.get(int(key)) if key else None

    def choose(self, number: int) -> None:
        """Puts the cursor on an effect."""
        self.query_one("#l-rows", Rows).choose(str(number))
        self.show()

    def _tick(self) -> None:
        if self.is_current:
            self._show_head()

    def _show_head(self) -> None:
        session = self._driving.session
        state, now = session.state, session.clock.now()
        reading = session.reading(now)
        near = alarms(state, reading) if reading is not None else ()
        width = self.app.size.width
        line = clock_line(state, now, width, reading, near)
        self.query_one("#l-clock", Still).show(line)
        mark = badge(state)
        self.query_one("#l-head", Still).show(
            Content.assemble(
                (mark.word, mark.style),
                rolling_mark(state),
                (" Ledger ", "bold"),
                *[part for words in counted(state) for part in (("· ", "$quiet"), words, " ")],
            )
        )
        progress = self.query_one("#l-progress", Still)
        under_way = self._seeing.progress
        progress.show(Content(f"◐ {under_way} · c ends it"))
        progress.set_class(bool(under_way), "shown")

    def show(self) -> None:
        """Draws anew; only what changed reaches the terminal."""
        if not self.is_attached:
            return
        state = self._driving.session.state
        self.query_one("#l-rows", Rows).set_rows(effect_rows(state))
        self._show_head()
        each = self.chosen
        pane = self.query_one("#l-pane", VerticalScroll)
        lines = [Line(Content(NOTHING))]
        if each is not None:
            lines = effect_lines(state, each, self._driving.session.redactor.text)
        pane.border_title = f"effect {each.number}" if each is not None else "Ledger"
        self.query_one("#l-lines", Lines).show(lines)
        number = each.number if each is not None else 0
        if number != self._shown:
            self._shown = number
            pane.scroll_home(animate=False)
        self._show_keys()

    def off(self) -> frozenset[str]:
        """The keys that do nothing now."""
        return frozenset()

    def _show_keys(self) -> None:
        width = self.app.size.width - 2
        self.query_one("#l-keys", Still).show(key_lines(KEYS, width, self.off()))
