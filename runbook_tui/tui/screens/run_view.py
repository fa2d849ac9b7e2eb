"""What the run screen looks like: its panes, what stands in them, how they make room.

It shows a state and is told of keys and acts by nobody: see `runbook_tui.tui.screens.run`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message

from runbook_tui.domain.plan import Plan
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.state import RunState, current
from runbook_tui.domain.text import safe_line, safe_text
from runbook_tui.opening import Driving, Opening, Settings
from runbook_tui.tui.keys import key_text
from runbook_tui.tui.present.clocks import clock_line, clock_pane, header
from runbook_tui.tui.present.plan_rows import counts, plan_rows
from runbook_tui.tui.present.step import comes_next, step_lines
from runbook_tui.tui.screens.lending import Lending
from runbook_tui.tui.widgets.detail import Detail
from runbook_tui.tui.widgets.output import Output
from runbook_tui.tui.widgets.rows import Row, Rows
from runbook_tui.tui.widgets.still import Still

# What is only needed once the log is open is imported where it is used: the list of steps is on
# the screen before any of it is loaded.
if TYPE_CHECKING:
    from runbook_tui.domain.schedule.alarm import Alarm
    from runbook_tui.domain.schedule.reading import Reading
    from runbook_tui.session import Recorded

WIDE = 100
"""Columns from which all panes stand beside each other."""
ROOMY = 116
MOST_DECISIONS = 2_000
"""Decisions listed; all of them are in `runbook-tui log`."""
PANES = ("plan", "step-pane", "decisions")


class RunView(Lending, inherit_bindings=False):
    """One run, shown."""

    # Where the keys go is decided here; else the first list would take them at every return.
    AUTO_FOCUS = ""

    class Changed(Message):
        """Something was recorded, here or in another terminal. Several become one."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, RunView.Changed)

    def __init__(self, opening: Opening, settings: Settings, plan: Plan | None) -> None:
        super().__init__()
        self.opening = opening
        self.settings = settings
        self.driving_or_none: Driving | None = None
        self._preview = RunState(plan=plan) if plan is not None else None
        self._selected = ""
        self._followed = ""
        self._shown_entries = 0
        self._front = "step-pane"
        self._narrow = False
        self._offer = ("", "")
        """The step under the cursor, and what enter does with it."""
        self._width = 0

    @property
    def state(self) -> RunState | None:
        """The run as it is known; the runbook alone while the log is being opened."""
        if self.driving_or_none is not None:
            return self.driving_or_none.session.state
        return self._preview

    def progress_of(self, step_id: str) -> Mapping[str, str]:
        """How far the checks of a step are that this program has under way."""
        return {}

    @property
    def who(self) -> str:
        """Who sits here; "" while only git knows it."""
        if self.driving_or_none is not None:
            return self.driving_or_none.session.who.name
        return self.opening.who

    @property
    def selected(self) -> Step | None:
        """The step under the cursor, also where the cursor has moved and nothing is drawn yet:
        the next key is meant for it.
        """
        state = self.state
        if state is None:
            return None
        chosen = self.query_one("#plan-rows", Rows).chosen or self._selected
        return state.plan.by_id.get(chosen) or current(state)

    def compose(self) -> ComposeResult:
        yield Still(id="header", fixed=True)
        yield Still(id="clock-line", fixed=True)
        yield Still(id="banner")
        with Horizontal(id="body"):
            with Vertical(id="plan", classes="pane") as plan:
                plan.border_title = "Runbook"
                yield Rows(cursor=True, id="plan-rows")
            with Vertical(id="step-pane", classes="pane"):
                yield Detail(id="detail-scroll")
                yield Output(id="output")
            with Vertical(id="clocks", classes="pane") as clocks:
                clocks.border_title = "Clocks"
                yield Still(id="clock-text", fixed=True)
        with Vertical(id="decisions", classes="pane") as decisions:
            decisions.border_title = "Decisions"
            yield Rows(id="decision-rows", limit=MOST_DECISIONS)
        yield Still(id="last", fixed=True)
        yield Still(id="message")
        yield Still(id="keybar", fixed=True)

    def on_mount(self) -> None:
        self._arrange(self.app.size.width)
        self.show_run()
        # Before the first layout a pane that has come to the front cannot take the keys yet.
        self.call_after_refresh(self._focus_pane, "step-pane" if self._narrow else "plan")

    @property
    def driving(self) -> Driving:
        """The opened run; only there once `attach` was called."""
        assert self.driving_or_none is not None
        return self.driving_or_none

    def _show_first_decisions(self, entries: Sequence[Recorded]) -> None:
        from runbook_tui.tui.present.decisions import LEGEND, decision_rows

        rows = decision_rows(entries[-MOST_DECISIONS:])
        if self.state is not None and self.state.baseline is not None:
            self.query_one("#decisions").border_title = LEGEND
        if len(entries) > MOST_DECISIONS:
            earlier = f" … {len(entries) - MOST_DECISIONS:,} earlier: runbook-tui log"
            rows.insert(0, Row(Content.styled(earlier, "$quiet")))
        self._shown_entries = len(entries)
        listed = self.query_one("#decision-rows", Rows)
        listed.append(rows)
        listed.show_end()

    @on(Changed)
    def _changed(self) -> None:
        from runbook_tui.tui.present.decisions import decision_rows

        entries = self.driving.session.entries
        news = entries[self._shown_entries :]
        self._shown_entries = len(entries)
        self.query_one("#decision-rows", Rows).append(decision_rows(news))
        before = self._offer
        self.show_run()
        if self._offer != before:
            self.offer_changed()
        self.heard(news)

    def heard(self, news: Sequence[Recorded]) -> None:
        """Something was recorded, here or elsewhere, and is shown."""

    def offer_changed(self) -> None:
        """What enter does has changed, and no key moved the cursor."""

    def show_run(self) -> None:
        """Draws everything anew from the state; only what changed reaches the terminal."""
        state = self.state
        if state is None:
            self.query_one("#header", Still).show(Content(" opening the log …"))
            return
        rows = self.query_one("#plan-rows", Rows)
        rows.set_rows(plan_rows(state))
        step = current(state)
        here = step.id if step is not None else ""
        if not self._selected or self._selected == self._followed:
            # Where everything is settled, what was done last is looked at.
            self._selected = here or self._selected or state.plan.steps[-1].id
        self._followed = here
        rows.choose(self._selected)
        done, total = counts(state)
        left_out = len(state.plan.steps) - total
        note = f" · {left_out} not needed" if left_out else ""
        self.query_one("#plan").border_title = f"Runbook  {done}/{total}{note}"
        self.show_step()
        self.show_clocks()

    def show_step(self) -> None:
        """Draws the step under the cursor and what the keys do with it."""
        state, step = self.state, self.selected
        if state is None or step is None:
            return
        lines = step_lines(state, step, self._line_of, self.progress_of(step.id))
        self.query_one("#detail-scroll", Detail).show(step.id, lines, comes_next(state, step))
        place = state.plan.position[step.id] + 1
        here = current(state)
        away = "" if here is None or here.id == step.id else " · not the current step"
        title = f"{place}/{len(state.plan.steps)} {step.id} · {step.kind} · {step.style}{away}"
        self.query_one("#step-pane").border_title = title
        whole = key_text("output", self.settings.keys)
        self.query_one("#output", Output).show(step.id, busy=self._runs(step), whole=whole)
        self._show_keys(state, step)

    def _runs(self, step: Step | None) -> bool:
        """Whether something of the step runs in this program."""
        driving = self.driving_or_none
        return driving is not None and step is not None and driving.executor.is_running(step.id)

    def _line_of(self, purpose: str) -> str:
        """The selected step's command as it would run now."""
        step = self.selected
        driving = self.driving_or_none
        if step is None:
            return ""
        if driving is None or purpose == "poll":
            return self._raw_line(step, purpose)
        ready = driving.executor.prepared(step.id, "run" if purpose == "run" else "verify")
        if isinstance(ready, Refusal):
            return str(ready)
        return safe_text(driving.session.redactor.text(ready.line))

    def _raw_line(self, step: Step, purpose: str) -> str:
        command = getattr(step, {"run": "run", "verify": "verify"}.get(purpose, "condition"), None)
        if command is None:
            return ""
        return safe_text(command.shell or " ".join(command.argv))

    def _show_keys(self, state: RunState, step: Step | None) -> None:
        width = self.app.size.width
        if self.driving_or_none is not None:
            from runbook_tui.tui.present.keybar import key_bar, next_word

            busy = self._runs(step)
            self._offer = (step.id if step else "", next_word(state, step, busy=busy))
            bar = key_bar(state, step, self.who, width, self.settings.keys, busy=busy)
        else:
            bar = Content.styled(" opening the log …", "$quiet")
        self.query_one("#keybar", Still).show(bar)

    def offers_another(self) -> bool:
        """Whether enter would do something else on the step under the cursor than what the screen
        says: it was recorded a moment ago and is not drawn yet.
        """
        from runbook_tui.tui.present.keybar import next_word

        state, step = self.state, self.selected
        if state is None or step is None or step.id != self._offer[0]:
            return False
        return next_word(state, step, busy=self._runs(step)) != self._offer[1]

    def show_clocks(self) -> None:
        """Repaints what moves with time. Nothing is counted: all is deadline minus now."""
        state = self.state
        if state is None:
            return
        now = self.opening.clock.now()
        width = self.app.size.width
        driving = self.driving_or_none
        reading = driving.session.reading(now) if driving is not None else None
        near: tuple[Alarm, ...] = ()
        if reading is not None:
            from runbook_tui.domain.schedule.alarm import alarms

            near = alarms(state, reading)
            self.alarmed(near, reading)
        self.query_one("#header", Still).show(header(state, now, width, self.who, reading))
        self.query_one("#clock-line", Still).show(clock_line(state, now, width, reading, near))
        if not self._narrow:
            used = [p.buffer_used for p in driving.session.points()] if driving else []
            self.query_one("#clock-text", Still).show(clock_pane(state, now, reading, used))
            return
        if driving is not None and driving.session.entries:
            from runbook_tui.tui.present.decisions import decision_row

            row = decision_row(driving.session.entries[-1])
            self.query_one("#last", Still).show(row.content)

    def alarmed(self, near: tuple[Alarm, ...], reading: Reading) -> None:
        """Deadlines are near, or have passed."""

    def show_banner(self, text: str) -> None:
        """A line that stays until it is no longer true; empty takes it away."""
        banner = self.query_one("#banner", Still)
        banner.show(Content(safe_line(text)))
        banner.set_class(bool(text), "shown")

    def show_output(self, step_id: str, stream: str, lines: list[str]) -> None:
        """Lines of a command under way."""
        self.query_one("#output", Output).add(step_id, stream, lines)

    # Layout

    def _compositor_refresh(self) -> None:
        super()._compositor_refresh()
        if self is not self.app.screen:
            self._repaint_required = False

    def on_resize(self, event: events.Resize) -> None:
        if event.size.width != self._width:
            self._arrange(event.size.width)
            self.show_run()

    def _arrange(self, width: int) -> None:
        self._width = width
        self._narrow = width < WIDE
        self.set_class(self._narrow, "-narrow")
        self.set_class(WIDE <= width < ROOMY, "-medium")
        self._to_front(self._front)

    def _to_front(self, pane: str) -> None:
        self._front = pane
        for name in PANES:
            self.query_one(f"#{name}").set_class(name == pane, "front")
        self.set_class(pane == "decisions", "-decisions")

    def _focus_pane(self, pane: str) -> None:
        self._to_front(pane)
        target = {
            "plan": "#plan-rows",
            "step-pane": "#detail-scroll",
            "decisions": "#decision-rows",
        }[pane]
        self.query_one(target).focus()

    def action_pane(self, by: int = 1) -> None:
        """The next pane; in the narrow layout it comes to the front."""
        here = PANES.index(self._front)
        self._focus_pane(PANES[(here + by) % len(PANES)])

    def action_pane_back(self) -> None:
        """The pane before."""
        self.action_pane(-1)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        for pane in PANES:
            if pane != self._front and event.widget in self.query_one(f"#{pane}").query("*"):
                self._to_front(pane)

    # The cursor

    @on(Rows.Chosen, "#plan-rows")
    def _moved(self, event: Rows.Chosen) -> None:
        if event.key and event.key != self._selected:
            self._selected = event.key
            self.show_step()

    @on(Rows.Picked, "#plan-rows")
    def _picked(self) -> None:
        if self._narrow:
            self._focus_pane("step-pane")

    def go_to(self, step_id: str) -> None:
        """Puts the cursor on a step and shows it."""
        self._selected = step_id
        self.query_one("#plan-rows", Rows).choose(step_id)
        self.show_step()
        self.show_about()

    def shows(self, act: str) -> bool:
        """Whether what the step says about an act is on the screen."""
        hidden = self._narrow and self._front != "step-pane"
        return not hidden and self.query_one("#detail-scroll", Detail).shows(act)

    def show_about(self, act: str = "") -> None:
        """Brings what the step says about an act, or about what comes next, onto the screen."""
        if self._narrow:
            self._focus_pane("step-pane")
        # A pane that has just come to the front is laid out first.
        self.call_after_refresh(self.query_one("#detail-scroll", Detail).reveal, act)
