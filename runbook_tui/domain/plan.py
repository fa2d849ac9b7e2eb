"""A runbook with its lookups: where a step stands, what phase it is in, what waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from runbook_tui.domain.runbook import GateStep, Phase, Runbook, Step, StepBase


@dataclass(frozen=True)
class Plan:
    """A runbook under its content hash."""

    runbook: Runbook
    digest: str

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in order."""
        return tuple(step for phase in self.runbook.phases for step in phase.steps)

    @cached_property
    def by_id(self) -> Mapping[str, Step]:
        """Steps by their id."""
        return {step.id: step for step in self.steps}

    @cached_property
    def position(self) -> Mapping[str, int]:
        """The place of each step in the order, from 0."""
        return {step.id: n for n, step in enumerate(self.steps)}

    @cached_property
    def phase_of(self) -> Mapping[str, Phase]:
        """The phase of each step."""
        return {step.id: phase for phase in self.runbook.phases for step in phase.steps}

    @cached_property
    def gates(self) -> tuple[GateStep, ...]:
        """The gates, in order."""
        return tuple(step for step in self.steps if isinstance(step, GateStep))

    @cached_property
    def dependents(self) -> Mapping[str, tuple[str, ...]]:
        """For each step the steps that need it, or hang on the option chosen in it."""
        found: dict[str, list[str]] = {}
        for step in self.steps:
            wanted = set(step.needs)
            if step.when is not None and step.when.decision is not None:
                wanted.add(step.when.decision)
            for need in wanted:
                found.setdefault(need, []).append(step.id)
        return {need: tuple(ids) for need, ids in found.items()}


MEANING = (
    "kind",
    "style",
    "items",
    "verify",
    "observe",
    "needs",
    "role",
    "approval",
    "evidence",
    "mutates",
    "effects",
    "compensation",
    "when",
    "point_of_no_return",
    "run",
    "question",
    "options",
    "criteria",
    "duration",
    "until",
    "condition",
    "audience",
    "draft",
    "checks",
    "metrics",
    "soak",
)
"""The fields of a step that change what it does or asks for; words, estimates and timers do not."""


def same_meaning(before: StepBase, after: StepBase) -> bool:
    """Whether a step still does and asks for the same."""
    return all(getattr(before, name, None) == getattr(after, name, None) for name in MEANING)
