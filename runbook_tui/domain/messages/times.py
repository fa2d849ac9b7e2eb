"""The times that a message names: where, with which zone, and when that is."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_CLOCK = re.compile(
    r"(?ix)(?<![\d:.,/])(?<![A-SU-Z_])"  # T: 2026-11-25T14:30
    r"(?:(?P<hour>[01]?\d|2[0-4])[:](?P<minute>[0-5]\d)(?::[0-5]\d)?(?:\s?(?P<half>[ap]\.?m\b\.?))?"
    r"|(?P<hour12>1[0-2]|0?[1-9])\s?(?P<half12>[ap]\.?m\b\.?)"
    r"|(?P<word>noon|midnight)\b)"
    r"(?![\d:])(?!\.\d)"
)
OFFSETS = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 60, "CET": 60, "CEST": 120, "EET": 120,
    "EEST": 180, "MSK": 180, "EST": -300, "EDT": -240, "CDT": -300, "MST": -420, "MDT": -360,
    "PST": -480, "PDT": -420, "AKST": -540, "AKDT": -480, "HST": -600, "JST": 540, "KST": 540,
    "AEST": 600, "AEDT": 660, "ACST": 570, "AWST": 480, "NZST": 720, "NZDT": 780, "SGT": 480,
    "HKT": 480, "SAST": 120, "BRT": -180, "WAT": 60, "CAT": 120, "EAT": 180, "PKT": 300,
    "WIB": 420, "WITA": 480, "WIT": 540, "ACDT": 630, "NST": -210, "NDT": -150, "IDT": 180,
}  # fmt: skip
"""Minutes east of UTC, by the abbreviations of the IANA time zone database that mean one thing."""
AMBIGUOUS = {
    "CST": "North America's or China's", "IST": "India's, Ireland's or Israel's",
    "BST": "Britain's or Bangladesh's", "AST": "the Atlantic's or Arabia's",
    "ET": "EST or EDT", "CT": "CST or CDT", "MT": "MST or MDT", "PT": "PST or PDT",
    "local time": "whose", "our time": "whose", "server time": "whose",
}  # fmt: skip
_NAMES = sorted(map(re.escape, (*OFFSETS, *AMBIGUOUS)), key=len, reverse=True)
# A minus by itself is a range far more often than an offset: 09:00-10:30.
_ZONE = re.compile(
    r"\s*\(?(?:(?P<offset>(?:(?:UTC|GMT)\s?[+\u2212-]|\+)(?:0\d|1[0-4]|\d)(?::?[0-5]\d)?)(?!\d)"
    r"|(?P<iana>(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)"
    r"/[A-Za-z_]+(?:/[A-Za-z_]+)?)"
    rf"|(?P<name>{'|'.join(_NAMES)})"
    r"(?![A-Za-z]))"
)
_DAY = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)(?:[T ,]|,? at )\s?$")
_TOMORROW = re.compile(r"(?i)\btomorrow\b")
_OTHER_DAY = re.compile(
    r"(?i)\b(?:yesterday|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may(?= \d)|(?<=\d )may|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
    r"|next (?:week|month)|\d{1,2}[./]\d{1,2}[./]?)(?!\w)"
)
_A_DAY = timedelta(days=1)
_AHEAD = timedelta(hours=4)
"""The middle of what a time without a day may be, from now."""
_NEAR = 40
"""Characters before and after a time in which its day is looked for."""
_TO = re.compile(r"(?i)\s*(?:[-\u2013\u2014]|to|and|until|till|or)\s*$")
_UNTIL = re.compile(r"(?i)\s*(?:[-\u2013\u2014]|to|and|until|till)\s*")
_SAME = re.compile(r"\s*[(/]\s*")
"""Between two times that are one, in two zones: ``20:40 CEST (18:40 UTC)``."""


@dataclass(frozen=True)
class Named:
    """One time of day in a text."""

    start: int
    end: int
    said: str
    zone: str
    """As written; empty where there is none."""
    ambiguous: str = ""
    """What the zone could mean, where that is more than one thing."""
    at: datetime | None = None
    """In UTC; None where that is not known."""


def named_times(text: str, now: datetime) -> tuple[Named, ...]:
    """The times of day in a text, in order. `now` is aware; a time without a day is the one that is
    at most eight hours past or sixteen ahead: messages speak of what is to come."""
    clocks: list[re.Match[str]] = []
    zones: list[re.Match[str] | None] = []
    for clock in _CLOCK.finditer(text):
        before = zones[-1] if zones else None
        if before is None or clock.start() >= before.end():  # else it is an offset's own 01:00
            clocks.append(clock)
            zones.append(_ZONE.match(text, clock.end()))
    for number in range(len(clocks) - 2, -1, -1):
        # "14:00 to 15:00 UTC": the zone stands for both.
        between = text[clocks[number].end() : clocks[number + 1].start()]
        if zones[number] is None and len(between) < 24 and _TO.match(_without_day(between)):
            zones[number] = zones[number + 1]
    named: list[Named] = []
    for clock, zone in zip(clocks, zones, strict=True):
        found = _named(text, clock, zone, now)
        named.append(_beside(text, named[-1], found) if named else found)
    return tuple(named)


def _has_day(found: Named) -> bool:
    return found.said[4:5] == "-"


def _beside(text: str, before: Named, found: Named) -> Named:
    """A time without a day that belongs to the one before it: the same once more in another zone is
    on its day, whatever day it is now; the end of a range follows its beginning."""
    between = text[before.end : found.start]
    if found.at is None or _has_day(found) or not before.zone or before.ambiguous:
        return found
    if _SAME.fullmatch(between):
        if before.at is None:
            return replace(found, at=None)
        days = round((before.at - found.at) / _A_DAY)
        return replace(found, at=found.at + days * _A_DAY)
    if before.at is not None and len(between) < 24 and _UNTIL.fullmatch(between):
        days = math.ceil((before.at - found.at) / _A_DAY)
        return replace(found, at=found.at + days * _A_DAY)
    return found


def _without_day(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d[T ,]?", "", text)


def _named(text: str, clock: re.Match[str], zone: re.Match[str] | None, now: datetime) -> Named:
    own = zone is not None and zone.start() == clock.end()
    end = zone.end() if zone is not None and own else clock.end()
    written = zone.group().strip(" (") if zone is not None else ""
    ambiguous = AMBIGUOUS.get(written, "")
    where = None if zone is None or ambiguous else _zone(zone)
    day = _DAY.search(text, max(0, clock.start() - 16), clock.start())
    at = None if where is None else _at(clock, where, day["day"] if day else "", now)
    if at is not None and day is None:
        at = _on_its_day(at, where, _around(text, clock.start(), end), now)
    start = day.start() if day else clock.start()
    return Named(start, end, text[start:end], written, ambiguous, at)


def _around(text: str, start: int, end: int) -> str:
    """What stands beside a time, in its own sentence."""
    before = _SENTENCE_ENDS.split(text[max(0, start - _NEAR) : start])[-1]
    after = _SENTENCE_ENDS.split(text[end : end + _NEAR])[0]
    return f"{before} {after}"


def _on_its_day(at: datetime, zone: tzinfo | None, beside: str, now: datetime) -> datetime | None:
    """A time whose day is told in words; None where they are not worth guessing at."""
    if _TOMORROW.search(beside):
        day = now.astimezone(zone).date() + timedelta(days=1)
        local = at.astimezone(zone)
        return local.replace(year=day.year, month=day.month, day=day.day).astimezone(UTC)
    return None if _OTHER_DAY.search(beside) else at


def _zone(match: re.Match[str]) -> tzinfo | None:
    if match["iana"]:
        try:
            return ZoneInfo(match["iana"])
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return None
    if match["name"]:
        return timezone(timedelta(minutes=OFFSETS[match["name"]]))
    digits = re.sub(r"[^\d+-]", "", match["offset"].replace("\u2212", "-"))
    sign = -1 if digits.startswith("-") else 1
    number = digits[1:]
    hours, minutes = (number, "0") if len(number) <= 2 else (number[:-2], number[-2:])
    return timezone(sign * timedelta(hours=int(hours), minutes=int(minutes)))


def _at(clock: re.Match[str], zone: tzinfo, day: str, now: datetime) -> datetime | None:
    if clock["word"]:
        hour, minute = (12, 0) if clock["word"].lower() == "noon" else (24, 0)
    else:
        hour, minute = int(clock["hour"] or clock["hour12"]), int(clock["minute"] or 0)
        half = (clock["half"] or clock["half12"] or "").lower()
        if half:
            if hour > 12:
                return None
            hour = hour % 12 + (12 if half.startswith("p") else 0)
    if hour == 24 and minute:
        return None
    try:
        base = date.fromisoformat(day) if day else now.astimezone(zone).date()
    except ValueError:
        return None
    found = datetime(base.year, base.month, base.day, tzinfo=zone) + timedelta(
        hours=hour, minutes=minute
    )
    if not day:
        near = (found + timedelta(days=days) for days in (-1, 0, 1))
        found = min(near, key=lambda each: abs(each - now - _AHEAD))
    return found.astimezone(UTC)


_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+|\n+")


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence; a line's end ends one."""
    start = 0
    for end in _SENTENCE_ENDS.finditer(text):
        if text[start : end.start()].strip():
            yield start, end.start()
        start = end.end()
    if text[start:].strip():
        yield start, len(text)
