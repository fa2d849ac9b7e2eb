"""Until when something that is left over may stay: as people type it."""

from __future__ import annotations

from datetime import UTC, datetime

from runbook_tui.domain.ahead import LONGEST, ahead
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.rules import Refusal

_NO_END = Refusal(
    "until when may it stay? 30d from now, a day, or a time with its zone",
    "such as 2026-05-08 or 2026-05-08T18:00Z",
)


def accepted_until(text: str, at: Moment) -> datetime | Refusal:
    """A length from now, a day (its end, in UTC), or a time with its zone."""
    until = ahead(text, at)
    if until is None:
        return _NO_END
    if until <= at.utc:
        return Refusal("that date is past", "until when may it stay?")
    if until - at.utc > LONGEST:
        return Refusal("that is for ever", "give it an end within ten years, or a ticket")
    return until.astimezone(UTC).replace(microsecond=0)
