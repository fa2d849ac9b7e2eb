"""All clocks of a run at one moment.

Nothing here is kept: a reading is made from the state and the time, and the same state and time
give the same reading on every host.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from runbook_tui.domain.figures import Baseline, Figures
from runbook_tui.domain.moment import Moment, shifted
from runbook_tui.domain.schedule.baseline import took
from runbook_tui.domain.schedule.estimate import Estimate
from runbook_tui.domain.schedule.fever import Fever, Point, fever, reading
from runbook_tui.domain.schedule.forecast import Forecast, Forecaster
from runbook_tui.domain.schedule.rollback import RollbackClock, RollbackMargin
from runbook_tui.domain.schedule.samples import Sampler
from runbook_tui.domain.schedule.work import Work, after, work_of
from runbook_tui.domain.state import RunState
from runbook_tui.domain.stopwatch import standing_still


@dataclass(frozen=True)
class Reading:
    """What the clocks say."""

    now: Moment
    baseline: Baseline
    window_ends: datetime | None
    """The hard end as it stands, extensions included."""
    work: Work
    forecast: Forecast
    rollback: RollbackMargin
    point: Point
    fever: Fever
    begins_in: float
    """Seconds until the window opens, where nothing that belongs into it has begun; else 0.0."""

    @property
    def buffer_left(self) -> float:
        """Seconds; negative where it is overdrawn."""
        return self.baseline.buffer - max(0.0, self.point.drift)

    @property
    def ends(self) -> tuple[datetime, datetime, datetime]:
        """When it ends: p50, p80, p95."""
        f, wait = self.forecast, self.begins_in
        return (
            after(self.now, wait + f.p50),
            after(self.now, wait + f.p80),
            after(self.now, wait + f.p95),
        )

    @property
    def window_left(self) -> float | None:
        """Seconds until the hard end; never negative, `overrun` says what is beyond it."""
        if self.window_ends is None:
            return None
        return max(0.0, (self.window_ends - self.now.utc).total_seconds())

    @property
    def overrun(self) -> float:
        """Seconds since the hard end; 0.0 before it."""
        if self.window_ends is None:
            return 0.0
        return max(0.0, (self.now.utc - self.window_ends).total_seconds())

    @property
    def decide_by(self) -> datetime | None:
        """The latest safe rollback; None without a window, or where there is nothing to take back
        any more or yet."""
        if self.window_ends is None or not (self.work.back or self.work.passed):
            return None
        return shifted(self.window_ends, -self.rollback.decide_by)

    @property
    def rollback_left(self) -> float | None:
        """Seconds until the latest safe rollback, negative once it has passed."""
        by = self.decide_by
        return None if by is None else (by - self.now.utc).total_seconds()

    @cached_property
    def chance(self) -> float | None:
        """Of ending before the window does, without its reserve; 0 to 1."""
        left = self.window_left
        if left is None:
            return None
        return self.forecast.chance(left - self.baseline.reserve - self.begins_in)

    @cached_property
    def chance_by_rollback(self) -> float | None:
        """Of ending before the latest safe rollback: of never having to decide; 0 to 1."""
        left = self.rollback_left
        if left is None or self.work.passed:
            return None
        return self.forecast.chance(left - self.begins_in)

    @property
    def figures(self) -> Figures:
        """What of it goes into the log with a decision."""
        by = self.decide_by
        return Figures(
            buffer=round(self.buffer_left) if self.baseline.buffer > 0 else None,
            used=round(self.point.buffer_used, 3),
            done=round(self.point.chain_done, 3),
            ends=self.ends[1].replace(microsecond=0),
            decide_by=by.replace(microsecond=0) if by is not None else None,
            chance=round(self.chance, 3) if self.chance is not None else None,
        )


class Timekeeper:
    """Makes readings of one run. It keeps draws between readings, nothing else."""

    def __init__(self) -> None:
        self._based: Baseline | None = None
        self._took: Mapping[str, Estimate] = {}
        self._forecaster = Forecaster()
        self._back = RollbackClock()

    def read(self, state: RunState, now: Moment, history: Sequence[Point] = ()) -> Reading | None:
        """The clocks at `now`; None where the run has no baseline. `history`: earlier points of
        the fever chart, for its trend."""
        baseline = state.baseline
        if baseline is None or state.started is None:
            return None
        self._know(baseline)
        work = work_of(state, now, self._took)
        forecast = self._forecaster.forecast(
            work.pending, current=work.current, finished=work.finished, waits=work.waits
        )
        rollback = self._back.margin(
            work.back,
            work.looks,
            current=work.current,
            finished=work.finished,
            reserve=baseline.reserve,
        )
        stood = state.stood + standing_still(state, now)
        begun = work.begun
        spent = max(0.0, state.between(begun, now) - stood) if begun is not None else 0.0
        point = reading(
            planned=baseline.plan,
            done=work.done,
            spent=spent,
            left=forecast.p50 if begun is not None else baseline.plan,
            buffer=baseline.buffer,
        )
        return Reading(
            now=now,
            baseline=baseline,
            window_ends=_ends(baseline, state.extended + stood),
            work=work,
            forecast=forecast,
            rollback=rollback,
            point=point,
            fever=fever([*history, point]),
            begins_in=_begins_in(baseline, now) if begun is None else 0.0,
        )

    def _know(self, baseline: Baseline) -> None:
        if baseline is not self._based:
            sampler = Sampler(baseline.seed)
            self._based, self._took = baseline, took(baseline)
            self._forecaster, self._back = Forecaster(sampler), RollbackClock(sampler)


def point_of(figures: Figures) -> Point:
    """The point of the fever chart that was logged with a decision."""
    return Point(figures.done, figures.used, 0.0)


def _ends(baseline: Baseline, later: float) -> datetime | None:
    return shifted(baseline.ends, later) if baseline.ends is not None else None


def _begins_in(baseline: Baseline, now: Moment) -> float:
    if baseline.opens is None:
        return 0.0
    return max(0.0, (baseline.opens - now.utc).total_seconds())
