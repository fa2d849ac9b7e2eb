"""Timers: what triggers them, and when that is in a window.

Source: systemd.timer(5).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from runbook_tui.preflight.cron.jobs import Runs, Window
from runbook_tui.preflight.cron.zones import zone_named
from runbook_tui.preflight.systemd.calendar import BadCalendarError, Calendar, calendar
from runbook_tui.preflight.systemd.calendar_times import due, elapses
from runbook_tui.preflight.systemd.spans import span
from runbook_tui.preflight.systemd.unit_files import Setting

_AFTER = {
    "OnActiveSec": "after the timer is started",
    "OnBootSec": "after the machine starts",
    "OnStartupSec": "after systemd starts",
    "OnUnitActiveSec": "after its unit was started last",
    "OnUnitInactiveSec": "after its unit ended last",
}
_REPEATS = ("OnUnitActiveSec", "OnUnitInactiveSec")
_YES = frozenset({"1", "yes", "y", "true", "t", "on"})
ACCURACY = timedelta(minutes=1)
"""AccuracySec where a timer does not say."""


@dataclass
class Timer:
    """What the files of a timer say, drop-ins in their order."""

    calendars: list[tuple[Calendar, Setting]] = field(default_factory=list)
    spans: list[tuple[str, timedelta, Setting]] = field(default_factory=list)
    bad: list[tuple[Setting, str]] = field(default_factory=list)
    unit: str = ""
    delay: timedelta = timedelta(0)
    accuracy: timedelta = ACCURACY
    persistent: bool = False
    installable: bool = False
    """Whether it can be enabled: it has an ``[Install]`` section with something in it."""

    @property
    def when(self) -> str:
        """Its triggers in words."""
        words = [event.text for event, _ in self.calendars]
        words += [f"{setting.value} {_AFTER[key]}" for key, _, setting in self.spans]
        return ", ".join(words) or "nothing"

    @property
    def triggers(self) -> list[Setting]:
        """The settings that say when, and those that cannot be read."""
        settings = [setting for _, setting in self.calendars]
        settings += [setting for _, _, setting in self.spans]
        return settings + [setting for setting, _ in self.bad]


def timer(settings: Iterable[Setting]) -> Timer:
    """A timer from its settings, those of drop-ins after its own."""
    read = Timer()
    for setting in settings:
        if setting.section == "Install" and setting.value:
            read.installable = True
        if setting.section == "Timer":
            _take(read, setting)
    return read


def _take(read: Timer, setting: Setting) -> None:
    key, value = setting.key, setting.value
    if key == "OnCalendar" or key in _AFTER:
        if not value:  # takes all triggers back, of every kind
            read.calendars, read.spans, read.bad = [], [], []
        elif key == "OnCalendar":
            try:
                event = calendar(value)
                if event.zone and zone_named(event.zone) is None:
                    raise BadCalendarError(f"there is no time zone {event.zone!r}")
                read.calendars.append((event, setting))
            except BadCalendarError as error:
                read.bad.append((setting, str(error)))
        elif (length := span(value)) is None:
            read.bad.append((setting, "it is no time span"))
        else:
            read.spans.append((key, length, setting))
    elif key == "Unit":
        read.unit = value
    elif key == "Persistent":
        read.persistent = value.lower() in _YES
    elif key == "RandomizedDelaySec":
        read.delay = span(value) or timedelta(0)
    elif key == "AccuracySec":
        read.accuracy = span(value) or ACCURACY


def runs(read: Timer, zone: ZoneInfo, window: Window, now: datetime) -> Runs:
    """When a timer starts its unit in a window. Times are those of the calendar: the earliest
    moment of each start, which the timer's random delay can put off.
    """
    start, end = window
    slack = read.delay + read.accuracy
    times: set[datetime] = set()
    certain = False
    coming: list[datetime] = []
    for event, _ in read.calendars:
        own = zone_named(event.zone) if event.zone else None
        found = due(event, own or zone, start - slack, end)
        certain = certain or any(start <= t and t + read.delay < end for t in found)
        times.update(found)
        following = next(elapses(event, own or zone, now), None)
        coming += [following] if following is not None else []
    why = f"up to {_words(read.delay)} later" if read.delay else ""
    follows = min(coming, default=None)
    if times:
        return Runs(tuple(sorted(times)), "will" if certain else "may", why, follows)
    every = [length for key, length, _ in read.spans if key in _REPEATS and length]
    if every and min(every) <= end - start:
        return Runs((), "will", f"every {_words(min(every))}", follows)
    if read.spans:
        return Runs((), "may", "its files do not tell when it ran last", follows)
    return Runs(next=follows)


def _words(length: timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    if minutes < 1:
        return f"{length.total_seconds():g} s"
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes / 60:.4g} h"
