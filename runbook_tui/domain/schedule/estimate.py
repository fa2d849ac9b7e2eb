"""How long something takes, in seconds: three points, and what follows from them.

Mean and variance are PERT's: (best + 4 likely + worst) / 6 and ((worst - best) / 6)². Source: D. G.
Malcolm, J. H. Roseboom, C. E. Clark, W. Fazar, "Application of a Technique for Research and
Development Program Evaluation", Operations Research 7 (1959), 646-669.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from runbook_tui.domain.runbook import StepBase, ThreePoint
from runbook_tui.domain.units import seconds

Source = Literal["three points", "one figure", "earlier runs", "rehearsals", "assumed"]

FROM_RUNS: frozenset[Source] = frozenset({"earlier runs", "rehearsals"})

ONE_FIGURE = (0.75, 2.0)
"""Best and worst of an estimate given as one figure, as multiples of it. A single figure hides its
spread, and is late more often and by more than it is early."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Three points, each at least 0 and none less than the one before."""

    best: float
    likely: float
    worst: float
    source: Source = "three points"
    runs: int = 0
    """How many earlier runs it comes from."""

    @property
    def mean(self) -> float:
        """Seconds, by PERT."""
        return (self.best + 4 * self.likely + self.worst) / 6

    @property
    def variance(self) -> float:
        """Seconds squared, by PERT."""
        return ((self.worst - self.best) / 6) ** 2


NOTHING = Estimate(0.0, 0.0, 0.0)


def one_figure(length: float, source: Source = "one figure") -> Estimate:
    """The estimate of `length` seconds given as one figure."""
    return Estimate(ONE_FIGURE[0] * length, length, ONE_FIGURE[1] * length, source)


def written(estimate: str | ThreePoint) -> Estimate:
    """An estimate as the runbook writes it. Points out of order (`lint` reports them) are sorted.

    Raises ValueError where a text is no duration.
    """
    if isinstance(estimate, str):
        return one_figure(seconds(estimate))
    points = sorted(seconds(text) for text in (estimate.best, estimate.likely, estimate.worst))
    return Estimate(points[0], points[1], points[2])


def planned(step: StepBase) -> Estimate | None:
    """The estimate that a step carries; None where it has none. Raises as `written`."""
    return written(step.estimate) if step.estimate is not None else None
