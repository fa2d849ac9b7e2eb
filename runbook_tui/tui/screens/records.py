"""Decision records: what was decided and why, made, added to, looked at again.

It takes keys. What is done goes through the acts it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content

from runbook_tui.domain.records.state import Record
from runbook_tui.domain.schedule.alarm import alarms
from runbook_tui.opening import Driving
from runbook_tui.tui.present.clocks import clock_line
from runbook_tui.tui.present.key_lines import key_lines
from runbook_tui.tui.present.marks import badge, rolling_mark
from runbook_tui.tui.present.records import record_lines, record_rows
from runbook_tui.tui.screens.acting import Acting
from runbook_tui.tui.widgets.lines import Line, Lines
from runbook_tui.tui.widgets.rows import Rows
from runbook_tui.tui.widgets.still import Still

WIDE = 100
KEYS = (
    ("enter", "look again"), ("a", "new"), ("s", "add to the step's choice"),
    ("space", "read on"), ("?", "help"), ("esc", "back"),
)  # fmt: skip
NOTHING = (
    "Nothing was decided yet. What a decision step chooses is a record by itself; a makes one of "
    "any other decision."
)


class Acts(Protocol):
    """What can be done about records. See `runbook_tui.tui.deciding.RecordActs`."""

    def why_not(self, key: str, record: Record | None) -> str: ...
    async def make(self) -> int: ...
    async def add(self, record: Record | None) -> int: ...
    async def revisit(self, record: Record) -> int: ...
    async def help(self) -> None: ...


class Records(Acting):
    """The decision records of one run."""

    AUTO_FOCUS = ""
    MESSAGE = "r-message"

    BINDINGS = [  # noqa: RUF012
        Binding("escape,q,D", "back", show=False),
        Binding("question_mark,f1", "help", show=False),
        Binding("enter", "revisit", show=False),
        Binding("a", "make", show=False),
        Binding("s", "add", show=False),
        Binding("space", "read(1)", show=False),
        Binding("ctrl+c", "copy", show=False),
    ]

    DEFAULT_CSS = """
    Records {
        layout: vertical;
        & > #r-head { height: 1; background: $panel; padding: 0 1; }
        & > #r-clock { height: 1; }
        & > #r-body { height: 1fr; layout: vertical; }
        & #r-rows { height: auto; max-height: 35%; min-height: 2; padding: 0 1; }
        & #r-pane { height: 1fr; border: round $border; padding: 0 1; min-height: 5;
            scrollbar-size-vertical: 1; }
        & > #r-message { height: auto; max-height: 3; padding: 0 1; display: none; }
        & > #r-message.shown { display: block; }
        & > #r-keys { height: auto; max-height: 2; color: $quiet; padding: 0 1; }
        &.-wide #r-body { layout: horizontal; }
        &.-wide #r-rows {
            width: 44%; height: 1fr; max-height: 100%; border: round $border; padding: 0 1;
        }
        &.-wide #r-rows:focus { border: round $accent; }
        &.-wide #r-pane { width: 56%; }
    }
    """

    def __init__(self, driving: Driving, acts: Acts, chosen: int = 0) -> None:
        """`chosen`: the record to begin with; the first one where it is 0."""
        super().__init__()
        self._driving = driving
        self._acts = acts
        self._first = chosen
        self._shown = 0
        """The record in the pane."""
        self._stop: Callable[[], None] = lambda: None

    def compose(self) -> ComposeResult:
        yield Still(id="r-head", fixed=True)
        yield Still(id="r-clock", fixed=True)
        with Horizontal(id="r-body"):
            yield Rows(cursor=True, id="r-rows")
            with VerticalScroll(id="r-pane", can_focus=False):
                yield Lines(id="r-lines")
        yield Still(id="r-message")
        yield Still(id="r-keys")

    def on_mount(self) -> None:
        self._stop = self._driving.session.listen(self._recorded)
        self.set_interval(1.0, self._tick)
        self._arrange(self.app.size.width)
        self.show()
        if self._first:
            self.query_one("#r-rows", Rows).choose(str(self._first))
        self.query_one("#r-rows", Rows).focus()
        self.show()

    def _recorded(self, _news: object) -> None:
        self.call_later(self.show)

    def on_unmount(self) -> None:
        self._stop()

    def on_resize(self, event: events.Resize) -> None:
        self._arrange(event.size.width)
        self._show_keys()

    def on_screen_resume(self) -> None:
        self.show()

    def _arrange(self, width: int) -> None:
        """Wide: one record beside the list. Narrow: below it."""
        self.set_class(width >= WIDE, "-wide")

    @on(Rows.Chosen, "#r-rows")
    def _moved(self) -> None:
        self.show()

    @on(Rows.Picked, "#r-rows")
    def _picked(self) -> None:
        self.show()

    @property
    def chosen(self) -> Record | None:
        """The record under the cursor."""
        key = self.query_one("#r-rows", Rows).chosen
        return self._driving.session.state.records.by_number.get(int(key)) if key else None

    def choose(self, number: int) -> None:
        """Puts the cursor on a record."""
        self.show()
        self.query_one("#r-rows", Rows).choose(str(number))
        self.show()

    def _tick(self) -> None:
        if self.is_current:
            self.show()

    def show(self) -> None:
        """Draws anew; only what changed reaches the terminal."""
        if not self.is_attached:
            return
        session = self._driving.session
        state, now = session.state, session.clock.now()
        records = state.records
        self.query_one("#r-rows", Rows).set_rows(record_rows(records, now.utc))
        reading = session.reading(now)
        near = alarms(state, reading) if reading is not None else ()
        line = clock_line(state, now, self.app.size.width, reading, near)
        self.query_one("#r-clock", Still).show(line)
        mark, due = badge(state), len(records.due(now.utc))
        self.query_one("#r-head", Still).show(
            Content.assemble(
                (mark.word, mark.style),
                rolling_mark(state),
                (" Decision records ", "bold"),
                (f"· {len(records.by_number)} ", "$quiet"),
                (f"· ! {due} due" if due else "", "bold $warning"),
            )
        )
        record = self.chosen
        pane = self.query_one("#r-pane", VerticalScroll)
        lines = [Line(Content(NOTHING))]
        if record is not None:
            lines = record_lines(records, record, now.utc)
        pane.border_title = f"record {record.number}" if record is not None else "No record"
        self.query_one("#r-lines", Lines).show(lines)
        number = record.number if record is not None else 0
        if number != self._shown:
            self._shown = number
            pane.scroll_home(animate=False)
        self._show_keys()

    def _show_keys(self) -> None:
        off = {key for key in ("enter", "s") if self._acts.why_not(key, self.chosen)}
        self.query_one("#r-keys", Still).show(key_lines(KEYS, self.app.size.width - 2, off))

    def action_back(self) -> None:
        """Back to the run."""
        self.dismiss(None)

    def action_help(self) -> None:
        """What the keys do."""
        self._do("help", self._acts.help)

    def action_read(self, way: int) -> None:
        """Reads on in the record."""
        pane = self.query_one("#r-pane", VerticalScroll)
        pane.scroll_relative(y=way * max(1, pane.size.height - 1), animate=False)

    def action_revisit(self) -> None:
        """Says what became of the decision, now that somebody looks at it again."""
        record = self.chosen
        why = self._acts.why_not("enter", record)
        if why or record is None:
            self.say(why)
        else:
            self._do("enter", lambda: self._then_choose(self._acts.revisit(record)))

    def action_make(self) -> None:
        """Writes down a decision, whatever it is about."""
        self._do("a", lambda: self._then_choose(self._acts.make()))

    async def _then_choose(self, work: Coroutine[Any, Any, int]) -> None:
        number = await work
        if number:
            self.choose(number)

    def action_add(self) -> None:
        """Adds to what a decision step chose, or chooses there."""
        why = self._acts.why_not("s", self.chosen)
        if why:
            self.say(why)
        else:
            self._do("s", lambda: self._then_choose(self._acts.add(self.chosen)))

    def action_copy(self) -> None:
        """What is selected, else the record whole."""
        record, session = self.chosen, self._driving.session
        text = self.get_selected_text() or ""
        if not text and record is not None:
            now = session.clock.now().utc
            lines = record_lines(session.state.records, record, now)
            text = "\n".join(f"{line.head.plain}{line.body.plain}" for line in lines)
        if text:
            self.app.copy_to_clipboard(text)
