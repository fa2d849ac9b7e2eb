"""How a step begins with the first act on it, and what is said where it cannot."""

from __future__ import annotations

from runbook_tui.domain import events as ev
from runbook_tui.domain.rules import (
    LONGEST_TEXT,
    OPEN_TO_START,
    Refusal,
    Verdict,
    said,
    start_refusal,
)
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.state import RunState, Status, StepState


def begin(state: RunState, step: Step, now: StepState, reason: str = "") -> Verdict:
    """The start of a step that has not begun; nothing where it has."""
    if now.status not in OPEN_TO_START:
        return ()
    refusal = start_refusal(state, step, reason)
    if refusal is not None:
        return refusal
    if len(reason) > LONGEST_TEXT:
        return said(reason, "a deviation") or ()
    return (ev.StepStarted(step=step.id, deviation=reason.strip()),)


def not_open(step: Step, now: StepState) -> Refusal:
    """That nothing can be done in a step as it stands, and what would open it."""
    hints = {
        Status.FAILED: "retry it, or skip or override it with a reason",
        Status.UNKNOWN: "find out what the interrupted command did first",
    }
    hint = hints.get(now.status, "reopen it with a reason")
    return Refusal(f"{step.id} is {now.status.word}", hint)
