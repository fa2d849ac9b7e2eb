"""What is said of rehearsals, the same words everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from runbook_tui.domain.schedule.rehearsals import Rehearsals, Rehearsed
from runbook_tui.domain.text import safe_line

LONGEST_LOAD = 60
"""Letters of a load that stand in a line."""
MOST_NAMED = 8
"""Steps without rehearsal that are named."""
MOST_RUNS = 3
"""Rehearsals that are named, the newest first."""


def rehearsed_text(known: Rehearsed) -> str:
    """Whether a step was rehearsed: when, under what load, with which content."""
    if known.how == "never":
        return "not rehearsed"
    if known.how == "changed since":
        return f"not rehearsed: changed since {_day(known.at)} (was {known.meaning[:7]})"
    times = "once" if known.times == 1 else f"{known.times} times"
    content = f"content {known.meaning[:7]}"
    return f"rehearsed {times}, last {_day(known.at)}, {_load(known.load)} · {content}"


def rehearsals_text(known: Rehearsals) -> list[tuple[str, str]]:
    """The rehearsals before a live run: a name and what is said of it, line by line."""
    if len(known.never) == len(known.steps):
        return [("rehearsed", "none of the steps")]
    lines = [("rehearsed", f"{known.rehearsed} of {len(known.steps)} steps as they stand now")]
    for run, held in list(known.runs.items())[:MOST_RUNS]:
        lines.append(("", f"{_day(held.at)}  {_load(held.load)}  {safe_line(run)}"))
    if known.changed:
        lines.append(("changed", f"since: {_named(known.changed)}"))
    if known.never:
        lines.append(("never", _named(known.never)))
    return lines


def _named(steps: Sequence[str]) -> str:
    more = f" and {len(steps) - MOST_NAMED} more" if len(steps) > MOST_NAMED else ""
    return ", ".join(steps[:MOST_NAMED]) + more


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at is not None else "then"


def _load(load: str) -> str:
    return f"under {safe_line(load, LONGEST_LOAD)}" if load else "under a load nobody stated"
