"""The plan of a way back: what it would do, how long it takes, what it cannot. Seen before anybody
commits to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content

from runbook_tui.domain.effects.events import ScopeKind
from runbook_tui.domain.effects.rollback import RollbackPlan, rollback_plan
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.schedule.alarm import alarms
from runbook_tui.opening import Driving
from runbook_tui.tui.present.clocks import clock_line
from runbook_tui.tui.present.key_lines import key_lines
from runbook_tui.tui.present.marks import badge
from runbook_tui.tui.present.way_back import plan_lines, scope_words, size_words
from runbook_tui.tui.screens.acting import Acting
from runbook_tui.tui.seeing import Seeing
from runbook_tui.tui.widgets.lines import Line, Lines
from runbook_tui.tui.widgets.still import Still

KEYS = (
    ("b", "begin: asks why, then again"), ("j k", "read"), ("L", "look again"), ("?", "help"),
    ("esc", "back, nothing is done"),
)  # fmt: skip


class Acts(Protocol):
    """What can be done about a way back. See `runbook_tui.tui.returning.RollbackActs`."""

    async def look(self, scope: ScopeKind, of: str) -> None: ...
    async def begin(self, plan: RollbackPlan) -> bool: ...
    async def help(self) -> None: ...


class Rollback(Acting):
    """One way back, before it is begun."""

    AUTO_FOCUS = "#w-pane"
    MESSAGE = "w-message"
    BINDINGS = [  # noqa: RUF012
        Binding("escape,q", "back", show=False),
        Binding("question_mark,f1", "help", show=False),
        Binding("b", "begin", show=False),
        Binding("L", "look", show=False),
        Binding("c", "end_looks", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
        Binding("space", "page", show=False),
    ]

    DEFAULT_CSS = """
    Rollback {
        layout: vertical;
        & > #w-head { height: 1; background: $panel; padding: 0 1; }
        & > #w-clock { height: 1; }
        & > #w-pane { height: 1fr; border: round $border; padding: 0 1;
            scrollbar-size-vertical: 1; }
        & > #w-pane:focus { border: round $accent; }
        & > #w-progress { height: 1; padding: 0 1; display: none; color: $accent; }
        & > #w-progress.shown { display: block; }
        & > #w-message { height: auto; max-height: 3; padding: 0 1; display: none; }
        & > #w-message.shown { display: block; }
        & > #w-keys { height: auto; max-height: 2; color: $quiet; padding: 0 1; }
    }
    """

    def __init__(
        self, driving: Driving, seeing: Seeing, acts: Acts, scope: ScopeKind, of: str
    ) -> None:
        super().__init__()
        self._driving = driving
        self._seeing = seeing
        self._acts = acts
        self._scope, self._of = scope, of
        self._plan: RollbackPlan | Refusal | None = None
        self._seq = -1
        self._read = ""
        """The digest of the plan whose end was in sight."""
        self._stop: Callable[[], None] = lambda: None
        self._before: Callable[[], None] = lambda: None

    def compose(self) -> ComposeResult:
        yield Still(id="w-head", fixed=True)
        yield Still(id="w-clock", fixed=True)
        with VerticalScroll(id="w-pane"):
            yield Lines(id="w-lines")
        yield Still(id="w-progress", fixed=True)
        yield Still(id="w-message")
        yield Still(id="w-keys")

    def on_mount(self) -> None:
        self._stop = self._driving.session.listen(self._recorded)
        self._before, self._seeing.changed = self._seeing.changed, self._soon
        self.set_interval(1.0, self._tick)
        self.show()
        # Everything that is not known is looked at before anybody decides by it.
        self.action_look()

    def on_unmount(self) -> None:
        self._stop()
        self._seeing.changed = self._before

    def _recorded(self, _news: object) -> None:
        self._soon()

    def _soon(self) -> None:
        self.call_later(self.show)

    def on_resize(self, event: events.Resize) -> None:
        self._show_keys(event.size.width)

    def on_screen_resume(self) -> None:
        self.show()

    @property
    def plan(self) -> RollbackPlan | Refusal:
        """The way back as it would be walked now."""
        state = self._driving.session.state
        if self._plan is None or self._seq != state.seq:
            self._plan, self._seq = rollback_plan(state, self._scope, self._of), state.seq
        return self._plan

    def _tick(self) -> None:
        if self.is_current:
            self.show()

    def show(self) -> None:
        """Draws anew; only what changed reaches the terminal."""
        if not self.is_attached:
            return
        session = self._driving.session
        state, now, width = session.state, session.clock.now(), self.app.size.width
        reading = session.reading(now)
        near = alarms(state, reading) if reading is not None else ()
        line = clock_line(state, now, width, reading, near)
        self.query_one("#w-clock", Still).show(line)
        plan, mark = self.plan, badge(state)
        size = str(plan) if isinstance(plan, Refusal) else size_words(plan)
        self.query_one("#w-head", Still).show(
            Content.assemble(
                (mark.word, mark.style),
                (" Way back ", "bold"),
                f"of {scope_words(state, self._scope, self._of)}",
                (f" · {size}", "$quiet"),
            )
        )
        lines = [Line(Content(str(plan)))]
        if isinstance(plan, RollbackPlan):
            lines = plan_lines(state, plan, reading, session.redactor.text)
        self.query_one("#w-lines", Lines).show(lines)
        under_way = self._seeing.progress
        progress = self.query_one("#w-progress", Still)
        progress.show(Content(f"◐ {under_way} · c ends it"))
        progress.set_class(bool(under_way), "shown")
        self._show_keys(width)

    def _why_not(self) -> str:
        """Why it cannot be begun now."""
        if self._seeing.busy:
            return "Not yet: what is there is still being looked at. c ends the looks."
        if isinstance(self.plan, Refusal):
            return str(self.plan)
        pane = self.query_one("#w-pane", VerticalScroll)
        if pane.scroll_offset.y >= pane.max_scroll_y and pane.size.height > 0:
            self._read = self.plan.digest
        return (
            "" if self._read == self.plan.digest else "Not before you saw its end: space reads on."
        )

    def _show_keys(self, width: int) -> None:
        off = {"b"} if self._why_not() else set()
        self.query_one("#w-keys", Still).show(key_lines(KEYS, width - 2, off))

    def action_back(self) -> None:
        """Back, with nothing done."""
        self._seeing.cancel()
        self.dismiss(None)

    def action_help(self) -> None:
        """What this is."""
        self._do("help", self._acts.help)

    def action_look(self) -> None:
        """Looks at everything that it is about."""
        self._do("look", lambda: self._acts.look(self._scope, self._of))

    def action_end_looks(self) -> None:
        """Ends the looks under way."""
        self._seeing.cancel()

    def action_scroll(self, by: int) -> None:
        """A line further."""
        self.query_one("#w-pane", VerticalScroll).scroll_relative(y=by, animate=False)

    def action_page(self) -> None:
        """What is seen of it further."""
        pane = self.query_one("#w-pane", VerticalScroll)
        pane.scroll_relative(y=max(1, pane.size.height - 1), animate=False)

    def action_begin(self) -> None:
        """Asks why, shows once more what is about to begin, and begins it."""
        plan, why = self.plan, self._why_not()
        if why or isinstance(plan, Refusal):
            self.say(why)
            return
        self._do("begin", lambda: self._begin(plan))

    async def _begin(self, plan: RollbackPlan) -> None:
        if await self._acts.begin(plan):
            self.dismiss(None)
