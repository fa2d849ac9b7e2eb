"""Figures that the log keeps: the plan when a run started, the clocks at each decision."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class RehearsalRun(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rehearsal that a live run can look back on."""

    at: datetime
    """When it started."""
    load: str = ""
    """The load that it was held under, in words."""


class Baseline(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The plan in figures as it was when the run started. Never changed: everything later is
    measured against it."""

    plan: float
    """Mean length of the plan in seconds."""
    buffer: float = 0.0
    """Seconds."""
    opens: datetime | None = None
    ends: datetime | None = None
    """The window, in UTC; None where the runbook has none."""
    reserve: float = 0.0
    """Seconds kept free at the window's end."""
    took: dict[str, tuple[float, float, float, int]] = {}
    """By step: best, likely and worst seconds of earlier runs, and how many they were."""
    rehearsals: dict[str, RehearsalRun] | None = None
    """The rehearsals before the run, by their id; None where nobody looked."""
    rehearsed: dict[str, tuple[int, str, str]] = {}
    """By step: how many rehearsals did it as it stood, the last run that did, and the content hash
    that it had there (see `schedule.earlier.meaning_of`). A step that only was another one then
    has a count of 0; one that no rehearsal did is missing."""
    seed: int = 0
    """Of the forecasts' draws, so that each can be made again."""


class Figures(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the clocks said at the moment of a decision."""

    buffer: float | None = None
    """Seconds of buffer left, negative where it is overdrawn; None where none was planned."""
    used: float = 0.0
    """Share of the buffer used, and"""
    done: float = 0.0
    """share of the chain done: the point on the fever chart."""
    ends: datetime | None = None
    """When the run ends, four times out of five."""
    decide_by: datetime | None = None
    """The latest safe rollback."""
    chance: float | None = None
    """Of ending before the window does, without its reserve; 0 to 1."""
