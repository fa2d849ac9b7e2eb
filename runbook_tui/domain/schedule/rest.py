"""What is left of a run, draw by draw: the rest of the current step, then the steps after it.

Of the current step it is known that it has not ended. So only those pairs of slowdown and drawn
length count that exceed what has elapsed, and of them what exceeds it: a step that is late says at
once that the others will be late too.

That holds as far as the estimate reaches. A step that is longer under way than 95 of 100 draws said
is stuck, not slow: from there on it teaches nothing more about the others, and its own rest follows
a rule for tails. What remains at that point, plus, for a time `o` that it has been over it, a Lomax
(Pareto of the second kind) length with shape 2 and scale `o`: on average as much again as it is
already over, half the time less than 0.41 of that, one time in 20 more than 3.5 of it. It is the
usual rule for what has no scale of its own, that the longer it has taken the longer it will.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle

from runbook_tui.domain.schedule.estimate import Estimate
from runbook_tui.domain.schedule.samples import Sampler
from runbook_tui.domain.schedule.slowdown import Slowdown

REACH = 0.95
"""The share of draws beyond which the current step counts as stuck."""
LEAST_LEFT = 1.0
"""Seconds. A step that has not ended never has less than this before it."""

_PASSES = 10
"""How often slowdowns and lengths are paired anew: with 5 % left each time, half the draws."""
_TURN = 0.618034


@dataclass(frozen=True, slots=True)
class Current:
    """The step under way."""

    step: str
    estimate: Estimate
    elapsed: float
    """Seconds of work on it so far."""


def rest(
    sampler: Sampler,
    slowdown: Slowdown,
    later: Sequence[float],
    current: Current | None = None,
) -> list[float]:
    """Seconds until the last of it is done, as equally likely values, rising.

    `later` are the summed draws of the steps after the current one. The answer has about half
    as many values as there are draws where the current step is stuck, and less than twice as many.
    """
    factors = slowdown.factors(sampler.draws)
    if current is None:
        return sorted([f * then for f, then in zip(factors, later, strict=True)])
    left, over = _left(sampler, factors, current)
    if over > 0:
        longer = cycle(sampler.shuffled(current.step + "/over", _lomax(sampler.draws)))
        left = [(f, now + over * more) for (f, now), more in zip(left, longer, strict=False)]
    return sorted(
        [
            f * then + (now if now > LEAST_LEFT else LEAST_LEFT)
            for (f, now), then in zip(left, cycle(later), strict=False)
        ]
    )


def _left(
    sampler: Sampler, factors: Sequence[float], current: Current
) -> tuple[list[tuple[float, float]], float]:
    """Pairs of slowdown and seconds left, and by how much the step is beyond its estimate."""
    lengths = sampler.column(current.step, current.estimate)
    elapsed = max(0.0, current.elapsed)
    whole = sorted([f * length for f, length in zip(factors, lengths, strict=True)])
    known = min(elapsed, whole[int(REACH * len(whole))])
    found: list[tuple[float, float]] = []
    for number in range(_PASSES):
        turn = int(number * _TURN * sampler.draws) % sampler.draws
        turned = lengths[turn:] + lengths[:turn]
        found += [
            (f, took - known)
            for f, length in zip(factors, turned, strict=True)
            if (took := f * length) > known
        ]
        if 2 * len(found) >= sampler.draws:
            break
    # none: a step without an estimate, or one that is exact to the second
    return found or [(f, 0.0) for f in factors], elapsed - known


@lru_cache(maxsize=4)
def _lomax(draws: int) -> tuple[float, ...]:
    """Quantiles of the Lomax distribution with shape 2 and scale 1."""
    return tuple((1 - (i + 0.5) / draws) ** -0.5 - 1 for i in range(draws))
