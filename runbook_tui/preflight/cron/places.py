"""Which files hold jobs, by where they stand.

Sources: cron(8), crontab(5), anacrontab(5), at(1), dh_installcron(1); cronie's and SUSE's spools.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Literal

Kind = Literal["system", "user", "unsure", "anacrontab", "at", "periodic", "timer"]
PERIODS = ("hourly", "daily", "weekly", "monthly", "yearly")
_PERIODIC = re.compile(rf"cron\.(?:{'|'.join(PERIODS)})")
_AT_JOB = re.compile(r"[a-zA-Z=][0-9a-f]{5}[0-9a-f]{8}")
_DEBHELPER = re.compile(rf"(?:[\w.+-]{{1,80}}\.)?cron\.(?:d|{'|'.join(PERIODS)})")
_CRON_NAME = re.compile(r"[A-Za-z0-9_-]+")
_LEFT_OVER = re.compile(r"(?:\.(?:swp|bak|orig|rej|rpmsave|rpmorig|rpmnew)|~|\.dpkg-\w+|,v)$")


def kind_of(path: PurePosixPath) -> Kind | None:
    """What a file holds; None where its place says nothing of jobs. `system`: with a user field,
    `user`: without, `unsure`: a crontab whose lines have to tell.
    """
    name, parents = path.name, [part for part in path.parts[:-1] if part != "/"]
    folder = parents[-1] if parents else ""
    above = parents[-2] if len(parents) > 1 else ""
    if name.endswith(".timer"):
        return "timer"
    if name == "anacrontab":
        return "anacrontab"
    if _AT_JOB.fullmatch(name) and (folder in ("atjobs", "at") or above == "at"):
        return "at"
    if folder == "cron.d" or (name == "crontab" and folder == "etc"):
        return "system"
    if folder in ("crontabs", "tabs") or (folder == "cron" and above == "spool"):
        return "user"
    if _PERIODIC.fullmatch(folder):
        return "periodic" if not name.startswith(".") else None
    if folder == "debian" and _DEBHELPER.fullmatch(name):
        return "system" if name.endswith("cron.d") else None
    if name == "crontab" or name.endswith((".cron", ".crontab", ".cron.d")):
        return "unsure"
    if folder in ("cron", "crons", "cronjobs") and "." not in name:
        return "unsure"
    return None


def passed_over(path: PurePosixPath, kind: Kind) -> str:
    """Why Debian's cron or run-parts pass over a file because of its name; empty where not."""
    if kind in ("system", "periodic") and path.parent.name.startswith("cron."):
        if _LEFT_OVER.search(path.name):
            return "its name is that of a left-over, which cron passes over"
        if not _CRON_NAME.fullmatch(path.name):
            return "Debian's cron passes over a file of that name (cronie does not)"
    return ""
