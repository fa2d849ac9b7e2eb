"""The plan in figures, frozen when a run starts: what everything later is measured against."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zlib import crc32

from runbook_tui.domain.figures import Baseline
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.schedule.buffer import plan_length
from runbook_tui.domain.schedule.estimate import Estimate
from runbook_tui.domain.schedule.rehearsals import LookedBack
from runbook_tui.domain.schedule.route import route
from runbook_tui.domain.schedule.window import resolved


def took(based: Baseline) -> Mapping[str, Estimate]:
    """The lengths from earlier runs that a baseline holds, by step."""
    return {step: _estimate(based.took[step]) for step in based.took}


def took_of(based: Baseline | None, step: str) -> Estimate | None:
    """That of one step; None where the runbook's own counts."""
    known = based.took.get(step) if based is not None else None
    return _estimate(known) if known is not None else None


def _estimate(known: tuple[float, float, float, int]) -> Estimate:
    best, likely, worst, runs = known
    return Estimate(best, likely, worst, "earlier runs", runs)


def baseline(
    plan: Plan,
    run: str,
    at: datetime,
    values: Mapping[str, str],
    timings: Mapping[str, Estimate] | None = None,
    back: LookedBack | None = None,
) -> Baseline:
    """The baseline of the run `run` that starts at `at` (aware) with these parameter values.

    Lengths come from `timings`, by step, where it has any, else from the runbook. `back` are the
    rehearsals before it. The seed of the
    forecasts follows from the run's id, so that each can be made again. A runbook without estimates
    has a plan of no length. Raises ValueError for a window that `lint` refuses.
    """
    runbook = plan.runbook
    inside = route(runbook, values, timings).inside
    window = resolved(runbook.window, at) if runbook.window is not None else None
    length = plan_length(inside, runbook.buffer, window.reserve if window is not None else 0.0)
    return Baseline(
        plan=round(length.mean, 1),
        buffer=round(length.buffer, 1),
        opens=window.start if window is not None else None,
        ends=window.end if window is not None else None,
        reserve=length.reserve,
        took={
            step: (round(e.best, 1), round(e.likely, 1), round(e.worst, 1), e.runs)
            for step, e in (timings or {}).items()
        },
        rehearsals=back.runs if back is not None else None,
        rehearsed=back.steps if back is not None else {},
        seed=crc32(run.encode()),
    )
