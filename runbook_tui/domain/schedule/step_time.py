"""The time of one step: how long it is expected to take, from what, and how it stands to that."""

from __future__ import annotations

from dataclasses import dataclass

from runbook_tui.domain.moment import Moment
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.schedule.baseline import took_of
from runbook_tui.domain.schedule.estimate import Estimate
from runbook_tui.domain.schedule.pace import Pace, pace
from runbook_tui.domain.schedule.work import expected
from runbook_tui.domain.state import RunState, Status
from runbook_tui.domain.stopwatch import spent


@dataclass(frozen=True, slots=True)
class StepTime:
    """Seconds throughout."""

    estimate: Estimate | None
    """With what the step was given on top; None where nobody said how long it takes."""
    worked: float
    waited: float
    """For people; not work."""
    pace: Pace

    @property
    def over(self) -> float:
        """By how much the work is beyond the likely length; 0 where it is not."""
        return 0.0 if self.estimate is None else max(0.0, self.worked - self.estimate.likely)


def step_time(state: RunState, step: Step, now: Moment) -> StepTime:
    """The time of a step until `now`; of a settled one, until it was settled."""
    known = state.of(step.id)
    earlier = took_of(state.baseline, step.id)
    estimate = expected(step, known, {step.id: earlier} if earlier is not None else {})
    worked, waited = spent(state, step, now)
    kept: Pace = "on"
    if estimate is not None and known.started is not None:
        done = known.status is Status.DONE
        kept = pace(estimate, worked, done=done)
        # A gate that somebody thought about was not passed in no time, though nobody worked.
        if kept == "fast" and pace(estimate, worked + waited, done=done) != "fast":
            kept = "on"
    return StepTime(estimate, worked, waited, kept)


def source_text(state: RunState, step: Step) -> str:
    """Where the expected length comes from, if from earlier runs: ``from 3 rehearsals``."""
    based = state.baseline
    if based is None or step.id not in based.took:
        return ""
    runs = based.took[step.id][3]
    held = min(runs, based.rehearsed.get(step.id, (0, "", ""))[0])
    if held == runs:
        return f"from {runs} rehearsal{'' if runs == 1 else 's'}"
    several = f"from {runs} earlier run{'' if runs == 1 else 's'}"
    return f"{several}, {held} of them rehearsal{'' if held == 1 else 's'}" if held else several
