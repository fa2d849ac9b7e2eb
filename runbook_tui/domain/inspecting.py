"""Checks to run and what came of them, as plain data between the run and the inspector."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from runbook_tui.domain.checks.every import CheckConfig
from runbook_tui.domain.findings import CheckResult, Remedy
from runbook_tui.domain.preflight_events import Remedied


@dataclass(frozen=True)
class Wanted:
    """A check to run: its name in the runbook, and what it looks at, parameters in place."""

    name: str
    config: CheckConfig


@dataclass(frozen=True)
class Surroundings:
    """What checks are told of the run."""

    folder: str
    """The runbook's folder, absolute."""
    now: datetime
    window: tuple[datetime, datetime] | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Looked:
    """What one check came to. `digest`: the fingerprint of what it looked at."""

    name: str
    result: CheckResult
    digest: str


@dataclass(frozen=True)
class Applied:
    """How a remedy ended; in words why, where it is not done."""

    outcome: Remedied
    summary: str = ""


class Inspector(Protocol):
    """Looks, and applies remedies. See `runbook_tui.cli.inspection`."""

    async def look(
        self,
        wanted: Sequence[Wanted],
        around: Surroundings,
        done: Callable[[Looked], None],
        tell: Callable[[str, str], None],
    ) -> None:
        """Runs checks side by side. `done` is told of each as it ends, `tell` (name, words) how far
        one is. Cancelled, it ends what runs and leaves nothing behind. Never raises for what a
        check does: that is a finding.
        """

    async def apply(self, remedy: Remedy, *, undo: bool = False) -> Applied:
        """Does what a remedy says, or takes it back."""
