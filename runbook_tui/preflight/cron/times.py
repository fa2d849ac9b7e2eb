"""When a crontab line is due, with the rule of Debian's cron for clocks that are put on or back.

cron(8), "Special considerations exist when the clock is changed by less than 3 hours": a job at a
fixed time that was jumped over runs right after the change, one whose time comes twice runs the
first time only; a job with ``*`` in minute or hour goes by the clock as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from runbook_tui.preflight.cron.fields import CronTime
from runbook_tui.preflight.cron.zones import jump_over, moments

SOON = timedelta(days=8 * 366 + 2)
"""A 29 February comes within eight years; what does not come until then never does."""
CORRECTION = timedelta(hours=3)
"""A change of the clock from which on cron catches nothing up."""
MOST = 10_000


def due(when: CronTime, zone: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
    """The moments (UTC, in order) from `start` on and before `end`, `MOST` at most."""
    found: set[datetime] = set()
    first = (start.astimezone(zone) - timedelta(days=1)).date()
    last = (end.astimezone(zone) + timedelta(days=1)).date()
    for day in _days(when, first, last):
        found.update(moment for moment in _on_day(when, zone, day) if start <= moment < end)
        if len(found) >= MOST:
            break
    return sorted(found)[:MOST]


def next_run(when: CronTime, zone: ZoneInfo, after: datetime) -> datetime | None:
    """The first moment (UTC) after `after`; None where there is none within eight years."""
    first = (after.astimezone(zone) - timedelta(days=1)).date()
    last = (after + SOON).date()
    best: datetime | None = None
    for day in _days(when, first, last):
        coming = [moment for moment in _on_day(when, zone, day) if moment > after]
        if best is not None:
            return min([best, *coming])
        # A clock put back over midnight: the next day may hold an earlier moment.
        best = min(coming, default=None)
    return best


def _days(when: CronTime, first: date, last: date) -> Iterator[date]:
    if when.reboot:
        return
    day = first
    while day <= last:
        if when.on_day(day.day, day.month, day.isoweekday() % 7):
            yield day
        day += timedelta(days=1)


def _on_day(when: CronTime, zone: ZoneInfo, day: date) -> Iterator[datetime]:
    for hour in sorted(when.hours):
        for minute in sorted(when.minutes):
            wall = datetime.combine(day, time(hour, minute))
            at = moments(wall, zone)
            if not at and not when.wild:
                jump, size = jump_over(wall, zone)
                if size < CORRECTION:
                    yield jump
            elif when.wild or len(at) < 2 or at[1] - at[0] >= CORRECTION:
                yield from at
            else:
                yield at[0]


def words(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as the job's own clock shows it, and in UTC where that is another."""
    local = moment.astimezone(zone)
    utc = moment.astimezone(UTC)
    if local.utcoffset() == timedelta(0):
        return f"{utc:%Y-%m-%d %H:%MZ}"
    return f"{local:%Y-%m-%d %H:%M %Z} ({utc:%H:%MZ})"
