"""What naturally comes next in a step: the meaning of Enter."""

from __future__ import annotations

from runbook_tui.domain.effects.acts import next_back
from runbook_tui.domain.preflight import not_looked, standing
from runbook_tui.domain.runbook import PreflightStep, Step
from runbook_tui.domain.state import (
    SETTLED,
    RunState,
    RunStatus,
    Status,
    StepState,
    applies,
    under_way,
)

NEXT = (
    "nothing",
    "continue",
    "start",
    "tick",
    "run",
    "cancel",
    "verify",
    "settle-unknown",
    "observe",
    "evidence",
    "choose",
    "gate",
    "wait",
    "check",
    "findings",
    "look",
    "message",
    "approve",
    "retry",
    "done",
    "reopen",
)
"""Every answer of `next_act`."""


def next_act(state: RunState, step: Step) -> str:
    """One of `NEXT`: the natural next act on `step`."""
    now = state.of(step.id)
    if state.is_over:
        return "nothing"
    if state.status is RunStatus.PAUSED:
        return "continue"
    if under_way(now) is not None:
        return "nothing"
    if applies(state, step) is not True and now.status is not Status.UNKNOWN:
        return "nothing"
    match now.status:
        case Status.PENDING | Status.DEFERRED:
            return "start"
        case Status.UNKNOWN:
            return "verify" if step.verify is not None and now.verify is None else "settle-unknown"
        case Status.FAILED:
            return "retry"
        case status if status in SETTLED:
            return "nothing"
        case _:
            return _active(state, step, now)


def _active(state: RunState, step: Step, now: StepState) -> str:
    back = next_back(state, step, now)
    if back is not None:
        return back
    # READ-DO items come before the command they prepare; DO-CONFIRM items after it.
    unticked = any(item.key not in now.ticked for item in step.checklist)
    if unticked and step.style == "READ-DO":
        return "tick"
    if step.kind == "command" and not _worked(now):
        return "run"
    if step.kind == "wait" and now.wait_over is None:
        return "wait"
    if isinstance(step, PreflightStep):
        if not_looked(state, step):
            return "check"
        if not step.advisory and any(o.is_open for o in standing(state, step, state.at)):
            return "findings"
    if step.verify is not None and (now.verify is None or now.verify.outcome != "ok"):
        return "verify"
    if unticked:
        return "tick"
    if step.observe is not None and now.observed is None:
        return "observe"
    if any(name not in now.evidence for name in step.evidence):
        return "evidence"
    if step.kind == "decision" and now.choice is None:
        return "choose"
    if step.kind == "gate" and now.go is None:
        return "gate"
    if step.kind == "message" and not _is_sent(state, step):
        return "message"
    # Last: it is of what was decided.
    if step.kind != "message" and step.approval is not None and not now.approvals:
        return "approve"
    return "done"


def _is_sent(state: RunState, step: Step) -> bool:
    update = state.messages.of_step(step.id)
    return update is not None and update.sent is not None


def _worked(now: StepState) -> bool:
    if now.happened is not None:
        return now.happened
    return now.run is not None and now.run.outcome == "ok"
