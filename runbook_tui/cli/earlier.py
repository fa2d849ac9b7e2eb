"""Reads what earlier runs of a runbook took from the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from runbook_tui.cli import wiring
from runbook_tui.domain.record import BrokenLogError, LogFailure

if TYPE_CHECKING:
    from runbook_tui.adapters.gitlog import Repository
    from runbook_tui.domain.schedule.earlier import Timing
    from runbook_tui.domain.schedule.estimate import Estimate
    from runbook_tui.formats.load import Loaded

MOST_RUNS = 12
"""Earlier runs that are looked at, the newest first: older ones tell of an older system."""


def lengths(loaded: Loaded, log: str | None) -> Mapping[str, Estimate]:
    """What the steps of a runbook took in the runs of the log, where there is one.

    Raises StopError (2) where a log is named that is none, LogFailure.
    """
    from runbook_tui.domain.plan import Plan
    from runbook_tui.domain.schedule.earlier import estimates

    repo = wiring.existing_repository(log)
    if repo is None:
        return {}
    plan = Plan(loaded.runbook, loaded.digest)
    return estimates(plan, timings(repo, loaded.runbook.id))


def timings(repo: Repository, runbook: str, *, but: str = "") -> tuple[Timing, ...]:
    """What the newest earlier runs of the runbook took, step by step; the run `but` is left out.

    A run that cannot be read is passed over: an upgrade does not wait for an old log to be mended.
    """
    from runbook_tui.cli.runs import summaries
    from runbook_tui.domain.schedule.earlier import timings_of

    found: list[Timing] = []
    looked = 0
    for summary in summaries(repo):
        if summary.runbook != runbook or summary.id == but:
            continue
        looked += 1
        if looked > MOST_RUNS:
            break
        try:
            found += timings_of(wiring.open_session(repo, summary.id).state)
        except (LogFailure, BrokenLogError):
            continue
    return tuple(found)
