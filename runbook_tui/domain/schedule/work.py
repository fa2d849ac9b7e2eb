"""What of a run is done, under way and left, as the clocks see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from runbook_tui.domain.effects.way_back import is_way_back
from runbook_tui.domain.moment import Moment, shifted
from runbook_tui.domain.no_return import begun as has_begun
from runbook_tui.domain.runbook import DecisionStep, Step, WaitStep
from runbook_tui.domain.schedule.buffer import VERIFY, compensations, taking_back
from runbook_tui.domain.schedule.estimate import NOTHING, Estimate
from runbook_tui.domain.schedule.rest import Current
from runbook_tui.domain.schedule.route import length_of
from runbook_tui.domain.state import (
    SETTLED,
    RunState,
    Status,
    StepState,
    applies,
    is_settled,
)
from runbook_tui.domain.stopwatch import spent
from runbook_tui.domain.units import seconds
from runbook_tui.domain.waiting import next_time, time_left

ASSUMED_SHARE_OF_LIMIT = 0.25
"""Of a polled condition's limit: how long it is thought to take where nobody says so."""


@dataclass(frozen=True, slots=True)
class Work:
    """The steps that have to fit into the window, sorted by where they stand."""

    finished: tuple[tuple[Estimate, float], ...]
    """Estimate and seconds of work of each step done, where it has an estimate."""
    current: Current | None
    """The step under way; of several the one begun first."""
    pending: Mapping[str, Estimate]
    """By step; a step without an estimate counts as nothing."""
    waits: float
    """Seconds of waiting of fixed length still to come."""
    done: float
    """Mean planned length of what is settled, and of the current step as far as it goes."""
    back: tuple[Estimate, ...]
    """What taking back everything done so far takes, the oldest first."""
    looks: tuple[Estimate, ...]
    """What verifying each of that takes."""
    begun: Moment | None
    """When the first of these steps was started."""
    unknown: int
    """Steps still to come for which nobody said how long they take."""
    no_return: str
    """The next point of no return ahead; "" where there is none."""
    passed: str
    """The last point of no return begun: what came before it is not taken back any more."""


def work_of(state: RunState, now: Moment, timings: Mapping[str, Estimate]) -> Work:
    """What is done, under way and left at `now`; lengths from `timings` where it has any."""
    finished: list[tuple[Estimate, float]] = []
    pending: dict[str, Estimate] = {}
    back: list[Estimate] = []
    current: Current | None = None
    begun: Moment | None = None
    waits = done = 0.0
    reached = 0.0  # seconds from now until the step looked at is come to, at the planned pace
    unknown = 0
    ahead = passed = ""
    rolling = state.effects.rolling  # while a way back is walked, nothing else is still to come
    for phase in state.plan.runbook.phases:
        if phase.outside_window:
            continue
        for step in phase.steps:
            known = state.of(step.id)
            first = known.started
            if first is not None and (begun is None or state.boots.before(first, begun)):
                begun = first
            touched = has_begun(known)
            if touched:
                if step.point_of_no_return:
                    back, passed = [], step.id
                elif not is_way_back(phase):
                    back += _ways_back(state, step, known, now, timings)
            away = rolling is not None and step.id not in rolling.takes
            if away or is_settled(state, step) or not will_apply(state, step):
                if known.status in SETTLED:
                    length = timings.get(step.id) or length_of(step) or NOTHING
                    done += length.mean
                    if known.status is Status.DONE and length.mean > 0:
                        finished.append((length, known.worked))
                continue
            if step.point_of_no_return and not touched and not ahead:
                ahead = step.id
            fixed = fixed_wait(state, step, now, reached)
            if fixed is not None:
                waits += fixed
                reached += fixed
                continue
            estimate = expected(step, known, timings)
            unknown += estimate is None
            if known.counted is None or current is not None:
                pending[step.id] = estimate or NOTHING
                reached += pending[step.id].mean
                continue
            worked, _ = spent(state, step, now)
            current = Current(step.id, estimate or NOTHING, worked)
            if estimate is not None:
                done += min(worked, estimate.mean)
                reached += max(0.0, estimate.mean - worked)
    if state.effects.rolled_back:
        back = []
    return Work(
        finished=tuple(finished),
        current=current,
        pending=pending,
        waits=waits,
        done=done,
        back=tuple(back),
        looks=(VERIFY,) * len(back),
        begun=begun,
        unknown=unknown,
        no_return=ahead,
        passed=passed,
    )


def expected(step: Step, known: StepState, timings: Mapping[str, Estimate]) -> Estimate | None:
    """How long a step takes, with what it was given on top; None where nobody says it."""
    estimate = timings.get(step.id) or length_of(step)
    if estimate is None and isinstance(step, WaitStep) and step.condition is not None:
        limit = seconds(step.condition.limit)
        estimate = Estimate(0.0, ASSUMED_SHARE_OF_LIMIT * limit, limit, "assumed")
    if known.extended <= 0:
        return estimate
    more = known.extended
    base = estimate or NOTHING
    return replace(base, best=base.best, likely=base.likely + more, worst=base.worst + more)


def fixed_wait(state: RunState, step: Step, now: Moment, reached: float = 0.0) -> float | None:
    """Seconds that a wait for a length or a time adds; None for any other step. `reached`: seconds
    from now until it begins, for a time of day comes nearer meanwhile."""
    if not isinstance(step, WaitStep) or step.condition is not None:
        return None
    if state.of(step.id).started is not None:
        return time_left(state, step, now)
    if step.duration is not None:
        return seconds(step.duration)
    if step.until is None:
        return None
    return max(0.0, (next_time(step.until, now.wall) - now.wall).total_seconds() - reached)


def will_apply(state: RunState, step: Step) -> bool:
    """Whether a step is to be counted with: one that hangs on a decision not yet made is, where the
    decision's first option leads to it (see `route`)."""
    holds = applies(state, step)
    if holds is not None:
        return holds
    when = step.when
    decision = state.plan.by_id.get(when.decision or "") if when is not None else None
    if when is None or not isinstance(decision, DecisionStep):
        return True
    choice = state.of(decision.id).choice
    return when.holds(choice or decision.options[0].id) and will_apply(state, decision)


def after(now: Moment, length: float) -> datetime:
    """The moment in UTC that is `length` seconds from now."""
    return shifted(now.utc, length)


def _ways_back(
    state: RunState,
    step: Step,
    known: StepState,
    now: Moment,
    timings: Mapping[str, Estimate],
) -> list[Estimate]:
    effects = state.effects.of_step(step.id)
    if effects and not any(each.may_be_there for each in effects):
        return []  # nothing of it is there any more
    took = known.worked if known.status is Status.DONE else None
    doing = timings.get(step.id) or length_of(step)
    if took is not None and doing is not None and took > doing.mean:
        doing = replace(doing, likely=took, worst=max(took, doing.worst))
    return [taking_back(compensation, doing) for compensation in compensations(step)]
