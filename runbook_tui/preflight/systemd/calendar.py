"""Calendar events of systemd (``Mon..Fri *-*-1..7 03:00:00 Europe/Berlin``), read.

Source: systemd.time(7), "Calendar events". Dates are year, month, day; `~` counts days from the
month's end; a value or a range may have a repetition.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 400
MOST = 60
"""Values in one component."""
YEARS = (1970, 2199)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = {name[:length]: n for n, name in enumerate(_DAYS) for length in (3, len(name))}
_SHORT = {
    "minutely": "*-*-* *:*:00",
    "hourly": "*-*-* *:00:00",
    "daily": "*-*-* 00:00:00",
    "monthly": "*-*-01 00:00:00",
    "weekly": "Mon *-*-* 00:00:00",
    "yearly": "*-01-01 00:00:00",
    "annually": "*-01-01 00:00:00",
    "anually": "*-01-01 00:00:00",
    "quarterly": "*-01,04,07,10-01 00:00:00",
    "biannually": "*-01,07-01 00:00:00",
    "bi-annually": "*-01,07-01 00:00:00",
    "semiannually": "*-01,07-01 00:00:00",
    "semi-annually": "*-01,07-01 00:00:00",
}
_ZONE = re.compile(r"UTC|[A-Za-z][A-Za-z0-9_+-]{0,31}(?:/[A-Za-z0-9_+-]{1,31}){1,2}")
_WEEKDAYS = re.compile(r"[A-Za-z]{3,9}(?:(?:\.\.|-)[A-Za-z]{3,9})?")
_NUMBER = r"(\d{1,10}(?:\.\d{1,9})?)"
_VALUE = re.compile(rf"{_NUMBER}(?:\.\.{_NUMBER})?(?:/{_NUMBER})?")
MICRO = 1_000_000
_FROM_END = 28
"""Days that can be counted from the end of a month."""


class BadCalendarError(ValueError):
    """An expression that systemd cannot read; the message says why."""


@dataclass(frozen=True)
class Part:
    """A value, or a range (`end`), with its repetition; seconds are in millionths."""

    begin: int
    end: int | None = None
    repeat: int = 0

    def values(self, high: int) -> range:
        """What it stands for, up to `high`."""
        if not self.repeat and self.end is None:
            return range(self.begin, min(self.begin, high) + 1)
        last = high if self.end is None else min(self.end, high)
        return range(self.begin, last + 1, self.repeat or 1)


@dataclass(frozen=True)
class Calendar:
    """What an expression says. An empty component stands for every value of it."""

    text: str
    weekdays: frozenset[int]
    """From 0, Monday. Empty: every day."""
    years: tuple[Part, ...]
    months: tuple[Part, ...]
    days: tuple[Part, ...]
    from_end: bool
    """Whether `days` count from the end of the month, the last one as 1."""
    hours: tuple[Part, ...]
    minutes: tuple[Part, ...]
    seconds: tuple[Part, ...]
    """In millionths of a second."""
    zone: str
    """IANA name or ``UTC``; empty: the machine's own."""


def calendar(text: str) -> Calendar:
    """An expression, read. Raises BadCalendarError."""
    if len(text) > LONGEST:
        raise BadCalendarError("it is too long")
    words = text.split()
    zone = ""
    if len(words) > 1 and _ZONE.fullmatch(words[-1]):
        zone = words.pop()
    if len(words) == 1 and words[0].lower() in _SHORT:
        words = _SHORT[words[0].lower()].split()
    if not words:
        raise BadCalendarError("it is empty")
    if len(words) == 1 and words[0].startswith("@"):
        raise BadCalendarError("a time in seconds since 1970 is not worked out here")
    weekdays, words = _weekdays(words)
    date, clock = "*-*-*", "00:00:00"
    if len(words) > 2:
        raise BadCalendarError(f"there is more than a date and a time: {words[2][:40]!r}")
    if len(words) == 2:
        date, clock = words
    elif words and ":" in words[0]:
        clock = words[0]
    elif words:
        date = words[0]
    years, months, days, from_end = _date(date)
    hours, minutes, seconds = _clock(clock)
    return Calendar(
        text, weekdays, years, months, days, from_end, hours, minutes, seconds, zone
    )  # fmt: skip


def _weekdays(words: list[str]) -> tuple[frozenset[int], list[str]]:
    """The days of the week at the front, with blanks after their commas; and what is left."""
    count = 0
    while count < len(words) and words[count][0].isalpha():
        count += 1
    if not count:
        return frozenset(), words
    found: set[int] = set()
    for item in "".join(words[:count]).rstrip(",").split(","):
        match = _WEEKDAYS.fullmatch(item)
        names = re.split(r"\.\.|-", item.lower())
        if match is None or any(name not in _DAY for name in names):
            raise BadCalendarError(f"{item[:40]!r} is no day of the week")
        first, last = _DAY[names[0]], _DAY[names[-1]]
        if first > last:
            raise BadCalendarError(f"{item[:40]!r} goes backwards")
        found.update(range(first, last + 1))
    return frozenset(found), words[count:]


def _date(text: str) -> tuple[tuple[Part, ...], tuple[Part, ...], tuple[Part, ...], bool]:
    from_end = "~" in text
    fields = re.split(r"[-~]", text)
    if text.count("~") > 1 or (from_end and text.rindex("~") < text.rfind("-")):
        raise BadCalendarError(f"the date {text[:40]!r} cannot be read")
    if len(fields) == 2:
        fields = ["*", *fields]
    if len(fields) != 3:
        raise BadCalendarError(f"the date {text[:40]!r} is not year-month-day")
    years = tuple(_year(part) for part in _parts(fields[0], "year", *YEARS))
    days = _parts(fields[2], "day", 1, _FROM_END if from_end else 31)
    if from_end:
        # systemd counts three days off for every further value of the list, not once.
        for place, part in enumerate(sorted(set(days), key=lambda part: part.begin)):
            if max(part.begin, part.end or 0, part.repeat + 1) > _FROM_END - 3 * place:
                raise BadCalendarError(f"{text[:40]!r} counts too far from the month's end")
    return years, _parts(fields[1], "month", 1, 12), days, from_end


def _year(part: Part) -> Part:
    """Years of two digits: up to 69 of this century, else of the last."""
    begin, end = (_century(n) for n in (part.begin, part.end))
    assert begin is not None
    if begin < YEARS[0] or (end is not None and end > YEARS[1]):
        raise BadCalendarError(f"the year {part.begin} is out of range")
    return Part(begin, end, part.repeat)


def _century(year: int | None) -> int | None:
    if year is None or year >= 100:
        return year
    return year + (2000 if year < 70 else 1900)


def _clock(text: str) -> tuple[tuple[Part, ...], tuple[Part, ...], tuple[Part, ...]]:
    fields = text.split(":")
    if len(fields) == 2:
        fields.append("0")
    if len(fields) != 3:
        raise BadCalendarError(f"the time {text[:40]!r} is not hour:minute:second")
    return (
        _parts(fields[0], "hour", 0, 23),
        _parts(fields[1], "minute", 0, 59),
        _parts(fields[2], "second", 0, 60 * MICRO - 1, MICRO),
    )


def _parts(text: str, name: str, low: int, high: int, scale: int = 1) -> tuple[Part, ...]:
    if text == "*":
        return ()
    items = text.split(",")
    if len(items) > MOST:
        raise BadCalendarError(f"{name}: too many values")
    found = []
    for item in items:
        match = _VALUE.fullmatch(item)
        if match is None:
            raise BadCalendarError(f"{name}: {item[:40]!r} cannot be read")
        begin, end, repeat = match.groups()
        if scale == 1 and "." in begin + (end or "") + (repeat or ""):
            raise BadCalendarError(f"{name}: {item[:40]!r} has a fraction")
        first = _scaled(begin, scale)
        last = _scaled(end, scale) if end else None
        every = _scaled(repeat, scale) if repeat else 0
        if repeat and every < scale:
            raise BadCalendarError(f"{name}: {item[:40]!r} cannot be read")
        if name != "year" and not (low <= first <= high and (last or 0) <= high):
            raise BadCalendarError(f"{name}: {item[:40]!r} is out of range")
        if last is not None and last < first:
            raise BadCalendarError(f"{name}: {item[:40]!r} goes backwards")
        if last is not None and every and first + every > last:
            every, last = 0, None  # systemd: the first value is all there is
        room = first - low if high == _FROM_END else high - first
        if every > high - low or (last is None and every > room):
            raise BadCalendarError(f"{name}: {item[:40]!r} never comes to its repetition")
        found.append(Part(first, last, every))
    return tuple(found)


def _scaled(text: str, scale: int) -> int:
    if scale == 1:
        return int(text)
    whole, _, fraction = text.partition(".")
    digits = fraction.ljust(7, "0")
    return int(whole) * scale + int(digits[:6]) + (digits[6] >= "5")
