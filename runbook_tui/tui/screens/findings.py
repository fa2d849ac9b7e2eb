"""What preflight found: grouped by check, filtered, each finding opened, waived or remedied.

It shows and asks. What is done goes through the acts it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content

from runbook_tui.domain.kept_findings import KeptFinding
from runbook_tui.domain.preflight import standing
from runbook_tui.domain.preflight_words import counted
from runbook_tui.domain.runbook import PreflightStep
from runbook_tui.domain.schedule.alarm import alarms
from runbook_tui.domain.text import safe_line
from runbook_tui.opening import Driving
from runbook_tui.tui.looking import Looking
from runbook_tui.tui.present.clocks import clock_line
from runbook_tui.tui.present.findings import CHECK, finding_rows
from runbook_tui.tui.present.key_lines import key_lines
from runbook_tui.tui.present.marks import badge
from runbook_tui.tui.screens.acting import Acting
from runbook_tui.tui.widgets.rows import Rows
from runbook_tui.tui.widgets.still import Still

AGES_SECONDS = 5.0
_KEYS = (
    ("enter", "open"),
    ("f", "fix"),
    ("w", "waive"),
    ("r", "look again"),
    ("R", "all again"),
    ("u", "undo fix"),
    ("/", "filter"),
    ("o", "open ones"),
    ("i", "all of them"),
    ("?", "help"),
    ("esc", "back"),
)


class Answers(Protocol):
    """What can be done about findings. See `runbook_tui.tui.answering.FindingActs`."""

    async def open(self, step: PreflightStep, check: str, fingerprint: str) -> None: ...
    async def waive(self, step: PreflightStep, check: str, fingerprint: str) -> None: ...
    async def remedy(
        self, step: PreflightStep, check: str, fingerprint: str, *, undo: bool = False
    ) -> None: ...
    async def words(self, before: str) -> str | None: ...
    async def help(self) -> None: ...
    def quiet(self, step: PreflightStep) -> dict[str, list[KeptFinding]]: ...


class Findings(Acting):
    """The findings of one preflight step."""

    MESSAGE = "f-message"
    BINDINGS = [  # noqa: RUF012
        Binding("escape", "leave", show=False),
        Binding("q,p", "back", show=False),
        Binding("question_mark,f1", "help", show=False),
        Binding("enter", "open", show=False),
        Binding("w", "waive", show=False),
        Binding("f", "remedy", show=False),
        Binding("u", "undo", show=False),
        Binding("r", "again", show=False),
        Binding("R", "again_all", show=False),
        Binding("slash", "filter", show=False),
        Binding("o", "only_open", show=False),
        Binding("i", "everything", show=False),
    ]

    DEFAULT_CSS = """
    Findings {
        layout: vertical;
        & > #f-head { height: 1; background: $panel; padding: 0 1; }
        & > #f-clock { height: 1; }
        & > Rows { height: 1fr; padding: 0 1; }
        & > #f-message { height: auto; max-height: 3; padding: 0 1; display: none; }
        & > #f-message.shown { display: block; }
        & > #f-keys { height: auto; max-height: 2; color: $quiet; padding: 0 1; }
    }
    """

    def __init__(
        self, driving: Driving, step: PreflightStep, looking: Looking, answers: Answers
    ) -> None:
        super().__init__()
        self._driving = driving
        self._step = step
        self._looking = looking
        self._answers = answers
        self._words = ""
        self._only_open = False
        self._everything = False
        self._quiet: dict[str, list[KeptFinding]] = {}
        self._open: set[str] = set()
        """What had to be answered when it was last drawn."""
        self._placed = False
        self._stop: Callable[[], None] = lambda: None

    def compose(self) -> ComposeResult:
        yield Still(id="f-head", fixed=True)
        yield Still(id="f-clock", fixed=True)
        yield Rows(cursor=True, id="f-rows")
        yield Still(id="f-message")
        yield Still(id="f-keys")

    def on_mount(self) -> None:
        self._stop = self._driving.session.listen(self._recorded)
        self._looking.changed = self._soon
        self.set_interval(AGES_SECONDS, self.show)
        self.set_interval(1.0, self._show_clock)
        self._show_clock()
        self.renew()
        self.query_one("#f-rows", Rows).focus()

    def on_resize(self, event: events.Resize) -> None:
        self.query_one("#f-keys", Still).show(key_lines(_KEYS, event.size.width - 2))

    def _recorded(self, _news: object) -> None:
        self.call_later(self.renew)

    def _soon(self) -> None:
        self.call_later(self.show)

    def _show_clock(self) -> None:
        """The one clock that matters most stays in sight here, too."""
        session = self._driving.session
        now = session.clock.now()
        reading = session.reading(now)
        near = alarms(session.state, reading) if reading is not None else ()
        line = clock_line(session.state, now, self.app.size.width, reading, near)
        self.query_one("#f-clock", Still).show(line)

    def on_unmount(self) -> None:
        self._stop()
        self._looking.changed = lambda: None

    def on_screen_resume(self) -> None:
        self.show()

    def renew(self) -> None:
        """Shows what the log has now."""
        if self._everything:
            self._quiet = self._answers.quiet(self._step)
        self.show()

    def show(self) -> None:
        """Draws anew; only what changed reaches the terminal."""
        if not self.is_attached:
            return
        session = self._driving.session
        state, now = session.state, session.clock.now()
        rows = finding_rows(
            state,
            self._step,
            now,
            self._looking.progress(self._step.id),
            words=self._words,
            only_open=self._only_open,
            also=self._quiet if self._everything else None,
        )
        listed = self.query_one("#f-rows", Rows)
        before = listed.chosen
        listed.set_rows(rows)
        open_ones = [each for each in standing(state, self._step, now) if each.is_open]
        was, self._open = self._open, {f"{o.check} {o.found.fingerprint}" for o in open_ones}
        self._go_on(listed, before, answered=before in was and before not in self._open)
        left = [each.found.severity for each in open_ones]
        mark = badge(state)
        told: list[str | tuple[str, str]] = [
            (mark.word, mark.style),
            (f" {self._step.id} ", "bold"),
        ]
        # First, since it is what is cut at the right edge that nobody sees.
        filters = [f"/ has “{safe_line(self._words, 20)}”"] if self._words else []
        filters += ["o open ones only"] if self._only_open else []
        if filters:
            told.append((f" {', '.join(filters)} ·", "$warning"))
        told.append((f" {self._to_do(counted(left))}", ""))
        self.query_one("#f-head", Still).show(Content.assemble(*told))

    def _go_on(self, listed: Rows, before: str, *, answered: bool) -> None:
        """Puts the cursor on what has to be answered next: at first, and once what it was on has
        been. Where a hand has put it elsewhere, it stays."""
        keys = [row.key for row in listed.rows]
        left = [key for key in keys if key in self._open]
        untouched = not self._placed and before in ("", next(iter(keys), ""))
        if not left or not (answered or untouched):
            return
        self._placed = True
        check = CHECK + before.rpartition(" ")[0]
        place = keys.index(check) if check in keys else 0
        listed.choose(next((key for key in left if keys.index(key) > place), left[0]))

    def _to_do(self, left: str) -> str:
        if self._looking.progress(self._step.id):
            return f"{left or 'nothing'} so far"
        if self._step.advisory:
            return f"{left or 'nothing'} to read"
        return f"{left} to answer" if left else "nothing left to answer"

    def _chosen(self) -> tuple[str, str]:
        """The check under the cursor, and the finding where it is on one."""
        key = self.query_one("#f-rows", Rows).chosen
        if key.startswith(CHECK):
            return key.removeprefix(CHECK), ""
        check, _, fingerprint = key.rpartition(" ")
        return check, fingerprint

    def action_leave(self) -> None:
        """First out of the filter, then back to the run."""
        if self._words or self._only_open:
            self._words, self._only_open = "", False
            self.show()
        else:
            self.dismiss(None)

    def action_help(self) -> None:
        """What the keys do."""
        self._do("help", self._answers.help)

    def action_back(self) -> None:
        """Back to the run."""
        self.dismiss(None)

    def action_open(self) -> None:
        """All about a finding; on a check, its first one."""
        check, fingerprint = self._chosen()
        if fingerprint:
            self._do("open", lambda: self._answers.open(self._step, check, fingerprint))
        elif check:
            self.query_one("#f-rows", Rows).move(1)

    @on(Rows.Picked)
    def _picked(self) -> None:
        self.action_open()

    def _on_finding(self, key: str, work: Callable[[str, str], Coroutine[Any, Any, None]]) -> None:
        check, fingerprint = self._chosen()
        if fingerprint:
            self._do(key, lambda: work(check, fingerprint))
        else:
            self.say("Put the cursor on a finding first: j and k move.")

    def action_waive(self) -> None:
        """Answers for going on in spite of it."""
        self._on_finding("waive", lambda c, f: self._answers.waive(self._step, c, f))

    def action_remedy(self) -> None:
        """Has the program do what the finding proposes."""
        self._on_finding("remedy", lambda c, f: self._answers.remedy(self._step, c, f))

    def action_undo(self) -> None:
        """Takes a remedy back."""
        self._on_finding("undo", lambda c, f: self._answers.remedy(self._step, c, f, undo=True))

    def action_again(self) -> None:
        """Runs the check under the cursor."""
        check, _ = self._chosen()
        if check:
            self._looking.start(self._step, (check,))

    def action_again_all(self) -> None:
        """Runs every check."""
        self._looking.start(self._step)

    def action_only_open(self) -> None:
        """Shows what has to be answered, or all of it."""
        self._only_open = not self._only_open
        self.show()

    def action_everything(self) -> None:
        """Shows what only informs or passes as well, or not."""
        self._everything = not self._everything
        self.renew()

    def action_filter(self) -> None:
        """Shows what has certain words."""
        self._do("filter", self._filter)

    async def _filter(self) -> None:
        words = await self._answers.words(self._words)
        if words is not None:
            self._words = words.strip().lower()
