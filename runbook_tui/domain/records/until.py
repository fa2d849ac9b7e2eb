"""When a decision is to be looked at again: as people type it."""

from __future__ import annotations

from datetime import UTC, datetime

from runbook_tui.domain.ahead import LONGEST, ahead
from runbook_tui.domain.moment import Moment, shifted
from runbook_tui.domain.rules import Refusal

EXAMPLES = "14d from now, a day such as 2026-05-08, or a time with its zone"
_NO_DATE = Refusal(f"when? {EXAMPLES}", "such as 14d, 2026-05-08 or 2026-05-08T18:00Z")


def date_refusal(when: datetime | None, now: Moment, what: str) -> Refusal | None:
    """Why a date ahead cannot be that: it has no zone, is past, or is never."""
    if when is None:
        return None
    if when.tzinfo is None:
        return Refusal(f"{what}: whose time is it?", "give it its zone, or a Z")
    if when <= now.utc:
        return Refusal(f"{what}: that is past", EXAMPLES)
    if when > shifted(now.utc, LONGEST.total_seconds()):
        return Refusal(f"{what}: that is for ever", "give a date within ten years")
    return None


def date_ahead(text: str, now: Moment, what: str) -> datetime | Refusal:
    """A length from now, a day (its end, in UTC), or a time with its zone."""
    when = ahead(text, now)
    if when is None:
        return _NO_DATE
    return date_refusal(when, now, what) or when.astimezone(UTC).replace(microsecond=0)
