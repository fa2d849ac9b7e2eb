"""The point of no return: a step past which nothing before it is taken back.

It is never passed by the way. Whatever would begin the step is refused until somebody has agreed to
that, and the log then says who did and which ways back were given up with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from msgspec import structs

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.rules import Refusal, Verdict
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.state import RunState, Status, StepState, current

AHEAD = "POINT OF NO RETURN: once it has begun, nothing before it is taken back"
"""What is said of one that has not been passed."""

Command = TypeVar("Command", bound=cmd.AnyCommand)


@dataclass(frozen=True)
class NotAgreed(Refusal):
    """Everything else holds: what is missing is that somebody agrees."""


def begun(now: StepState) -> bool:
    """Whether work on a step has begun; what was left out did nothing that lasts."""
    return now.started is not None and now.status is not Status.SKIPPED


def is_ahead(state: RunState, step: Step) -> bool:
    """Whether the step is a point of no return that has not been passed."""
    return step.point_of_no_return and not begun(state.of(step.id))


def is_behind(state: RunState, step: Step) -> bool:
    """Whether the step is a point of no return that was passed."""
    return step.point_of_no_return and begun(state.of(step.id))


def given_up(state: RunState, step: Step) -> tuple[Step, ...]:
    """The steps that could be taken back until now, and cannot past this one."""
    from runbook_tui.domain.schedule.buffer import compensations  # late: it is not often asked

    found: list[Step] = []
    for other in state.plan.steps[: state.plan.position[step.id]]:
        if not begun(state.of(other.id)):
            continue
        if other.point_of_no_return:
            found = []
        elif compensations(other):
            found.append(other)
    return tuple(found)


def agreeing(command: Command) -> Command:
    """The command of somebody who was asked, and agrees."""
    if isinstance(command, cmd.StartStep | cmd.ReopenStep):
        return structs.replace(command, agreed=True)
    return command


def agreed(state: RunState, step: Step, command: cmd.StepCommand, verdict: Verdict) -> Verdict:
    """`verdict`, or why not where it would pass a point of no return and nobody agreed to that."""
    if isinstance(verdict, Refusal) or not is_ahead(state, step):
        return verdict
    if not any(isinstance(event, ev.StepStarted | ev.StepReopened) for event in verdict):
        return verdict
    if not (isinstance(command, cmd.StartStep | cmd.ReopenStep) and command.agreed):
        return NotAgreed(
            f"{step.id} is a point of no return: past it nothing before it is taken back",
            "agree to that when you start it: runbook-tui decide "
            f"{state.run} {step.id} start --no-way-back",
        )
    names = tuple(other.id for other in given_up(state, step))
    return tuple(_passing(state, step, event, names) for event in verdict)


def _passing(
    state: RunState, step: Step, event: ev.AnyEvent, names: tuple[str, ...]
) -> ev.AnyEvent:
    if isinstance(event, ev.StepReopened):
        return structs.replace(event, past_return=True, gives_up=names)
    if not isinstance(event, ev.StepStarted):
        return event
    event = structs.replace(event, past_return=True, gives_up=names)
    here = current(state)
    if here is None or here.id != step.id:
        return event
    # In its turn nothing deviates: what was said is about passing it.
    return structs.replace(event, reason=event.deviation, deviation="")
