"""The window as two moments: when it opens and when it ends, on the day that counts.

A clock that is set forward leaves a gap, one that is set back shows times twice. A time in a gap
means the moment after the gap. A time that is shown twice means the earlier one where the window
starts and the later one where it ends: the window is what people read into it, and never shorter
than the clock on the wall says. (What `datetime` calls `fold`: PEP 495.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from runbook_tui.domain.runbook import Window
from runbook_tui.domain.units import seconds

_TIME = re.compile(
    r"(?:(\d{4})-(\d{2})-(\d{2})[T ])?(\d{2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})?"
)
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
_LOOK_AHEAD = 8
"""Days. A day has no window where all of it lies in a gap: that never happens so often in a row."""


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """A window on a certain day. `start` and `end` are aware UTC, and `end` is later."""

    start: datetime
    end: datetime
    reserve: float = 0.0
    """Seconds kept free at its end."""

    @property
    def length(self) -> float:
        """Seconds from start to end, reserve included."""
        return (self.end - self.start).total_seconds()

    def is_open(self, at: datetime) -> bool:
        """Whether `at` (aware) lies in it; its end does not."""
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class _Clock:
    """A time as written: on a day or on every day, and whose clock shows it."""

    day: date | None
    time: time
    zone: tzinfo

    def on(self, day: date) -> datetime:
        """What the clock on the wall shows then; naive. Raises OverflowError."""
        return datetime.combine(self.day or day, self.time)


def resolved(window: Window, at: datetime) -> OpenWindow:
    """The window as it is at the moment `at` (aware).

    Dated times are themselves. Times without a date mean the window that is open at that moment,
    else the next one to open; they may run past midnight. A window without dates that a gap
    swallows whole is left out on that day.

    Raises ValueError for a window that `lint` refuses: no such time or zone, no offset and no zone,
    a date on one side only, an end that is not after its start.
    """
    start = _clock(window.start, window.zone)
    end = _clock(window.end, window.zone)
    reserve = seconds(window.reserve) if window.reserve is not None else 0.0
    if (start.day is None) != (end.day is None):
        raise ValueError("only one end of the window has a date")
    try:
        if start.day is not None and end.day is not None:
            first = _moment(start.on(start.day), start.zone, last=False)
            last = _moment(end.on(end.day), end.zone, last=True)
            if last <= first:
                raise ValueError("the window ends before it starts")
            return OpenWindow(first, last, reserve)
        today = at.astimezone(start.zone).date()
        for days in range(-2, _LOOK_AHEAD):
            first, last = _on(start, end, today + days * _DAY)
            if first < last and at < last:
                return OpenWindow(first, last, reserve)
    except OverflowError:
        raise ValueError("no calendar goes as far as this window") from None
    raise ValueError("the window opens on no day")


def zone_named(name: str) -> tzinfo:
    """The IANA zone `name`. Raises ValueError where this machine does not know it.

    Names that mean another thing on every machine (``localtime``, ``posix/…``, ``right/…``) are
    refused too: what a runbook says must be the same for everybody.
    """
    from zoneinfo import ZoneInfo

    if name.startswith(("posix/", "right/")) or name in ("localtime", "posixrules", "Factory"):
        raise ValueError(f"{name} is not the same zone on every machine")
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        raise ValueError(f"there is no time zone {name}") from None


def _clock(text: str, zone: str | None) -> _Clock:
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"not a time of a window: {text!r}")
    year, month, day, hour, minute, second, offset = match.groups()
    on = date(int(year), int(month), int(day)) if year is not None else None
    shown = time(int(hour), int(minute), int(second or 0))
    if offset == "Z":
        return _Clock(on, shown, UTC)
    if offset is not None:
        return _Clock(on, shown, time.fromisoformat(f"00:00{offset}").tzinfo or UTC)
    if zone is None:
        raise ValueError(f"{text} has no offset, and the window no zone")
    return _Clock(on, shown, zone_named(zone))


def _on(start: _Clock, end: _Clock, day: date) -> tuple[datetime, datetime]:
    """Both moments of the window that starts on `day` by the clock of its start."""
    shown = start.on(day)
    first = _moment(shown, start.zone, last=False)
    # By what the clock shows, not by moments: a night in which it is set has no 24 hours.
    there = shown if end.zone == start.zone else first.astimezone(end.zone).replace(tzinfo=None)
    until = end.on(there.date())
    if until <= there:
        until += _DAY
    return first, _moment(until, end.zone, last=True)


def _moment(shown: datetime, zone: tzinfo, *, last: bool) -> datetime:
    """The moment at which the clock of `zone` shows the naive time `shown`, in UTC."""
    one, other = (shown.replace(tzinfo=zone, fold=n).astimezone(UTC) for n in (0, 1))
    if one <= other:  # the same, or shown twice
        return other if last else one
    # A gap: `other` lies before it, `one` after it. Its end is where the offset changes.
    before, after = other.replace(microsecond=0), one
    offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
