"""When a wait step is over."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from runbook_tui.domain.moment import Moment
from runbook_tui.domain.runbook import WaitStep
from runbook_tui.domain.schedule.polling import asked
from runbook_tui.domain.state import RunState
from runbook_tui.domain.units import seconds

_ZONED = re.compile(
    r"(?:(\d{4})-(\d{2})-(\d{2})[T ])?(\d{2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})"
)


def next_time(zoned: str, after: datetime) -> datetime:
    """The moment that a `ZonedTime` names: itself where it has a date, else the first one at or
    after `after` (aware), to the second. Raises ValueError where there is no such time.
    """
    match = _ZONED.fullmatch(zoned)
    if match is None:
        raise ValueError(f"not a time with its zone: {zoned!r}")
    year, month, day, hour, minute, second, zone = match.groups()
    offset = timedelta()
    if zone != "Z":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
        offset = -offset if zone[0] == "-" else offset
    clock = time(int(hour), int(minute), int(second or 0), tzinfo=UTC)
    try:
        if year is not None:
            return datetime.combine(date(int(year), int(month), int(day)), clock) - offset
        local_after = after.astimezone(UTC) + offset
        local = datetime.combine(local_after.date(), clock)
        if local < local_after.replace(microsecond=0):
            local += timedelta(days=1)
        return local - offset
    except OverflowError:
        raise ValueError(f"no calendar goes as far as {zoned!r}") from None


def time_left(state: RunState, step: WaitStep, now: Moment) -> float:
    """Seconds until a wait for a length or a time is over; 0.0 when it is. Never negative.

    A length runs from the start of the step; a time without a date is the first one after it.
    """
    started = state.of(step.id).started
    if started is None:
        return 0.0
    if step.duration is not None:
        return max(0.0, seconds(step.duration) - state.between(started, now))
    if step.until is not None:
        # A clock that was ahead when the wait began must not make it wait for another day.
        begun = min(started.utc, state.boots.corrected(started))
        return max(0.0, (next_time(step.until, begun) - now.utc).total_seconds())
    return 0.0


def waits_text(step: WaitStep) -> str:
    """What a wait step waits for."""
    if step.duration is not None:
        return f"for {step.duration}"
    if step.until is not None:
        return f"until {step.until}"
    if step.condition is not None:
        return f"until it holds, {asked(step.condition)}"
    return "for nothing"
