"""The shared slowdown: steps are late together.

Every step takes F times as long as drawn, with one F for the whole run; ln F is normal, around 0
with spread 0.25 before anything is known (measured: with it the P95 of a plan moved from 113 to
147 minutes). What is finished says more about F: with A seconds of work where E were expected,
y = ln(A / E) is ln F plus noise, whose variance is var / E² by the delta method (var: the variances
of the finished steps' draws, summed). Precisions add up, as always when a normal prior meets a
normal measurement: A. Gelman and others, "Bayesian Data Analysis", 3rd edition, section 2.5.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import exp, isnan, log

from runbook_tui.domain.schedule.estimate import Estimate
from runbook_tui.domain.schedule.quantiles import strata
from runbook_tui.domain.schedule.samples import LONGEST, variance

PRIOR_SPREAD = 0.25
"""Of ln F before the run: two runs in three take between 22 % less and 28 % more than planned."""
TOO_FAST = 0.5
"""A step that took less than this share of its best was done before, or was not done. It says
nothing about the pace."""
NOT_DONE = 0.05
"""The same as a share of its mean, for steps whose best is nothing."""
BRIEFEST = 0.001
"""Seconds. Estimates below this are none."""
LEAST_NOISE = 0.01
"""Standard deviation of ln(A / E) that even exact estimates leave."""


@dataclass(frozen=True, slots=True)
class Slowdown:
    """What is known about F: ln F is normal."""

    log_median: float
    spread: float
    """Standard deviation of ln F."""
    finished: int
    """How many finished steps it was learnt from."""

    @property
    def median(self) -> float:
        """1.0 is on plan, 1.2 a fifth slower."""
        return exp(self.log_median)

    def factors(self, draws: int) -> list[float]:
        """Equally likely values of F, rising."""
        middle, spread = self.log_median, self.spread
        return [exp(middle + spread * z) for z in _normal(draws)]


def teaches(estimate: Estimate, actual: float) -> bool:
    """Whether a step that took `actual` seconds says something about the pace of the run."""
    if not BRIEFEST <= estimate.mean <= LONGEST or isnan(actual):
        return False
    return actual >= max(TOO_FAST * estimate.best, NOT_DONE * estimate.mean)


def learn(
    finished: Iterable[tuple[Estimate, float]], prior_spread: float = PRIOR_SPREAD
) -> Slowdown:
    """F after these steps: the estimate of each and the seconds of work that it took.

    Time spent waiting for people is no work and belongs in neither. A spread of 0 stands for steps
    that are not late together: nothing is learnt.
    """
    worked = expected = spread = 0.0
    count = 0
    for estimate, actual in finished:
        if teaches(estimate, actual):
            worked += min(actual, LONGEST)
            expected += estimate.mean
            spread += variance(estimate)
            count += 1
    if count == 0 or prior_spread <= 0:
        return Slowdown(0.0, max(0.0, prior_spread), count)
    noise = max(spread / expected**2, LEAST_NOISE**2)
    prior = 1 / prior_spread**2
    precision = prior + 1 / noise
    return Slowdown(log(worked / expected) / noise / precision, precision**-0.5, count)


@lru_cache(maxsize=4)
def _normal(draws: int) -> tuple[float, ...]:
    """Quantiles of the standard normal distribution."""
    return tuple(strata(lambda z: exp(-z * z / 2), -6.0, 6.0, draws))
