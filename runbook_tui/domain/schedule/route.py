"""The way that the plan takes through a runbook, before anything was decided.

Parameters have their values where they are known, else their defaults. A decision takes its first
option: whoever writes a runbook puts first what is expected. Other options may take longer; the way
back is counted apart (see `buffer`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from runbook_tui.domain.runbook import DecisionStep, Phase, Runbook, Step, WaitStep, WatchStep
from runbook_tui.domain.schedule.estimate import Estimate, planned
from runbook_tui.domain.units import seconds


class Leg(NamedTuple):
    """A step on the way."""

    step: Step
    phase: Phase
    estimate: Estimate | None
    """None where nobody said how long it takes."""


class Route(NamedTuple):
    """The steps that the plan counts with, in order."""

    legs: tuple[Leg, ...]
    chosen: Mapping[str, str]
    """The option of each decision on the way."""
    left_out: tuple[Step, ...]
    """The steps that do not apply on it."""

    @property
    def inside(self) -> tuple[Leg, ...]:
        """What has to fit into the window."""
        return tuple(leg for leg in self.legs if not leg.phase.outside_window)


def length_of(step: Step) -> Estimate | None:
    """How long a step is planned to take, in seconds; None where nothing says it.

    A wait for a length and a watch with a soak time take that long at least, and exactly that where
    they have no estimate. Raises ValueError where a text is no duration.
    """
    least: str | None = None
    if isinstance(step, WaitStep):
        least = step.duration
    elif isinstance(step, WatchStep):
        least = step.soak
    written = planned(step)
    if least is None:
        return written
    exact = seconds(least)
    if written is None:
        return Estimate(exact, exact, exact, "one figure")
    best, likely, worst = (max(exact, p) for p in (written.best, written.likely, written.worst))
    return Estimate(best, likely, worst, written.source, written.runs)


def route(
    runbook: Runbook,
    values: Mapping[str, str] | None = None,
    timings: Mapping[str, Estimate] | None = None,
) -> Route:
    """The way with these parameter values, its lengths from `timings` (by step) where it has any.

    A condition on a parameter without value and default is taken to hold: better a plan that is
    too long. Raises ValueError where a text is no duration.
    """
    known = {
        name: value
        for name, parameter in runbook.parameters.items()
        if (value := (values or {}).get(name, parameter.default)) is not None
    }
    legs: list[Leg] = []
    left_out: list[Step] = []
    chosen: dict[str, str] = {}
    for phase in runbook.phases:
        for step in phase.steps:
            if not _applies(step, known, chosen):
                left_out.append(step)
                continue
            estimate = (timings or {}).get(step.id)
            legs.append(Leg(step, phase, estimate or length_of(step)))
            if isinstance(step, DecisionStep):
                chosen[step.id] = step.options[0].id
    return Route(tuple(legs), chosen, tuple(left_out))


def _applies(step: Step, known: Mapping[str, str], chosen: Mapping[str, str]) -> bool:
    when = step.when
    if when is None:
        return True
    if when.parameter is not None:
        return when.parameter not in known or when.holds(known[when.parameter])
    option = chosen.get(when.decision or "")
    return option is not None and when.holds(option)
