"""The latest safe rollback: how long before the hard end it must be decided.

latest safe rollback = hard end - reserve - P95 of (rest of the current step + rolling back from
here), where rolling back is the open compensations, in reverse order, and their verification. All
of it under the same shared slowdown: a slow evening is slow on the way back too. Only sums matter
here, so that the order is the caller's to keep.

A point of no return (a step that cannot be taken back) is another thing and not told by this.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from runbook_tui.domain.schedule.estimate import Estimate, one_figure
from runbook_tui.domain.schedule.forecast import quantile
from runbook_tui.domain.schedule.rest import Current, rest
from runbook_tui.domain.schedule.samples import Sampler
from runbook_tui.domain.schedule.slowdown import PRIOR_SPREAD, learn
from runbook_tui.domain.schedule.totals import Totals

UNKNOWN_LENGTH = 600.0
"""Seconds assumed for a compensation when not even its step has a length. A guess, and told as
one: `RollbackMargin.assumed` counts it."""


@dataclass(frozen=True, slots=True)
class RollbackMargin:
    """What it takes to be back before the hard end."""

    p95: float
    """Seconds from now until everything is taken back and verified, in 95 of 100 cases."""
    decide_by: float
    """Seconds before the hard end: the latest moment to decide, reserve included."""
    assumed: int
    """How many of the estimates nobody made: shown, so that nobody trusts them blindly."""


def assumed(planned: Estimate | None, took: float | None = None) -> Estimate:
    """What a compensation without an estimate is thought to take: as long as its step.

    The longer of what the step took (seconds, if it is done) and what was planned, so that a step
    ticked off at once does not make its way back look free.
    """
    if took is not None and (planned is None or took > planned.mean):
        return one_figure(took, "assumed")
    if planned is None:
        return one_figure(UNKNOWN_LENGTH, "assumed")
    return replace(planned, source="assumed", runs=0)


class RollbackClock:
    """Rollback margins of one run, from one seed.

    It keeps draws and sums between calls; what it answers depends on the seed and on the question
    only.
    """

    def __init__(self, sampler: Sampler | None = None, prior_spread: float = PRIOR_SPREAD) -> None:
        """As `Forecaster`; share its sampler to share its tables."""
        self._sampler = sampler or Sampler()
        self._prior_spread = prior_spread
        self._totals = Totals(self._sampler)

    def margin(
        self,
        compensations: Sequence[Estimate],
        verifications: Sequence[Estimate] = (),
        *,
        current: Current | None = None,
        finished: Iterable[tuple[Estimate, float]] = (),
        reserve: float = 0.0,
    ) -> RollbackMargin:
        """What rolling back from here needs, in seconds.

        `compensations` and `verifications` are those still open, the oldest first: a list that
        grows at its end costs little. `current` is finished before the way back begins. `finished`
        are the estimate of each finished step and its seconds of work; `reserve` is in seconds.
        """
        back = {f"take back {n}": estimate for n, estimate in enumerate(compensations)}
        back |= {f"verify {n}": estimate for n, estimate in enumerate(verifications)}
        slowdown = learn(finished, self._prior_spread)
        p95 = quantile(rest(self._sampler, slowdown, self._totals.of(back), current), 0.95)
        return RollbackMargin(
            p95=p95,
            decide_by=p95 + max(0.0, reserve),
            assumed=sum(estimate.source == "assumed" for estimate in back.values()),
        )
