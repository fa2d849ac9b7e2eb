"""Until when something that is left over may stay: as people type it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from runbook_tui.domain.moment import Moment
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.units import is_duration, seconds

LONGEST = timedelta(days=3660)
_NO_END = Refusal(
    "until when may it stay? 30d from now, a day, or a time with its zone",
    "such as 2026-05-08 or 2026-05-08T18:00Z",
)


def accepted_until(text: str, at: Moment) -> datetime | Refusal:
    """A length from now, a day (its end, in UTC), or a time with its zone."""
    text = text.strip()
    if is_duration(text):
        length = min(seconds(text), 2 * LONGEST.total_seconds())
        until = at.utc + timedelta(seconds=length)
    else:
        try:
            until = datetime.fromisoformat(text)
        except ValueError:
            return _NO_END
        if until.tzinfo is None:
            if len(text) > len("2026-05-08"):
                return _NO_END  # whose six o'clock is it?
            until = until.replace(hour=23, minute=59, second=59, tzinfo=UTC)
    if until <= at.utc:
        return Refusal("that date is past", "until when may it stay?")
    if until > at.utc + LONGEST:
        return Refusal("that is for ever", "give it an end within ten years, or a ticket")
    return until.astimezone(UTC).replace(microsecond=0)
