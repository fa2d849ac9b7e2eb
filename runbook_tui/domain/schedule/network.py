"""What waits for what: earliest and latest starts, slack, and the critical chain.

The run is walked by one driver in order, so the plan's length is the *sum* of its steps, not the
longest path. The network answers other questions: which steps have room if somebody else does them
meanwhile, and which ones move the end whoever does them. Those are the longest path through `needs`
and gates: the critical path of J. E. Kelley, M. R. Walker, "Critical-Path Planning and Scheduling",
Eastern Joint Computer Conference (1959), 160-173; with PERT's means as lengths (see `estimate`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from runbook_tui.domain.schedule.estimate import NOTHING, Estimate

_SAME = 1e-6
"""Seconds below which two paths are equally long: sums of floats differ in their last digits."""


class Activity(NamedTuple):
    """A step as the network sees it. Without an estimate it takes no time."""

    id: str
    needs: Sequence[str] = ()
    is_gate: bool = False
    estimate: Estimate | None = None


class Slot(NamedTuple):
    """When a step can be done, in seconds from the start of the first."""

    earliest: float
    """The earliest start."""
    latest: float
    """The latest start that does not move the end."""

    @property
    def slack(self) -> float:
        """Seconds by which it may begin later; never negative."""
        return max(0.0, self.latest - self.earliest)


@dataclass(frozen=True, slots=True)
class Network:
    """What follows from who waits for whom."""

    slots: Mapping[str, Slot]
    """By id, in the order of the steps."""
    chain: tuple[str, ...]
    """The ids of the critical chain, in order. Of several equally long ones, that with the largest
    variance."""
    mean: float
    """The length of the chain in seconds: the sum of its means."""
    variance: float
    """Seconds squared: the sum of its variances, which takes its steps for independent."""
    total: float
    """The length of the plan with one driver, in seconds: the sum of the means of *all* steps."""


def network(activities: Sequence[Activity]) -> Network:
    """The network of these steps, which stand in the order of the run.

    A step waits for the steps it needs and for the last gate before it (which waits for the gate
    before that). Needs that are not among the steps, because they do not apply, and needs that come
    later, which `lint` refuses, hold nothing up. Takes time in proportion to steps and needs.
    """
    count = len(activities)
    place: dict[str, int] = {}
    before: list[list[int]] = []
    gate: int | None = None
    for index, activity in enumerate(activities):
        waits = {place[need] for need in activity.needs if need in place}
        if gate is not None:
            waits.add(gate)
        before.append(sorted(waits))
        place[activity.id] = index
        if activity.is_gate:
            gate = index
    lengths = [activity.estimate or NOTHING for activity in activities]
    starts = [0.0] * count
    spread = [0.0] * count  # variance of the longest path up to and with each step
    come_from: list[int | None] = [None] * count
    for index, waits_for in enumerate(before):
        best: int | None = None
        for other in waits_for:
            if best is None or _later(other, best, starts, spread, lengths):
                best = other
        if best is not None:
            starts[index] = starts[best] + lengths[best].mean
            spread[index] = spread[best]
            come_from[index] = best
        spread[index] += lengths[index].variance
    last: int | None = None
    for index in range(count):
        if last is None or _later(index, last, starts, spread, lengths):
            last = index
    end = starts[last] + lengths[last].mean if last is not None else 0.0
    ends = [end] * count
    for index in range(count - 1, -1, -1):
        latest = ends[index] - lengths[index].mean
        for other in before[index]:
            ends[other] = min(ends[other], latest)
    chain: list[int] = []
    while last is not None:
        chain.append(last)
        last = come_from[last]
    chain.reverse()
    return Network(
        slots={
            activity.id: Slot(starts[i], max(starts[i], ends[i] - lengths[i].mean))
            for i, activity in enumerate(activities)
        },
        chain=tuple(activities[i].id for i in chain),
        mean=sum(lengths[i].mean for i in chain),
        variance=sum(lengths[i].variance for i in chain),
        total=sum(estimate.mean for estimate in lengths),
    )


def _later(
    one: int,
    other: int,
    starts: Sequence[float],
    spread: Sequence[float],
    lengths: Sequence[Estimate],
) -> bool:
    """Whether the path that ends with `one` is longer, or as long and less certain."""
    difference = starts[one] + lengths[one].mean - starts[other] - lengths[other].mean
    return difference > _SAME or (difference > -_SAME and spread[one] > spread[other])
