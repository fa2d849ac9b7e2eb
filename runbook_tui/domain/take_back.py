"""Whether a step's last decision can be taken back, and what was built on it."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_tui.domain import events as ev
from runbook_tui.domain.rules import OPEN_TO_START, Refusal, Verdict
from runbook_tui.domain.runbook import GateStep, Step
from runbook_tui.domain.state import RunState, StepState, is_settled, under_way


def take_back(state: RunState, step: Step, now: StepState) -> Verdict:
    """The event that takes back the last decision of `step`, or why it must stand."""
    if now.before is None:
        return Refusal(
            f"nothing in {step.id} can be taken back",
            "a command that ran stays; reopen the step or leave a note",
        )
    if under_way(now) is not None:
        return Refusal(f"a command of {step.id} is running")
    if is_settled(state, step):
        for dependent in _built_on(state, step):
            other = state.of(dependent)
            if other.status not in OPEN_TO_START or other.started is not None:
                return Refusal(
                    f"{dependent} was started on the strength of it",
                    "reopen the step with a reason instead",
                )
    return (ev.TakenBack(step=step.id, seq=now.last, what=now.last_what),)


def _built_on(state: RunState, step: Step) -> Iterator[str]:
    """The steps that could only start because this one is settled."""
    seen: set[str] = set()
    todo = list(_directly(state, step))
    while todo:
        dependent = todo.pop()
        if dependent.id in seen:
            continue
        seen.add(dependent.id)
        yield dependent.id
        # One that does not apply is settled untouched, and lets its own dependents start.
        if is_settled(state, dependent):
            todo.extend(_directly(state, dependent))


def _directly(state: RunState, step: Step) -> tuple[Step, ...]:
    plan = state.plan
    if isinstance(step, GateStep):
        return plan.steps[plan.position[step.id] + 1 :]
    return tuple(plan.by_id[name] for name in plan.dependents.get(step.id, ()))
