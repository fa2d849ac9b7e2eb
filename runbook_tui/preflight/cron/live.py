"""What this machine itself says of its jobs: the user's crontab, and systemd's timers.

Sources: crontab(1); systemctl(1), ``list-timers --output=json`` (moments in microseconds since
1970, null or 0 where there is none).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec

from runbook_tui.domain.findings import Evidence
from runbook_tui.preflight.cron.clock import Clock
from runbook_tui.preflight.cron.cron_jobs import line_job, shown
from runbook_tui.preflight.cron.jobs import Found, Job, Runs, Trouble, Window
from runbook_tui.preflight.cron.tables import BadLine, table
from runbook_tui.preflight.ports import Answer, Tools
from runbook_tui.preflight.systemd.timer_jobs import is_plain_name, stop_timer
from runbook_tui.preflight.trees import Tree

LIMIT = 30.0
_PLAIN = {"LC_ALL": "C", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""}
CRONTAB = ("crontab", "-l")
TIMERS = ("systemctl", "list-timers", "--all", "--no-pager", "--output=json")


class _Timer(msgspec.Struct):
    unit: str
    next: int | None = None
    activates: str | None = None


def own_crontab(tools: Tools, clock: Clock, found: Found) -> None:
    """Adds the jobs of the crontab of the user that this runs as."""
    answer = tools.run(CRONTAB, env=_PLAIN, limit=LIMIT)
    if answer.exit == 1 and b"no crontab for" in answer.err:
        return
    if answer.exit != 0 or answer.cut:
        found.trouble.append(_failed(CRONTAB, answer))
        return
    lines = answer.out.split(b"\n")
    # It is no file that could be edited: `crontab -e` is the way.
    tree = Tree(Path("crontab -l"), "crontab -l", editable=False)
    for entry in table(answer.out.decode("utf-8", "replace"), "user"):
        if isinstance(entry, BadLine):
            seen = Evidence(place=tree.label, line=entry.number, text=shown(entry.text))
            title = f"{seen.place}:{seen.line} cannot be read as a job: {shown(entry.why)}"
            subject = f"{seen.place}: {seen.text}"
            found.trouble.append(Trouble("line-unreadable", subject, title, (seen,)))
        else:
            found.jobs.append(line_job(entry, tree, tree.root, lines[entry.number - 1], clock))


def own_timers(tools: Tools, clock: Clock, found: Found) -> None:
    """Adds the timers that systemd has on this machine. Where the files of one say its calendar,
    they say more and stay; else what systemd says takes its place.
    """
    answer = tools.run(TIMERS, env=_PLAIN, limit=LIMIT)
    if answer.exit != 0 or answer.cut:
        found.trouble.append(_failed(TIMERS, answer))
        return
    try:
        timers = msgspec.json.decode(answer.out, type=list[_Timer])
    except msgspec.DecodeError as error:
        failed = replace(answer, trouble=f"its answer cannot be read: {error}")
        found.trouble.append(_failed(TIMERS, failed))
        return
    for each in timers:
        name = shown(each.unit)
        known = [job for job in found.jobs if job.kind == "timer" and job.title == name]
        if any(job.moves == "timer" and not job.idle for job in known):
            continue
        if not each.next and known:
            continue
        found.jobs = [job for job in found.jobs if job not in known]
        found.jobs.append(_job(each, name, clock))


def _job(timer: _Timer, name: str, clock: Clock) -> Job:
    at: datetime | None = None
    if timer.next:
        try:
            at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=timer.next)
        except OverflowError:
            at = None
    return Job(
        kind="timer",
        subject=f"systemctl list-timers: {name}",
        title=name,
        text=f"{timer.unit} {timer.activates or ''}",
        when="what systemd has worked out",
        evidence=(Evidence(place="systemctl list-timers", text=name),),
        zone=clock.zone,
        zone_from=clock.source,
        runs=partial(_runs, at),
        remedies=(stop_timer(timer.unit),) if at and is_plain_name(timer.unit) else (),
        idle="" if at else "systemd has no next time for it",
    )


def _runs(at: datetime | None, window: Window, now: datetime) -> Runs:
    del now
    if at is not None and at < window[0]:
        return Runs((), "may", "it runs before the window, and how often is not known", at)
    return Runs((at,) if at is not None and at < window[1] else (), next=at)


def _failed(argv: tuple[str, ...], answer: Answer) -> Trouble:
    said = answer.err.decode("utf-8", "replace").strip()
    why = answer.trouble or f"it ended with {answer.exit}: {said}"
    if answer.cut:
        why = "it said more than is kept"
    command = " ".join(argv[:2])
    return Trouble("no-answer", command, f"{command}: {shown(why)}", ())
