"""What a step may take, as a column of equally likely draws in seconds.

The distribution is beta-PERT: on best..worst, with alpha = 1 + 4 (likely - best) / (worst - best)
and beta = 1 + 4 (worst - likely) / (worst - best). Its mean is PERT's; its variance is
(mean - best) (worst - mean) / 7, near PERT's. Source: D. Vose, "Risk Analysis: A Quantitative
Guide", 3rd edition, Wiley 2008, on the PERT distribution.

The draws are stratified (Latin hypercube: M. D. McKay, R. J. Beckman, W. J. Conover, Technometrics
21 (1979), 239-245): each column holds the same quantiles of its shape in an order of its own, so
that every single column is exact and only the sums are left to chance. Everything follows from
seed, name and estimate: the same on every host, however often it is asked.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from hashlib import shake_128
from operator import itemgetter
from typing import cast

from runbook_tui.domain.schedule.estimate import Estimate
from runbook_tui.domain.schedule.quantiles import strata

DRAWS = 2000
SHAPES = 60
"""Where the likely point lies between best and worst is told to one part in this. The usual places
(a fifth, a quarter, a third, a half) are met. Elsewhere best and mean are kept, and the far end
gives way, by at most 5 %."""
LONGEST = 1e9
"""Seconds (32 years). Longer figures are cut: no run takes them, and infinity has no mean."""

_Order = Callable[[Sequence[float]], tuple[float, ...]]
_ORDERS = 8
_TO_UNIT_GRID = 1.5 * 2.0**32
"""Added and taken away, it leaves multiples of 2**-20: doubles of that size have no finer ones."""
_SECOND_GRID = 2.0**10


class Sampler:
    """Draws for every step of a run, from one seed.

    All draws lie on a grid fine enough not to be seen (a millionth of the range, a thousandth of a
    second) and coarse enough that sums up to 90 days come out exact in any order: a total from
    which a column was taken away is the total that never had it.
    """

    def __init__(self, seed: int = 0, draws: int = DRAWS) -> None:
        """`draws` is the length of every column. Raises ValueError for less than 20."""
        if draws < 20:
            raise ValueError("fewer than 20 draws have no 95 % point")
        self.seed = seed
        self.draws = draws
        self._shapes: dict[int, list[float]] = {}
        self._orders: dict[int, _Order] = {}

    def column(self, name: str, estimate: Estimate) -> list[float]:
        """Seconds that the step called `name` may take, in the order that is its own."""
        best, reach, unit = self.unscaled(name, estimate)
        return [best + reach * share for share in unit]

    def unscaled(self, name: str, estimate: Estimate) -> tuple[float, float, tuple[float, ...]]:
        """A column as (best, reach, shares): each draw is best + reach * share, 0 <= share <= 1."""
        best, likely, worst = (
            min(point, LONGEST) for point in (estimate.best, estimate.likely, estimate.worst)
        )
        place = round((likely - best) / (worst - best) * SHAPES) if worst > best else 0
        # the mean of the shape is (1 + 4 place / SHAPES) / 6 of its reach
        reach = (4 * (likely - best) + (worst - best)) / (1 + 4 * place / SHAPES)
        return _on_grid(best), _on_grid(reach), self.shuffled(name, self._shape(place))

    def shuffled(self, name: str, table: Sequence[float]) -> tuple[float, ...]:
        """A table of `draws` values in the order that is `name`'s own.

        A shuffle for each step would cost more than everything else together. Two of a few
        shuffles, one after the other, each begun at some place, give 250 million orders for two
        look-ups.
        """
        inner, outer, turn, again = _words(f"{self.seed}/{name}", 4)
        once = self._order(inner % _ORDERS)(table)
        turn %= self.draws
        twice = self._order(outer % _ORDERS)(once[turn:] + once[:turn])
        again %= self.draws
        return twice[again:] + twice[:again]

    def _order(self, number: int) -> _Order:
        """One of the few shuffles, as a look-up of all its places."""
        if number not in self._orders:
            keys = _words(f"{self.seed}/{number}/order", self.draws)
            places = sorted(range(self.draws), key=keys.__getitem__)
            self._orders[number] = cast(_Order, itemgetter(*places))
        return self._orders[number]

    def _shape(self, place: int) -> list[float]:
        """The quantiles on 0..1 of beta-PERT with its likely point at place / SHAPES, rising."""
        if place not in self._shapes:
            rise, fall = 4 * place / SHAPES, 4 - 4 * place / SHAPES
            # float: a power of floats is typed as if it could be complex
            rising = strata(lambda x: float(x**rise * (1 - x) ** fall), 0.0, 1.0, self.draws)
            self._shapes[place] = [(share + _TO_UNIT_GRID) - _TO_UNIT_GRID for share in rising]
            # the mirrored shape; the grid has 1 - share wherever it has share
            self._shapes[SHAPES - place] = [1.0 - share for share in reversed(self._shapes[place])]
        return self._shapes[place]


def variance(estimate: Estimate) -> float:
    """Seconds squared, of the beta-PERT distribution that is drawn from."""
    return (estimate.mean - estimate.best) * (estimate.worst - estimate.mean) / 7


def _words(text: str, count: int) -> tuple[int, ...]:
    """Numbers of 32 bits that follow from a text and look like chance: a hash drawn out long."""
    return struct.unpack(f">{count}I", shake_128(text.encode()).digest(4 * count))


def _on_grid(length: float) -> float:
    return round(length * _SECOND_GRID) / _SECOND_GRID
