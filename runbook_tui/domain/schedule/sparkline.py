"""A row of figures as one line of plain text."""

from __future__ import annotations

from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII = ".:-=+*#@"
"""For terminals without block characters, from little to much."""


def sparkline(
    values: Sequence[float], last: int = 8, full: float = 1.0, *, ascii_only: bool = False
) -> str:
    """The last `last` values, one character each, on a scale from 0 to `full`.

    The scale is fixed, so that two lines can be compared; values beyond it, infinite ones too, are
    shown as its end. Raises ValueError where `full` is not above 0 or `last` is below 1.
    """
    if not full > 0 or last < 1:
        raise ValueError("a line needs a scale above 0 and at least one place")
    marks = ASCII if ascii_only else BLOCKS
    top = len(marks) - 1
    return "".join(marks[round(min(1.0, max(0.0, value / full)) * top)] for value in values[-last:])
