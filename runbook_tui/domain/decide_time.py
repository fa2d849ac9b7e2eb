"""What may be decided about time: more of it for a step or the window, and what to do when a
deadline has passed. Each asks for a reason; time is never taken silently.
"""

from __future__ import annotations

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.rules import Refusal, Verdict, said
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.state import RunState, RunStatus, StepState, is_settled
from runbook_tui.domain.units import seconds

LONGEST_EXTENSION = 86_400.0
"""Seconds: a day. Whoever needs more needs another window."""


def extend_timer(state: RunState, step: Step, now: StepState, command: cmd.ExtendTimer) -> Verdict:
    """More time for a step that is not settled. The buffer pays for it."""
    if is_settled(state, step):
        return Refusal(f"{step.id} is settled: it needs no more time")
    length = _length(command.length)
    if isinstance(length, Refusal):
        return length
    refusal = said(command.reason, "an extension")
    if refusal is not None:
        return refusal
    return (ev.TimerExtended(step=step.id, seconds=length, reason=command.reason.strip()),)


def pause(state: RunState, command: cmd.PauseRun) -> Verdict:
    """Nothing goes on. The window runs on, unless it was agreed that it stands still."""
    if state.status is RunStatus.PAUSED:
        return Refusal("the run is paused already")
    if command.held and not _has_window(state):
        return Refusal("the runbook has no window that could stand still", "pause plainly")
    refusal = said(command.reason, "a pause")
    return refusal or (ev.RunPaused(reason=command.reason.strip(), held=command.held),)


def extend_window(state: RunState, command: cmd.ExtendWindow) -> Verdict:
    """A later hard end, agreed with whoever gave the window."""
    if not _has_window(state):
        return Refusal("the runbook has no window", "nothing needs to be extended")
    length = _length(command.length)
    if isinstance(length, Refusal):
        return length
    refusal = said(command.reason, "an extension")
    if refusal is not None:
        return refusal
    return (ev.WindowExtended(seconds=length, reason=command.reason.strip()),)


def answer_deadline(state: RunState, command: cmd.AnswerDeadline) -> Verdict:
    """Go on, roll back or extend, once a deadline has passed. An extension moves the window too."""
    if not _has_window(state):
        return Refusal("the runbook has no window, and so no deadline")
    refusal = said(command.reason, "an answer to a deadline")
    if refusal is not None:
        return refusal
    answered = ev.DeadlineAnswered(
        deadline=command.deadline, answer=command.answer, reason=command.reason.strip()
    )
    if command.answer != "extend":
        return (answered,)
    extended = extend_window(state, cmd.ExtendWindow(command.length, command.reason))
    return extended if isinstance(extended, Refusal) else (answered, *extended)


def _has_window(state: RunState) -> bool:
    return state.baseline is not None and state.baseline.ends is not None


def _length(text: str) -> float | Refusal:
    try:
        length = seconds(text.strip())
    except ValueError:
        return Refusal("say how long: 10m, 1h30m", "an extension is a length and a reason")
    if not 0 < length <= LONGEST_EXTENSION:
        return Refusal("an extension is longer than nothing and at most a day")
    return length
