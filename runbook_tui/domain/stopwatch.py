"""Time spent on a step, told apart: work, and waiting for people.

Between two events of a step its state is the same, and so is whom it waits for. At each event the
time since the last one goes to work or to waiting, by the state that it passed in.
"""

from __future__ import annotations

from dataclasses import replace

from runbook_tui.domain.advance import next_act
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.state import SETTLED, RunState, Status, StepState, under_way

PEOPLE = frozenset({"approve", "choose", "gate", "continue"})
"""What is waited for where a step's next act is one of these: somebody's word."""
_NO_TIME_RUNS = SETTLED | {Status.PENDING, Status.DEFERRED}


def counted(state: RunState, step: Step, after: StepState, at: Moment) -> StepState:
    """`after`, the step's state from `at` on, with the time since its last event counted.

    `state` is the run before that event. Time is counted whatever the event does: what is taken
    back took its time all the same.
    """
    worked, waited = spent(state, step, at)
    runs = after.status not in _NO_TIME_RUNS
    return replace(after, worked=worked, waited=waited, counted=at if runs else None)


def spent(state: RunState, step: Step, now: Moment) -> tuple[float, float]:
    """Seconds of work and of waiting for people on a step until `now`."""
    known = state.of(step.id)
    if known.counted is None:
        return known.worked, known.waited
    passed = state.between(known.counted, now)
    if waits_for_people(state, step):
        return known.worked, known.waited + passed
    return known.worked + passed, known.waited


def waits_for_people(state: RunState, step: Step) -> bool:
    """Whether the time that passes now on a step under way is not work. A command is."""
    if under_way(state.of(step.id)) is not None:
        return False
    return next_act(state, step) in PEOPLE


def standing_still(state: RunState, now: Moment) -> float:
    """Seconds that the window has stood still in the pause under way."""
    if state.paused is None or not state.held:
        return 0.0
    return state.between(state.paused, now)


def all_counted(state: RunState, at: Moment) -> dict[str, StepState]:
    """The steps' states with all time until `at` counted: before the run is paused or goes on."""
    steps = dict(state.steps)
    for step_id, known in state.steps.items():
        step = state.plan.by_id.get(step_id)
        if known.counted is not None and step is not None:
            steps[step_id] = counted(state, step, known, at)
    return steps
