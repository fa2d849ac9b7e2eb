"""How long the plan is with its buffer and its way back, and whether that fits the window.

All of it is reckoned before the start and frozen there as the baseline. From the start on, the
forecast counts, which knows that steps are late together; the figures here take them for
independent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from runbook_tui.domain.runbook import Buffer, Step
from runbook_tui.domain.runbook_effects import Compensation
from runbook_tui.domain.schedule.estimate import Estimate, one_figure, written
from runbook_tui.domain.schedule.route import Leg
from runbook_tui.domain.schedule.window import OpenWindow
from runbook_tui.domain.units import seconds

NORMAL_P95 = 1.6448536269514722
"""Standard deviations from the mean to the 95th percentile of a normal distribution."""
VERIFY = one_figure(5.0, "assumed")
"""What looking at a step again takes, where nobody says it."""


def sized(buffer: Buffer | None, estimates: Iterable[Estimate], length: float) -> float:
    """The buffer in seconds, for a plan of these steps with `length` (mean, in seconds).

    `root-of-squares` is the square root of the sum of (worst - likely)² over the chain: what the
    chain needs on top of its likely length if its steps are late independently. With one driver the
    chain is every step of the plan. Source: R. C. Newbold, "Project Management in the Fast Lane"
    (1998), where it is twice the standard error with (safe - average) / 2 for each step; judged in
    W. Herroelen, R. Leus, "On the merits and pitfalls of critical chain scheduling", Journal of
    Operations Management 19 (2001), 559-577. It is too small where steps are late together, and
    grows slower than the plan. Raises ValueError where the duration is none.
    """
    if buffer is None:
        return 0.0
    if buffer.duration is not None:
        return seconds(buffer.duration)
    if buffer.percent is not None:
        return length * buffer.percent / 100
    if buffer.root_of_squares:
        return sqrt(sum((estimate.worst - estimate.likely) ** 2 for estimate in estimates))
    return 0.0


@dataclass(frozen=True, slots=True)
class PlanLength:
    """What the plan needs, in seconds."""

    mean: float
    """The sum of the steps' means: one driver does one after the other."""
    p95: float
    """Not exceeded in 95 of 100 cases, were steps independent: a normal distribution with the sum
    of the steps' means and variances. Only for before the start."""
    buffer: float
    rollback: float
    """P95 of the longest way back there is: see `way_back`."""
    reserve: float = 0.0
    unknown: tuple[str, ...] = ()
    """The ids of the steps without any estimate: they count as nothing."""

    @property
    def needed(self) -> float:
        """The sum of plan (mean), buffer, rollback and reserve."""
        return self.mean + self.buffer + self.rollback + self.reserve

    def shortfall(self, window: OpenWindow) -> float:
        """Seconds that the window lacks; 0.0 where all of it fits."""
        return max(0.0, self.needed - window.length)


def plan_length(legs: Sequence[Leg], buffer: Buffer | None, reserve: float = 0.0) -> PlanLength:
    """What these steps need together, `reserve` (seconds) included.

    Raises ValueError where a text is no duration.
    """
    known = [leg.estimate for leg in legs if leg.estimate is not None]
    mean = sum(estimate.mean for estimate in known)
    return PlanLength(
        mean=mean,
        p95=p95(known),
        buffer=sized(buffer, known, mean),
        rollback=max((p95(back) for back in way_back(legs)), default=0.0),
        reserve=reserve,
        unknown=tuple(leg.step.id for leg in legs if leg.estimate is None),
    )


def p95(estimates: Iterable[Estimate]) -> float:
    """Seconds within which all of them are done one after the other in 95 of 100 cases, by the
    normal approximation; 0.0 for none."""
    listed = list(estimates)
    deviation = sqrt(sum(estimate.variance for estimate in listed))
    return sum(estimate.mean for estimate in listed) + NORMAL_P95 * deviation


def way_back(legs: Sequence[Leg]) -> list[list[Estimate]]:
    """The ways back that the plan may need, each as the estimates of what is done, in that order.

    Up to the first point of no return the way goes back to the start, after one only to just behind
    it: so there is one way for each stretch between them. What is irreversible is not taken back.
    Each compensation is verified, which takes `VERIFY`.
    """
    ways: list[list[Estimate]] = [[]]
    for leg in legs:
        if leg.step.point_of_no_return:
            ways.append([])
            continue
        for compensation in compensations(leg.step):
            ways[-1] += [VERIFY, taking_back(compensation, leg.estimate)]
    return [list(reversed(way)) for way in ways]


def compensations(step: Step) -> tuple[Compensation, ...]:
    """What takes a step back: its own compensation, which stands for all its effects; where it has
    none, those of its effects."""
    if step.compensation is not None:
        return (step.compensation,)
    return tuple(effect.compensation for effect in step.effects if effect.compensation is not None)


def taking_back(compensation: Compensation, doing: Estimate | None) -> Estimate:
    """How long a compensation takes, in seconds; where it does not say so, it is assumed from what
    the step takes (see `rollback.assumed`). Raises ValueError where its text is no duration."""
    if compensation.estimate is not None:
        return written(compensation.estimate)
    # Late: all of the simulation comes with it, and every lint would pay for that.
    from runbook_tui.domain.schedule.rollback import assumed

    return assumed(doing)
