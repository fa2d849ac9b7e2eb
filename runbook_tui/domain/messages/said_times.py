"""Times as a message says them: with their zone, and in UTC as well where that is another one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from runbook_tui.domain.messages.times import OFFSETS

STEP = timedelta(minutes=5)
"""Nobody can be told the minute: times in messages are round."""

_FAR, _LONG_AGO = timedelta(hours=12), timedelta(hours=6)


def zone_of(name: str | None) -> tzinfo:
    """The zone of that name; UTC where there is none, or none that this machine knows."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def said_time(when: datetime, zone: tzinfo, now: datetime) -> str:
    """``20:40 CEST (18:40 UTC)``; ``18:40 UTC``; with its date where that is not today, or far off:
    at breakfast nobody knows which 22:00 is meant."""
    local = when.astimezone(zone)
    day = f"{local:%Y-%m-%d} " if _wants_its_day(when, zone, now) else ""
    named = f"{day}{local:%H:%M} {zone_name(local)}"
    if _is_utc(local):
        return named
    utc = when.astimezone(UTC)
    other = f"{utc:%Y-%m-%d} " if day and utc.date() != local.date() else ""
    return f"{named} ({other}{utc:%H:%M} UTC)"


def said_range(start: datetime, end: datetime, zone: tzinfo, now: datetime) -> str:
    """``18:40 and 18:55 UTC``, to stand after “between”; with dates where they are needed."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    dated = _wants_its_day(start, zone, now) or _wants_its_day(end, zone, now)
    if dated or first.utcoffset() != last.utcoffset():
        return f"{said_time(start, zone, now)} and {said_time(end, zone, now)}"
    named = f"{first:%H:%M} and {last:%H:%M} {zone_name(last)}"
    if _is_utc(last):
        return named
    return f"{named} ({start.astimezone(UTC):%H:%M} and {end.astimezone(UTC):%H:%M} UTC)"


def _wants_its_day(when: datetime, zone: tzinfo, now: datetime) -> bool:
    today = when.astimezone(zone).date() == now.astimezone(zone).date()
    return not today or when - now > _FAR or now - when > _LONG_AGO


def zone_name(local: datetime) -> str:
    """What a reader knows the zone by: its abbreviation where that means one thing to everybody.
    Manila's PST does not, nor does Havana's CDT."""
    name = local.tzname() or ""
    minutes = round((local.utcoffset() or timedelta()).total_seconds() / 60)
    if OFFSETS.get(name) == minutes:
        return name
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")


def _is_utc(local: datetime) -> bool:
    return not local.utcoffset() and local.tzname() in ("UTC", "GMT")


def rounded_down(when: datetime) -> datetime:
    """The last full five minutes at or before `when` (aware)."""
    utc = when.astimezone(UTC)
    return utc - timedelta(minutes=utc.minute % 5, seconds=utc.second, microseconds=utc.microsecond)


def rounded_up(when: datetime) -> datetime:
    """The next full five minutes at or after `when` (aware)."""
    down = rounded_down(when)
    return down if down == when else down + STEP
