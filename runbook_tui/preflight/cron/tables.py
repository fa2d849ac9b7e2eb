"""Crontabs, line by line: settings, jobs, and what cannot be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from runbook_tui.preflight.cron.fields import BadTimeError, CronTime, cron_time
from runbook_tui.preflight.cron.places import Kind

LONGEST_LINE = 4_000
_SETTING = re.compile(r"\s*[\"']?([A-Za-z_]\w{0,80})[\"']?\s*=\s*(.*)")
_USER = re.compile(r"[a-z_][a-z0-9_.-]{0,31}\$?(?::[\w.-]{1,32})?(?:/\w{1,32})?")
_NO_USERS = frozenset({
    "bash", "cd", "curl", "docker", "echo", "env", "exec", "find", "flock", "if", "make", "nice",
    "node", "perl", "php", "psql", "python", "python3", "ruby", "run-parts", "sh", "sleep", "sudo",
    "systemctl", "tar", "test", "wget",
})  # fmt: skip
"""Commands that a line without a user field begins with, where the file does not tell."""
DROPPED = re.compile(
    r"(?:&>>?|>&)\s*/dev/null|>>?\s*/dev/null\s+2>>?\s*(?:&1|/dev/null)|"
    r"2>>?\s*/dev/null\s+1?>>?\s*/dev/null"
)
_GUARD = re.compile(
    r"\\?!\s{1,9}-[de]\s{1,9}/run/systemd/system"
    r"|-[de]\s{1,9}/run/systemd/system\s{0,9}(?:\]{1,2}\s{0,9})?(?:\|\||;\s{0,9}then\s{1,9}exit)"
)


@dataclass(frozen=True)
class Line:
    """A job of a crontab."""

    number: int
    text: str
    time: CronTime
    user: str
    """Empty where the table is a user's own."""
    command: str
    zone: str
    """What a CRON_TZ above it says; empty where none does."""
    environment_zone: str
    """What a TZ above it says: that of the command, not of the time."""
    mail_off: bool


@dataclass(frozen=True)
class BadLine:
    """A line that cron would not take, and why."""

    number: int
    text: str
    why: str


def table(text: str, kind: Kind) -> Iterator[Line | BadLine]:
    """The jobs of a crontab."""
    settings: dict[str, str] = {}
    lines = text.split("\n")
    with_user = kind == "system" or (kind == "unsure" and _have_users(lines))
    for number, whole in enumerate(lines, 1):
        line = whole.strip(" \t\r")
        if not line or line.startswith("#"):
            continue
        if len(line) > LONGEST_LINE:
            yield BadLine(number, line, "the line is too long to be one")
            continue
        setting = _SETTING.fullmatch(line)
        if setting is not None:
            settings[setting[1]] = setting[2].strip().strip("\"'")
            continue
        try:
            yield _job(number, line, with_user, settings)
        except BadTimeError as error:
            yield BadLine(number, line, str(error))


def _job(number: int, line: str, with_user: bool, settings: dict[str, str]) -> Line:
    count = 1 if line.startswith("@") else 5
    parts = line.split(None, count)
    time = cron_time(" ".join(parts[:count]))
    rest = parts[count] if len(parts) > count else ""
    user, command = "", rest
    if with_user:
        user, _, command = rest.replace("\t", " ").partition(" ")
        if user and not _USER.fullmatch(user):
            raise BadTimeError(f"{user[:40]!r} is no user name")
    if not command.strip():
        raise BadTimeError("there is a time but no command")
    return Line(
        number,
        line,
        time,
        user,
        command.strip(),
        settings.get("CRON_TZ", ""),
        settings.get("TZ", ""),
        settings.get("MAILTO") == "",
    )


def _have_users(lines: list[str]) -> bool:
    """Whether every job of a table has a user between its time and its command."""
    found = False
    for line in lines:
        line = line.strip()[:LONGEST_LINE]
        if not line or line.startswith("#") or _SETTING.fullmatch(line):
            continue
        parts = line.split(None, 2 if line.startswith("@") else 6)
        if len(parts) < (3 if line.startswith("@") else 7):
            return False
        user = parts[-2]
        if not _USER.fullmatch(user) or user in _NO_USERS:
            return False
        found = True
    return found


def idle_under_systemd(command: str) -> bool:
    """Whether a command does nothing on a machine that systemd runs: Debian's guard for jobs that
    have a timer there.
    """
    return bool(_GUARD.search(command[:LONGEST_LINE]))
