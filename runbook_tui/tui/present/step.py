"""One step, whole: what to do, what runs, what was seen, what is still asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual.content import Content

from runbook_tui.domain.advance import next_act
from runbook_tui.domain.moment import clock_text, length_text
from runbook_tui.domain.no_return import AHEAD, is_behind
from runbook_tui.domain.runbook import (
    NOT_BUILT_YET,
    CommandStep,
    DecisionStep,
    GateStep,
    MessageStep,
    PreflightStep,
    Step,
    WaitStep,
    WatchStep,
)
from runbook_tui.domain.runbook_model import Command
from runbook_tui.domain.state import (
    Result,
    RunState,
    Status,
    applies,
    current,
    is_locked,
    outstanding,
    under_way,
    unmet_needs,
)
from runbook_tui.domain.text import safe_text
from runbook_tui.domain.waiting import waits_text
from runbook_tui.tui.markdown import markdown
from runbook_tui.tui.present.links import link_lines
from runbook_tui.tui.present.marks import mark_of
from runbook_tui.tui.present.step_checks import check_lines, held_lines
from runbook_tui.tui.present.step_parts import (
    checklist,
    command_text,
    condition_text,
    records,
    words,
)
from runbook_tui.tui.present.step_times import (
    expected_text,
    rehearsals_lines,
    rehearsed_lines,
    took_parts,
)
from runbook_tui.tui.widgets.lines import EMPTY, Line, lines_of

CommandLine = Callable[[str], str]
"""The command of a step as it would run now, for ``run`` or ``verify``; secrets out."""


class StepText:
    """Lays out one step, section by section."""

    def __init__(
        self, state: RunState, step: Step, line_of: CommandLine, progress: Mapping[str, str]
    ) -> None:
        self._state = state
        self._step = step
        self._now = state.of(step.id)
        self._line_of = line_of
        self._progress = progress
        self._lines: list[Line] = []

    def _words(self, text: str) -> str:
        return words(text, self._state.parameters)

    def lines(self) -> list[Line]:
        """Everything about the step."""
        self._head()
        self._trouble()
        if self._step.instruction:
            self._section(markdown(self._words(self._step.instruction)))
        if self._step.id == self._state.plan.steps[0].id:
            if self._state.plan.runbook.links:
                self._block(link_lines(self._state))
            told = rehearsals_lines(self._state)
            if told:
                self._block(told)
        if self._state.effects.rollback_of(self._step.id) is not None:
            from runbook_tui.tui.present.step_back import back_lines

            self._block(back_lines(self._state, self._step))
        self._question()
        self._work()
        for part in records(self._step, self._now, self._words):
            self._block(part)
        self._consequences()
        self._asked_for()
        return self._lines

    def _add(self, *parts: str | tuple[str, str] | Content) -> None:
        self._lines += lines_of(Content.assemble(*parts))

    def _section(self, content: Content, act: str = "") -> None:
        self._block(lines_of(content, act))

    def _block(self, lines: list[Line]) -> None:
        self._lines += [Line(EMPTY), *lines]

    def _head(self) -> None:
        state, step, now = self._state, self._step, self._now
        here = current(state)
        mark = mark_of(state, step, here.id if here is not None else "")
        self._add((self._words(step.title), "bold underline"))
        status: list[str | tuple[str, str]] = [(f"{mark.glyph} {mark.word}", mark.style)]
        if now.settled is not None and now.settled_by:
            status.append((f" {clock_text(now.settled)} by {now.settled_by}", "$quiet"))
            status += took_parts(state, step)
        elif now.started is not None:
            status.append((f" since {clock_text(now.started)} by {now.started_by}", "$quiet"))
        self._add(*status)
        facts = []
        length = expected_text(state, step)
        if length:
            facts.append(f"expected {length}")
        if step.timer:
            facts.append(f"timer {step.timer}")
        if now.extended > 0:
            facts.append(f"extended by {length_text(now.extended)}")
        if step.role:
            facts.append(f"role {step.role}")
        if step.mutates:
            facts.append("changes the system")
        if step.needs:
            facts.append(f"needs {', '.join(step.needs)}")
        if facts:
            self._add((" · ".join(facts), "$quiet"))
        if is_behind(state, step):
            self._add(("Passed: nothing before this point of no return is taken back.", "$warning"))
        elif step.point_of_no_return and applies(state, step) is not False:
            self._add((AHEAD, "bold $warning"))
        self._lines += rehearsed_lines(state, step)
        if now.reason and now.status in _REASONED:
            self._add(("reason  ", "$quiet"), safe_text(now.reason))
        for missing in now.missing:
            self._add(("missing  ", "$warning"), missing)
        if now.deviation:
            self._add(("out of order  ", "$warning"), safe_text(now.deviation))

    def _trouble(self) -> None:
        state, step, now = self._state, self._step, self._now
        if step.kind in NOT_BUILT_YET:
            self._section(
                Content.styled(
                    f"{step.kind.capitalize()} steps are not built yet. Do this one by hand; "
                    "done then asks what you did.",
                    "$warning",
                )
            )
        if now.status is Status.UNKNOWN:
            text = (
                "UNKNOWN: the command was interrupted and nobody knows how far it came. "
                "It is not run again by itself. Verify it, or look and say what became of it."
            )
            if now.alive:
                text += " Processes that it started were still running when this was found."
            self._section(Content.styled(text, "bold $error"), "settle-unknown")
        if now.changed_since:
            self._section(
                Content.styled(
                    "* Settled under an earlier version of the runbook, in which this step "
                    "meant something else.",
                    "$warning",
                )
            )
        holds = applies(state, step)
        if holds is False:
            self._section(
                Content.styled(f"Not needed: {condition_text(step)} does not hold.", "$quiet")
            )
        elif holds is None:
            self._section(Content.styled(f"Undecided: hangs on {condition_text(step)}.", "$quiet"))
        elif is_locked(state, step):
            here = current(state)
            first = unmet_needs(state, step)
            lines = (
                f"Not its turn yet: the current step is {here.id if here else '–'} (g goes there)."
            )
            if first:
                lines += f" It needs {', '.join(first)} first."
            self._section(Content.styled(lines, "$quiet"))

    def _question(self) -> None:
        step, now = self._step, self._now
        if isinstance(step, DecisionStep):
            lines = [Content.styled(self._words(step.question), "bold")]
            for option in step.options:
                chosen = option.id == now.choice
                glyph, style = ("◉ ", "bold $success") if chosen else ("○ ", "")
                lines.append(
                    Content.assemble((glyph, style), (self._words(option.title), style or "bold"))
                )
                if option.consequence:
                    lines.append(
                        Content.assemble(("  " + self._words(option.consequence), "$quiet"))
                    )
            self._section(Content("\n").join(lines), "choose")
        elif isinstance(step, WaitStep):
            self._section(Content.assemble(("waits  ", "$quiet"), waits_text(step)), "wait")
        elif isinstance(step, MessageStep):
            # What it needs is only loaded where a step has a message.
            from runbook_tui.tui.present.step_messages import message_lines

            self._section(Content("\n").join(message_lines(self._state, step)), "message")
        elif isinstance(step, PreflightStep):
            lines = check_lines(self._state, step, self._progress)
            if lines:
                self._section(Content("\n").join(lines), "check")
        elif isinstance(step, GateStep):
            lines = held_lines(self._state, step)
            if lines:
                self._section(Content("\n").join(lines), "findings")
        elif isinstance(step, WatchStep) and (step.metrics or step.soak):
            soak = f" for {step.soak}" if step.soak else ""
            metrics = ", ".join(self._words(metric) for metric in step.metrics)
            self._section(Content.assemble(("watches  ", "$quiet"), metrics + soak))

    def _work(self) -> None:
        """Checklist and commands in the order in which they are to be done."""
        items = checklist(self._step, self._now, self._words, comes_next(self._state, self._step))
        ticks = [items] if items else []
        first, then = ticks, self._commands()
        if self._step.style == "DO-CONFIRM":
            first, then = then, first
        for part in (*first, *then):
            self._block(part)

    def _commands(self) -> list[list[Line]]:
        step, now = self._step, self._now
        found: list[list[Line]] = []
        if isinstance(step, CommandStep):
            found.append(self._command("run", step.run, now.run))
        if isinstance(step, WaitStep) and step.condition is not None:
            found.append(self._command("poll", step.condition, None))
        if step.verify is not None:
            found.append(self._command("verify", step.verify, now.verify))
        return found

    def _command(self, purpose: str, command: Command, result: Result | None) -> list[Line]:
        line = self._line_of(purpose)
        return command_text(purpose, command, line, result, self._now, self._words)

    def _consequences(self) -> None:
        step = self._step
        lines: list[Content] = []
        for effect in step.effects:
            change = ""
            if effect.before or effect.after:
                change = (
                    f": {self._words(effect.before) or '–'} → {self._words(effect.after) or '–'}"
                )
            covered = f", snapshot {effect.snapshot}" if effect.snapshot else ", in no snapshot"
            lines.append(
                Content.assemble(
                    ("effect   ", "$quiet"),
                    f"{effect.kind} {self._words(effect.target)}{change}",
                    (f"  {effect.reversibility}{covered}", "$quiet"),
                )
            )
        if step.compensation is not None:
            lines.append(
                Content.assemble(
                    ("undo     ", "$quiet"), self._words(step.compensation.text.strip())
                )
            )
        if lines:
            self._section(Content("\n").join(lines))

    def _asked_for(self) -> None:
        if self._now.status not in (Status.ACTIVE, Status.FAILED):
            return
        under_way = {f"not looked at: {name}" for name in self._progress}
        left = [
            m
            for m in outstanding(self._state, self._step)
            if not m.startswith("not ticked") and m not in under_way
        ]
        if left:
            self._section(
                Content.assemble(("still asked for  ", "$quiet"), ("; ".join(left), "$warning")),
                "done",
            )


_REASONED = frozenset(
    {Status.SKIPPED, Status.DEFERRED, Status.OVERRIDDEN, Status.FAILED, Status.DONE}
)


def comes_next(state: RunState, step: Step) -> str:
    """The act that comes next in a step, or what runs there: what is about it is to be in sight."""
    running = under_way(state.of(step.id))
    if running is not None:
        return running.purpose
    act = next_act(state, step)
    return "run" if act == "retry" else act


def step_lines(
    state: RunState, step: Step, line_of: CommandLine, progress: Mapping[str, str] | None = None
) -> list[Line]:
    """Everything about one step, line by line. `progress`: of its checks that are under way."""
    return StepText(state, step, line_of, progress or {}).lines()
