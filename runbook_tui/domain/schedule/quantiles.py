"""Quantiles of a distribution that is known by its density: the one table behind every draw.

The distribution function is summed up by the trapezium rule on an even grid and read backwards by
straight lines between its points.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate, pairwise

CELLS = 512
"""Cells of the grid: enough for means to 1 part in 10,000 of the range."""


def strata(
    density: Callable[[float], float], low: float, high: float, draws: int, cells: int = CELLS
) -> list[float]:
    """The middle quantiles of `draws` equally likely strata, rising: (i + ½) / draws.

    `density` need not be normed; it is finite on `low` to `high`, the whole range, and not nought
    all over it.
    """
    width = (high - low) / cells
    heights = [density(low + width * cell) for cell in range(cells + 1)]
    mass = [0.0, *accumulate(left + right for left, right in pairwise(heights))]
    step = mass[-1] / draws
    wanted = step / 2
    found: list[float] = []
    for cell, (below, above) in enumerate(pairwise(mass)):
        while wanted <= above and len(found) < draws:
            found.append(low + width * (cell + (wanted - below) / (above - below)))
            wanted = (len(found) + 0.5) * step
    found.extend([high] * (draws - len(found)))  # what rounding has left over
    return found
