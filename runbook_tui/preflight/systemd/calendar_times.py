"""When a calendar event of systemd comes.

A time that clocks jump over does not come; one that they show twice comes the first time only
(as `systemd-analyze calendar` of systemd 252 answers).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from runbook_tui.preflight.cron.zones import moments
from runbook_tui.preflight.systemd.calendar import MICRO, YEARS, Calendar, Part


def elapses(event: Calendar, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """The moments (UTC, in order) after `after`. `zone`: the event's own, or the machine's.

    Ends by itself only where the event has a last year; the caller stops.
    """
    start = after.astimezone(zone).replace(tzinfo=None) - timedelta(days=1)
    hours, minutes = _values(event.hours, 0, 23), _values(event.minutes, 0, 59)
    seconds = _values(event.seconds, 0, 60 * MICRO - 1, MICRO)
    for day in _days(event, start.date()):
        on_day = set()
        for hour in hours:
            if datetime.combine(day, time(hour, 59, 59)) < start:
                continue
            for minute in minutes:
                for second in seconds:
                    wall = datetime.combine(day, time(hour, minute, second // MICRO))
                    at = moments(wall, zone)
                    if at:
                        on_day.add(at[0] + timedelta(microseconds=second % MICRO))
        yield from sorted(moment.astimezone(UTC) for moment in on_day if moment > after)


def due(
    event: Calendar, zone: ZoneInfo, start: datetime, end: datetime, most: int = 10_000
) -> list[datetime]:
    """The moments (UTC, in order) from `start` on and before `end`."""
    found: list[datetime] = []
    for moment in elapses(event, zone, start - timedelta(microseconds=1)):
        if moment >= end or len(found) >= most:
            break
        found.append(moment)
    return found


def _values(parts: Sequence[Part], low: int, high: int, every: int = 1) -> Sequence[int]:
    if not parts:
        return range(low, high + 1, every)
    return sorted({value for part in parts for value in part.values(high)})


def _days(event: Calendar, first: date) -> Iterator[date]:
    months = _values(event.months, 1, 12)
    for year in _values(event.years, first.year, YEARS[1]):
        if year < first.year:
            continue
        for month in months:
            if (year, month) < (first.year, first.month):
                continue
            for day in _month_days(event, year, month):
                found = date(year, month, day)
                if found >= first and (not event.weekdays or found.weekday() in event.weekdays):
                    yield found


def _month_days(event: Calendar, year: int, month: int) -> Sequence[int]:
    last = monthrange(year, month)[1]
    if not event.from_end:
        return _values(event.days, 1, last)
    if not event.days:
        return range(1, last + 1)
    found: set[int] = set()
    for part in event.days:
        # Counted from the end: `~3` is the third last day, `~7/1` the last seven, `~3..1`'s
        # reading is systemd's: both ends turned round.
        begin = last + 1 - part.begin
        if part.end is not None:
            first = last + 1 - part.end
            found.update(range(first, begin + 1, part.repeat or 1))
        elif part.repeat:
            found.update(range(begin, last + 1, part.repeat))
        else:
            found.add(begin)
    return sorted(day for day in found if 1 <= day <= last)
