"""When a run will end: p50, p80, p95 and the chance to make a deadline, by simulation.

`rest` says how the draws are made, `slowdown` what they share. Waits of a fixed length are added as
they are: slow work does not stretch them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from runbook_tui.domain.schedule.estimate import Estimate
from runbook_tui.domain.schedule.rest import Current, rest
from runbook_tui.domain.schedule.samples import Sampler
from runbook_tui.domain.schedule.slowdown import PRIOR_SPREAD, learn
from runbook_tui.domain.schedule.totals import Totals

WARM_AT_ONCE = 20
"""Steps that `Forecaster.warm` takes in at once: less than a frame."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """How long the rest of a run takes, in seconds from now."""

    p50: float
    p80: float
    p95: float
    mean: float
    slowdown: float
    """The median of the shared slowdown: 1.0 is on plan, 1.2 a fifth slower."""
    finished: int
    """How many finished steps that was learnt from."""
    draws: Sequence[float] = field(repr=False, compare=False)
    """Equally likely values, rising."""

    def chance(self, deadline: float) -> float:
        """The share of draws (0 to 1) that end within `deadline` seconds from now."""
        return bisect_right(self.draws, deadline) / len(self.draws)


class Forecaster:
    """Forecasts of one run, from one seed.

    It keeps draws and sums between calls; what it answers depends on the seed and on the question
    only.
    """

    def __init__(self, sampler: Sampler | None = None, prior_spread: float = PRIOR_SPREAD) -> None:
        """`prior_spread` is the spread of ln F before the run; 0 for steps that drift apart."""
        self._sampler = sampler or Sampler()
        self._prior_spread = prior_spread
        self._totals = Totals(self._sampler)

    def warm(self, pending: Mapping[str, Estimate], at_most: int = WARM_AT_ONCE) -> bool:
        """Do part of the first forecast's work ahead; whether nothing is left to do.

        The first forecast of 300 steps takes as long as thirty later ones. Called between key
        presses until it is done, this keeps each call short.
        """
        return self._totals.warm(pending, at_most)

    def forecast(
        self,
        pending: Mapping[str, Estimate],
        *,
        current: Current | None = None,
        finished: Iterable[tuple[Estimate, float]] = (),
        waits: float = 0.0,
    ) -> Forecast:
        """What is left, in seconds.

        `pending` are the steps not begun, by id, without the current one; `finished` the estimate
        of each finished step and the seconds of work it took; `waits` seconds of waiting still to
        come whatever the pace.
        """
        slowdown = learn(finished, self._prior_spread)
        worked = rest(self._sampler, slowdown, self._totals.of(pending), current)
        draws = array("d", [waits + work for work in worked]) if waits else array("d", worked)
        return Forecast(
            p50=quantile(draws, 0.50),
            p80=quantile(draws, 0.80),
            p95=quantile(draws, 0.95),
            mean=sum(draws) / len(draws),
            slowdown=slowdown.median,
            finished=slowdown.finished,
            draws=draws,
        )


def quantile(rising: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie, between two of them by a line.

    The seventh of R. J. Hyndman and Y. Fan, "Sample Quantiles in Statistical Packages", The
    American Statistician 50 (1996), 361-365.
    """
    place = share * (len(rising) - 1)
    below = int(place)
    above = min(below + 1, len(rising) - 1)
    return rising[below] + (place - below) * (rising[above] - rising[below])
