"""Moments ahead as people type them: a length from now, a day, or a time with its zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from runbook_tui.domain.moment import Moment, shifted
from runbook_tui.domain.units import is_duration, seconds

LONGEST = timedelta(days=3660)
"""What is further ahead is never."""


def ahead(text: str, now: Moment) -> datetime | None:
    """A length from now, a day (its end, in UTC), or a time with its zone: aware. None where it is
    none of them; a time of day without its zone is none, for whose six o'clock is it?"""
    text = text.strip()
    if is_duration(text):
        return shifted(now.utc, min(seconds(text), 2 * LONGEST.total_seconds()))
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    if when.tzinfo is not None:
        return when
    if len(text) > len("2026-05-08"):
        return None
    return when.replace(hour=23, minute=59, second=59, tzinfo=UTC)
