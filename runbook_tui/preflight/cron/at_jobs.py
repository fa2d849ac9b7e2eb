"""Jobs of at(1) and anacron(8): what is in their spool and their table.

Sources: at.c (a job's file is named by its queue, its number in 5 hexadecimal digits and the
minutes since 1970 in 8), anacrontab(5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from runbook_tui.preflight.cron.tables import LONGEST_LINE, BadLine

_UID = re.compile(r"# atrun uid=(\d{1,10})")
_HOURS = re.compile(r"(\d{1,2})-(\d{1,2})")
_PERIODS = {"@daily": 1, "@weekly": 7, "@monthly": 31, "@yearly": 366, "@annually": 366}


@dataclass(frozen=True)
class AtJob:
    """A job of at: when, as whom, and what."""

    number: int
    at: datetime
    root: bool
    line: int
    command: str
    """The first line of what it runs."""


def at_job(name: str, text: str) -> AtJob:
    """A job by its file. Raises ValueError where the name holds no time."""
    minutes = int(name[6:14], 16)
    try:
        at = datetime.fromtimestamp(minutes * 60, UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(str(error)) from error
    lines = text.split("\n")
    uid = next((m[1] for line in lines[:5] if (m := _UID.match(line))), "")
    # What at puts before the commands ends with the line after `cd … || {`.
    begin = next((n + 1 for n, line in enumerate(lines) if line.strip() == "}"), 0)
    for number, line in enumerate(lines[begin:], begin + 1):
        if line.strip() and not line.startswith("#"):
            return AtJob(int(name[1:6], 16), at, uid == "0", number, line.strip()[:LONGEST_LINE])
    return AtJob(int(name[1:6], 16), at, uid == "0", 0, "")


@dataclass(frozen=True)
class AnacronJob:
    """A job of anacron: once in so many days, some minutes after anacron was started."""

    number: int
    text: str
    days: int
    delay: timedelta
    random: timedelta
    name: str
    command: str
    hours: tuple[int, int] | None
    """The hours of the day between which anacron begins jobs."""


def anacrontab(text: str) -> Iterator[AnacronJob | BadLine]:
    """The jobs of an anacrontab."""
    random, hours = timedelta(0), None
    for number, whole in enumerate(text.split("\n"), 1):
        line = whole.strip()
        if not line or line.startswith("#"):
            continue
        if len(line) > LONGEST_LINE:
            yield BadLine(number, line, "the line is too long to be one")
            continue
        name, equals, value = line.partition("=")
        if equals and re.fullmatch(r"[A-Za-z_]\w*", name.strip()):
            value = value.strip()
            if name.strip() == "RANDOM_DELAY" and value.isdecimal() and len(value) < 6:
                random = timedelta(minutes=int(value))
            if name.strip() == "START_HOURS_RANGE" and (match := _HOURS.fullmatch(value)):
                hours = (int(match[1]), int(match[2]))
            continue
        parts = line.split(None, 3)
        if len(parts) < 4 or not (parts[1].isdecimal() and len(parts[1]) < 7):
            yield BadLine(number, line, "it is not period, delay, name and command")
            continue
        if parts[0] not in _PERIODS and not (parts[0].isdecimal() and len(parts[0]) < 6):
            yield BadLine(number, line, f"{parts[0][:40]!r} is no period")
            continue
        days = _PERIODS.get(parts[0]) or int(parts[0])
        delay = timedelta(minutes=int(parts[1]))
        yield AnacronJob(number, line, days, delay, random, parts[2], parts[3], hours)
