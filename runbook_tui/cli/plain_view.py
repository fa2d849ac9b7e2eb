"""A step, the plan and the help as plain text: words instead of colours, nothing that moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from runbook_tui.cli.effects_text import effect_line
from runbook_tui.cli.lines import time_text
from runbook_tui.domain.advance import next_act
from runbook_tui.domain.moment import clock_text
from runbook_tui.domain.narrative import exit_text
from runbook_tui.domain.no_return import AHEAD, is_ahead, is_behind
from runbook_tui.domain.parameters import substitute
from runbook_tui.domain.runbook import NOT_BUILT_YET, DecisionStep, Step, WaitStep
from runbook_tui.domain.runbook_model import Command, Expect
from runbook_tui.domain.state import (
    Result,
    RunState,
    Status,
    applies,
    current,
    is_settled,
    outstanding,
    unmet_needs,
)
from runbook_tui.domain.text import safe_line, safe_text
from runbook_tui.domain.waiting import waits_text
from runbook_tui.execution import Executor


def words(text: str, parameters: Mapping[str, str]) -> str:
    """A runbook's text with its parameters in place; as it stands where one has no value."""
    try:
        return safe_text(substitute(text, parameters))
    except KeyError:
        return safe_text(text)


def word_of(state: RunState, step: Step) -> str:
    """Where a step stands, in a word or two."""
    now = state.of(step.id)
    if now.status is Status.FAILED and now.go is False:
        return "no-go"
    if now.status is Status.DONE and now.changed_since:
        return "done, changed since"
    if now.status is not Status.PENDING:
        return str(now.status)
    holds = applies(state, step)
    if holds is False:
        return "not needed"
    if holds is None:
        return "undecided"
    here = current(state)
    return "now" if here is not None and here.id == step.id and not state.is_over else "later"


def next_word(state: RunState, step: Step | None) -> str:
    """What Enter does: an act, ``close`` or ``end-rollback`` once every step is settled, or
    ``nothing``."""
    if not state.is_over and current(state) is None:
        if state.status == "paused":
            return "continue"
        return "close" if state.effects.rolling is None else "end-rollback"
    return "nothing" if step is None else next_act(state, step)


def head_text(state: RunState, *, driven: bool = True) -> str:
    """The run in two lines. `driven` is false where no program drives it now."""
    pin = state.pin
    version = state.plan.runbook.version
    at = f" @{pin.commit[:7]}{', edited since' if pin.dirty else ''}" if pin and pin.commit else ""
    settled = sum(1 for step in state.plan.steps if is_settled(state, step))
    title = safe_line(state.plan.runbook.title)
    drives = "drives" if driven else "drove it last"
    return (
        f"{state.mode.upper()}  {title}  v{version}{at}\n"
        f"run {state.run}, {state.status}, {safe_line(state.driver)} {drives}, "
        f"{settled} of {len(state.plan.steps)} steps settled, "
        f"started {time_text(state.started)}"
    )


def list_text(state: RunState) -> str:
    """Every step with where it stands."""
    lines = []
    number = 0
    for phase in state.plan.runbook.phases:
        lines.append(safe_line(words(phase.title, state.parameters)))
        for step in phase.steps:
            number += 1
            title = safe_line(words(step.title, state.parameters))
            mark = " (point of no return)" if step.point_of_no_return else ""
            lines.append(f"  {number:3}  {word_of(state, step):10}  {step.id}  {title}{mark}")
    return "\n".join(lines)


@dataclass(frozen=True)
class StepText:
    """One step, whole."""

    state: RunState
    step: Step
    executor: Executor

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _words(self, text: str) -> str:
        return words(text, self.state.parameters)

    def _lines(self) -> Iterator[str]:
        state, step = self.state, self.step
        now = state.of(step.id)
        place = state.plan.position[step.id] + 1
        yield f"Step {place} of {len(state.plan.steps)}: {step.id}"
        yield f"{self._words(step.title)}"
        facts = [self._words(state.plan.phase_of[step.id].title), step.kind]
        if step.checklist:
            facts.append(step.style)
        facts.append(word_of(state, step))
        if step.role:
            facts.append(f"for {step.role}")
        if step.mutates:
            facts.append("changes the system")
        if is_behind(state, step):
            facts.append("the point of no return, passed")
        if now.started is not None:
            facts.append(f"started {clock_text(now.started)} by {safe_line(now.started_by)}")
        yield f"({'; '.join(facts)})"
        if is_ahead(state, step) and not is_settled(state, step):
            yield AHEAD
        yield from self._trouble()
        if step.instruction:
            yield ""
            yield self._words(step.instruction.strip())
        yield from self._asked()
        yield from self._commands()
        yield from self._records()
        left = outstanding(state, step) if not is_settled(state, step) else ()
        if left:
            yield f"outstanding: {'; '.join(self._words(each) for each in left)}"

    def _trouble(self) -> Iterator[str]:
        state, step = self.state, self.step
        now = state.of(step.id)
        if step.kind in NOT_BUILT_YET:
            yield f"{step.kind} steps are not built yet: do this by hand, and say what you did."
        if now.status is Status.UNKNOWN:
            alive = " Its process still runs." if now.alive else ""
            yield f"UNKNOWN: the command was interrupted; nobody knows what it did.{alive}"
        if now.reason:
            yield f"reason: {safe_text(now.reason)}"
        if now.missing:
            yield f"accepted without: {safe_line('; '.join(now.missing))}"
        needs = unmet_needs(state, step)
        if needs and not is_settled(state, step):
            yield f"needs first: {', '.join(needs)}"

    def _asked(self) -> Iterator[str]:
        step, now = self.step, self.state.of(self.step.id)
        if isinstance(step, DecisionStep):
            yield f"\n{self._words(step.question)}"
            for n, option in enumerate(step.options, 1):
                chosen = " (chosen)" if now.choice == option.id else ""
                more = f": {self._words(option.consequence)}" if option.consequence else ""
                yield f"  {n}. {option.id}{chosen}  {self._words(option.title)}{more}"
        if step.checklist:
            yield ""
        for n, item in enumerate(step.checklist, 1):
            mark = "x" if item.key in now.ticked else " "
            yield f"  {n}. [{mark}] {self._words(item.text)}"
        if isinstance(step, WaitStep):
            over = f" (over: {safe_line(now.wait_over)})" if now.wait_over else ""
            yield f"waits {waits_text(step)}{over}"

    def _commands(self) -> Iterator[str]:
        step, now = self.step, self.state.of(self.step.id)
        run = self.executor.command_of(step.id, "run")
        if run is not None:
            yield from self._command("run", run, now.run)
        if isinstance(step, WaitStep) and step.condition is not None:
            yield from self._command("poll", step.condition, None)
            yield f"         expects {expects(step.condition.expect)}"
        if step.verify is not None:
            yield from self._command("verify", step.verify, now.verify)
            yield f"         expects {expects(step.verify.expect)}"

    def _command(self, purpose: str, command: Command, result: Result | None) -> Iterator[str]:
        yield f"{purpose:7}  {command_text(command, self.state.parameters)}"
        yield f"         {where_text(command, self.state.parameters)}"
        if result is not None:
            yield f"         last: {result_text(result)}"

    def _records(self) -> Iterator[str]:
        step, now = self.step, self.state.of(self.step.id)
        if step.observe is not None:
            value = f"= {safe_line(now.observed)}" if now.observed is not None else "not yet"
            unit = f" {step.observe.unit}" if step.observe.unit else ""
            yield f"observe  {self._words(step.observe.label)}{unit}: {value}"
        for name in dict.fromkeys((*step.evidence, *now.evidence)):
            yield f"evidence {safe_line(name)}: {now.evidence.get(name, 'not yet')}"
        if step.approval is not None:
            names = ", ".join(safe_line(name) for name, _ in now.approvals)
            yield f"approval by another person: {names or 'not yet'}"
        yield from self._effects()
        if step.compensation is not None:
            yield f"undo     {self._words(step.compensation.text)}"

    def _effects(self) -> Iterator[str]:
        step, effects = self.step, self.state.effects
        known = effects.of_step(step.id)
        for each in known:
            yield f"effect   {effect_line(each)}"
        for each in effects.taken_by(step.id):
            yield f"takes    {effect_line(each)}"
        for each in effects.covered_by(step.id):
            yield f"covers   {effect_line(each)}"
        for effect in step.effects if not known else ():
            before = f", before {effect.before}" if effect.before else ""
            after = f", after {effect.after}" if effect.after else ""
            line = f"effect   {effect.kind} {effect.target}{before}{after}, {effect.reversibility}"
            yield self._words(line)


def command_text(command: Command, parameters: Mapping[str, str]) -> str:
    """The command in full, as it would be started."""
    import shlex

    if command.shell is not None:
        first, *rest = safe_text(command.shell.strip()).split("\n")
        return "\n".join([f"sh $ {first}", *(f"              {line}" for line in rest)])
    return "$ " + safe_text(shlex.join(_filled(part, parameters) for part in command.argv))


def _filled(text: str, parameters: Mapping[str, str]) -> str:
    try:
        return substitute(text, parameters)
    except KeyError:
        return text


def where_text(command: Command, parameters: Mapping[str, str]) -> str:
    """Where and how it runs: host, folder, environment, limit."""
    host = f"on {words(command.where, parameters)}" if command.where else "on this machine"
    parts = [host]
    if command.cwd:
        parts.append(f"in {words(command.cwd, parameters)}")
    if command.env:
        parts.append(f"with {', '.join(safe_line(name) for name in command.env)}")
    return "; ".join([*parts, f"at most {command.timeout}"])


def result_text(result: Result) -> str:
    """How a command ended."""
    if result.outcome is None:
        return "under way, or interrupted"
    code = f", {exit_text(result.exit)}" if result.outcome == "failed" else ""
    words_ = f": {safe_line(result.summary)}" if result.summary else ""
    return f"{result.outcome}{code} after {result.seconds:.1f} s{words_}"


def expects(expect: Expect) -> str:
    """What a verification must answer."""
    parts = [f"exit {expect.exit}"]
    for name, value in (
        ("output", expect.equals),
        ("output with", expect.contains),
        ("output matching", expect.matches),
    ):
        if value is not None:
            parts.append(f"{name} {safe_line(value, 80)!r}")
    return ", ".join(parts)
