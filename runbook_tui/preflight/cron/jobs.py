"""A job that starts by itself, wherever it was found, and when it may start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from runbook_tui.domain.findings import Evidence, Remedy

Certainty = Literal["will", "may"]


@dataclass(frozen=True)
class Runs:
    """When a job starts within a window."""

    times: tuple[datetime, ...] = ()
    """UTC, in order: the earliest moment of each start."""
    certain: Certainty = "will"
    why: str = ""
    """What makes it uncertain, or what else there is to say about the times."""
    next: datetime | None = None
    """The next start after now, where it is known."""


Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class Job:
    """A job. `runs` works out its starts in a window; `when` says in words what it goes by."""

    kind: str
    """``cron``, ``anacron``, ``at``, ``timer``, ``run-parts`` or ``application``."""
    subject: str
    """The same for the same job: its file, its time and what it does, without line numbers."""
    title: str
    """What people call it: the timer's name, or the command."""
    text: str
    """What a text of `expected` is looked for in."""
    when: str
    evidence: tuple[Evidence, ...]
    zone: ZoneInfo
    zone_from: str
    """Where the zone is from: ``/etc/timezone``, ``CRON_TZ``, …"""
    runs: Callable[[Window, datetime], Runs]
    notes: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    moves: str = ""
    """How its time is written, so that another can be proposed: ``cron`` or ``timer``."""
    move: Callable[[datetime], Remedy | None] = lambda _slot: None
    """What moves it to a time of its zone's clock; None where that is for a hand."""
    idle: str = ""
    """Why it does not start at all, though it is there; empty where it does."""
    guard: str = ""
    """What it is called by, where it does nothing on a machine that systemd runs: the names of
    its file and its command, one of which a timer with the same purpose has, too."""


@dataclass
class Found:
    """What one look at the files came to."""

    jobs: list[Job] = field(default_factory=list)
    trouble: list[Trouble] = field(default_factory=list)


@dataclass(frozen=True)
class Trouble:
    """Something that could not be read, and so is not known."""

    key: str
    subject: str
    title: str
    evidence: tuple[Evidence, ...]


def slot_after(end: datetime, zone: ZoneInfo) -> datetime:
    """The first full five minutes after a moment, on a zone's clock."""
    local = end.astimezone(zone).replace(second=0, microsecond=0)
    return local + timedelta(minutes=5 - local.minute % 5)
