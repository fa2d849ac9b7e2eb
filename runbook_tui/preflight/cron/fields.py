"""The time fields of a crontab line, as Debian's cron reads them.

Sources: crontab(5) of cron 3.0pl1, and what its `crontab` program accepts and refuses; crontab(5)
of cronie for `~` and for a `-` before the minute. What neither takes (``L``, ``?``, ``5/15``) is
refused here, too: cron would not run such a line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_FIELD = 400
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NAMES = {
    "month": {name: number for number, name in enumerate(_MONTHS, 1)},
    "day of week": {name: number for number, name in enumerate(_DAYS)},
}
_FIELDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of month", 1, 31),
    ("month", 1, 12),
    ("day of week", 0, 7),
)
_NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_ELEMENT = re.compile(r"(\*|\w{1,9})(?:([-~])(\w{1,9}))?(?:/(\d{1,9}))?")


class BadTimeError(ValueError):
    """A time that cron cannot read; the message says which field, and why."""


@dataclass(frozen=True)
class CronTime:
    """When a line is due. Days of the week from 0, Sunday, to 6."""

    text: str
    minutes: frozenset[int] = frozenset()
    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    either_day: bool = False
    """Whether one of day of month and day of week is enough: where neither begins with ``*``."""
    wild: bool = False
    """Whether minute or hour begin with ``*``: such jobs go by the clock where it is changed."""
    random: bool = False
    """Whether cron picks the moment out of a range (``~``)."""
    reboot: bool = False

    def on_day(self, day: int, month: int, weekday: int) -> bool:
        """Whether it is due on a day; `weekday` from 0, Sunday."""
        if month not in self.months:
            return False
        if self.either_day:
            return day in self.days or weekday in self.weekdays
        return day in self.days and weekday in self.weekdays


def cron_time(text: str) -> CronTime:
    """Five fields, or a nickname like ``@daily``. Raises BadTimeError."""
    text = " ".join(text.split())
    if text == "@reboot":
        return CronTime(text, reboot=True)
    if text.startswith("@") and text not in _NICKNAMES:
        raise BadTimeError(f"{text[:40]} is no time that cron knows")
    fields = _NICKNAMES.get(text, text).removeprefix("-").split(" ")
    if len(fields) != len(_FIELDS):
        raise BadTimeError(f"it has {len(fields)} time fields instead of 5")
    read = [_field(field, *kind) for field, kind in zip(fields, _FIELDS, strict=True)]
    starred = [field.startswith("*") for field in fields]
    minutes, hours, days, months, weekdays = read
    return CronTime(
        text,
        minutes,
        hours,
        days,
        months,
        frozenset(day % 7 for day in weekdays),
        either_day=not starred[2] and not starred[4],
        wild=starred[0] or starred[1],
        random="~" in text,
    )


def _field(text: str, name: str, low: int, high: int) -> frozenset[int]:
    if len(text) > LONGEST_FIELD:
        raise BadTimeError(f"{name}: too long")
    found: set[int] = set()
    for element in text.split(","):
        match = _ELEMENT.fullmatch(element)
        if match is None:
            raise BadTimeError(f"{name}: {element[:40]!r} cannot be read")
        first, between, last, step = match.groups()
        if first == "*":
            begin, end = low, high
            if between:
                raise BadTimeError(f"{name}: {element[:40]!r} cannot be read")
        else:
            begin = _number(first, name, low, high)
            end = _number(last, name, low, high) if last else begin
        if step is not None and (not int(step) or (first != "*" and between != "-")):
            # `5/15` means something elsewhere; cron refuses it.
            raise BadTimeError(f"{name}: {element[:40]!r} has a step that cron does not take")
        if begin > end:
            # Debian's cron never runs it, cronie refuses it.
            raise BadTimeError(f"{name}: {element[:40]!r} goes backwards, so it is never due")
        found.update(range(begin, end + 1, int(step) if step else 1))
    return frozenset(found)


def _number(text: str, name: str, low: int, high: int) -> int:
    names = _NAMES.get(name, {})
    if text.lower() in names:
        return names[text.lower()]
    if not (text.isascii() and text.isdigit()):
        raise BadTimeError(f"{name}: {text[:40]!r} is no number")
    if not low <= int(text) <= high:
        raise BadTimeError(f"{name}: {text} is not between {low} and {high}")
    return int(text)
