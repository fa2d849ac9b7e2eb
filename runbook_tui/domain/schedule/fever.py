"""The fever chart: how much of the buffer is used, against how much of the chain is done.

Critical-chain practice: the buffer belongs to the whole chain, late steps draw on it, and what
matters is whether it goes faster than the work does. Source: L. P. Leach, "Critical Chain Project
Management", 2nd edition, Artech House 2005, on buffer management. Practice knows flat boundaries
(thirds of the buffer) and sloped ones; sloped ones are used here, since a fifth of the buffer gone
is a bad sign at the start and none at the end. Where exactly they lie is a heuristic and ours:

    green below  15 % of the buffer + 60 % of it * share of the chain done   (15 % ... 75 %)
    red above    30 % of the buffer + 60 % of it * share of the chain done   (30 % ... 90 %)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal

Zone = Literal["green", "yellow", "red"]
Trend = Literal["better", "steady", "worse"]

YELLOW_AT_START = 0.15
RED_AT_START = 0.30
SLOPE = 0.60
"""By how much of the buffer both boundaries rise from no work done to all of it."""
MOST_USED = 9.99
"""The share of the buffer at which counting ends: a plan without a buffer uses it up at once."""
TREND_POINTS = 5
STEADY = 0.02
"""A share of the buffer. Less than this, nearer to red or farther from it, is no trend."""


@dataclass(frozen=True, slots=True)
class Point:
    """One reading of the chart."""

    chain_done: float
    """Share of the chain, 0 to 1."""
    buffer_used: float
    """Share of the buffer, 0 to `MOST_USED`; above 1 it is overdrawn."""
    drift: float
    """Seconds by which the chain is expected to end later than planned; negative: earlier."""


@dataclass(frozen=True, slots=True)
class Fever:
    """Where the run stands on the chart."""

    zone: Zone
    chain_done: float
    buffer_used: float
    burn_rate: float | None
    """Buffer used by chain done: 1.0 uses the buffer up as the work ends. None before any work."""
    trend: Trend
    """Against the boundary to red, over the last points."""
    drift: float
    """Seconds by which the chain is expected to end later than planned; negative: earlier."""


def reading(*, planned: float, done: float, spent: float, left: float, buffer: float) -> Point:
    """A point of the chart; everything in seconds.

    `planned` is the length of the chain in the baseline and `done` the planned length of those of
    its steps that are finished; `spent` has passed since the start; `left` is what the forecast
    (its p50) gives for the rest; `buffer` is the baseline's. A chain without length is done;
    figures that are not finite count as nothing done and all the buffer used.
    """
    drift = spent + left - planned
    if not isfinite(drift):
        return Point(0.0, MOST_USED, 0.0)
    share = done / planned if planned > 0 else 1.0
    used = max(0.0, drift) / buffer if buffer > 0 else (MOST_USED if drift > 0 else 0.0)
    return Point(min(1.0, max(0.0, share)), min(MOST_USED, used), drift)


def boundaries(chain_done: float) -> tuple[float, float]:
    """Where yellow and red begin, as shares of the buffer, with this share of the chain done."""
    return YELLOW_AT_START + SLOPE * chain_done, RED_AT_START + SLOPE * chain_done


def zone_of(point: Point) -> Zone:
    """The zone of a point; on a boundary it is the milder one."""
    yellow, red = boundaries(point.chain_done)
    if point.buffer_used > red:
        return "red"
    return "yellow" if point.buffer_used > yellow else "green"


def fever(history: Sequence[Point]) -> Fever:
    """The chart's answer from its points, the latest last. Raises ValueError where it has none."""
    if not history:
        raise ValueError("a fever chart needs a point")
    now = history[-1]
    return Fever(
        zone=zone_of(now),
        chain_done=now.chain_done,
        buffer_used=now.buffer_used,
        burn_rate=now.buffer_used / now.chain_done if now.chain_done > 0 else None,
        trend=_trend(history[-TREND_POINTS:]),
        drift=now.drift,
    )


def _trend(points: Sequence[Point]) -> Trend:
    """Whether the last point is nearer to red than the first, whatever was done in between."""
    first, last = (p.buffer_used - boundaries(p.chain_done)[1] for p in (points[0], points[-1]))
    if abs(last - first) < STEADY:
        return "steady"
    return "worse" if last > first else "better"


def why(fever: Fever) -> str:
    """The zone in one plain sentence, with the figures it rests on."""
    used, done = _percent(fever.buffer_used), _percent(fever.chain_done)
    figures = f"{used} of it gone, {done} of the chain done"
    if fever.buffer_used >= MOST_USED:
        return f"there is no buffer left by far, or never was one: {done} of the chain done"
    if fever.buffer_used > 1:
        return f"the buffer is overdrawn: {figures}"
    if fever.buffer_used == 0:
        return f"the buffer is untouched, {done} of the chain done"
    if fever.zone == "green":
        return f"the buffer will do: {figures}"
    if fever.burn_rate is None or fever.burn_rate > 1:
        return f"the buffer is used up faster than the work gets done: {figures}"
    if fever.zone == "yellow":
        return f"the buffer is used up nearly as fast as the work gets done: {figures}"
    return f"hardly any buffer is left for the rest of the work: {figures}"


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"
