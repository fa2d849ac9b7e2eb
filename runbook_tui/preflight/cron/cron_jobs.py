"""Lines of crontabs, jobs of anacron and of at, made into jobs with times."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path, PurePosixPath

from runbook_tui.domain.findings import Edit, Evidence, Remedy, line_digest
from runbook_tui.domain.redact import redact
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.cron.at_jobs import AnacronJob, AtJob
from runbook_tui.preflight.cron.clock import Clock
from runbook_tui.preflight.cron.fields import CronTime
from runbook_tui.preflight.cron.jobs import Job, Runs, Window
from runbook_tui.preflight.cron.tables import DROPPED, Line, idle_under_systemd
from runbook_tui.preflight.cron.times import due, next_run
from runbook_tui.preflight.cron.zones import zone_named
from runbook_tui.preflight.trees import Tree

SHOWN = 160
_TEST = re.compile(
    r"\[{1,2}\s[^\]]{1,120}\]{1,2}|\btest(?:\s+(?:-a|\\?!|-[a-z]\s+[\w/.-]{1,80})){1,4}"
)
_DOES = re.compile(r"(?:/[\w.@+-]{1,80}){1,20}|[\w.-]{1,80}\.(?:sh|py|pl|rb|php)\b")


def shown(text: str, limit: int = SHOWN) -> str:
    """Foreign text as a person may see it."""
    return safe_line(redact(text.strip()), limit)


def line_job(line: Line, tree: Tree, path: Path, raw: bytes, clock: Clock) -> Job:
    """A crontab line. `raw`: its bytes."""
    place = tree.place(path)
    zone, source = clock.zone, clock.source
    other: Clock | None = None
    if line.zone and (own := zone_named(line.zone)) is not None and own.key != zone.key:
        zone, source, other = own, "CRON_TZ above the line", clock
    remedies = (comment_out(path, line.number, raw, place),) if tree.editable else ()
    text = shown(line.text)
    notes = _notes(line.user, line.command, line.mail_off)
    if line.environment_zone:
        notes = (*notes, f"TZ={shown(line.environment_zone, 40)} above it does not move its time")
    if line.zone and zone_named(line.zone) is None:
        notes = (*notes, f"CRON_TZ={shown(line.zone, 40)} is no time zone known here")
    return Job(
        kind="cron",
        subject=f"{place}: {text}",
        title=_what(line.command),
        text=line.text,
        when=line.time.text,
        evidence=(Evidence(place=place, line=line.number, text=_with(text, notes)),),
        zone=zone,
        zone_from=source,
        runs=partial(_cron_runs, line.time, Clock(zone, source), other),
        notes=notes,
        remedies=remedies,
        moves="" if line.time.reboot else "cron",
        move=partial(move, path, line.number, raw, place) if tree.editable else _by_hand,
        guard=f"{path.name} {_what(line.command)}" if idle_under_systemd(line.command) else "",
    )


_AT = re.compile(r"\s*(\d{1,2}\s+\d{1,2})(?=\s)")


def move(path: Path, number: int, raw: bytes, place: str, slot: datetime) -> Remedy | None:
    """Gives a line another minute and hour. Only where both are plain numbers, and neither the old
    nor the new ones stand in the line elsewhere: an edit has to be taken back to the letter.
    """
    text = raw.decode("utf-8", "replace")
    match = _AT.match(text)
    if match is None:
        return None
    old, new = match[1], f"{slot.minute} {slot.hour}"
    if text.count(old) != 1 or new in text:
        return None
    edit = Edit(path=str(path.absolute()), line=number, digest=line_digest(raw), find=old, put=new)
    label = f"Move it to {slot:%H:%M}, after the window"
    return Remedy(label=label, edits=(edit,), effect="cron", target=place)


def _by_hand(_slot: datetime) -> Remedy | None:
    return None


def comment_out(path: Path, number: int, raw: bytes, place: str) -> Remedy:
    """Puts ``# `` before a line."""
    edit = Edit(path=str(path.absolute()), line=number, digest=line_digest(raw), put="# ")
    return Remedy(label="Comment the job out", edits=(edit,), effect="cron", target=place)


def script_job(schedule: Job, tree: Tree, path: Path, period: str, guarded: bool) -> Job:
    """A script in a ``cron.daily`` and the like, at the time of the line that runs the folder."""
    place = tree.place(path)
    remedies: tuple[Remedy, ...] = ()
    if tree.editable:
        mode = _mode(path)
        had = "".join(who for who, bit in (("u", 0o100), ("g", 0o010), ("o", 0o001)) if mode & bit)
        remedies = (
            Remedy(
                label="Have run-parts pass it over",
                argv=("chmod", "a-x", "--", str(path.absolute())),
                undo=("chmod", f"{had}+x", "--", str(path.absolute())),
                effect="cron",
                target=place,
            ),
        )
    seen = Evidence(place=place, text=f"run by run-parts of cron.{period} [as root]")
    return replace(
        schedule,
        kind="run-parts",
        subject=place,
        title=f"cron.{period}/{safe_line(path.name, 80)}",
        text=f"cron.{period}/{path.name}",
        evidence=(seen, *schedule.evidence),
        notes=("as root",),
        remedies=remedies,
        moves="",
        move=_by_hand,
        guard=path.name if guarded else "",
    )


def is_switched_off(tree: Tree, path: Path) -> bool:
    """Whether run-parts passes a script of this machine over: it runs what is executable, says
    run-parts(8). A package's modes say nothing: what installs it sets them.
    """
    return tree.editable and not _mode(path) & 0o111


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:  # it was there a moment ago: it counts as it was
        return 0o755


def idle_script(tree: Tree, path: Path, period: str, seen: str, idle: str, clock: Clock) -> Job:
    """A script that starts nothing. `seen`: what shows it; `idle`: why, in words."""
    place = tree.place(path)
    return Job(
        kind="run-parts",
        subject=place,
        title=f"cron.{period}/{safe_line(path.name, 80)}",
        text=f"cron.{period}/{path.name}",
        when=period,
        evidence=(Evidence(place=place, text=seen),),
        zone=clock.zone,
        zone_from=clock.source,
        runs=lambda _window, _now: Runs(),
        idle=idle,
    )


def anacron_job(job: AnacronJob, tree: Tree, path: Path, raw: bytes, clock: Clock) -> Job:
    """A line of an anacrontab."""
    place = tree.place(path)
    text = shown(job.text)
    notes = _notes("root", job.command, False)
    return Job(
        kind="anacron",
        subject=f"{place}: {text}",
        title=f"anacron's {shown(job.name, 80)}",
        text=job.text,
        when=f"once in {job.days} days, {job.delay.seconds // 60} min after anacron starts",
        evidence=(Evidence(place=place, line=job.number, text=_with(text, notes)),),
        zone=clock.zone,
        zone_from=clock.source,
        runs=partial(_anacron_runs, job, clock),
        notes=notes,
        remedies=(comment_out(path, job.number, raw, place),) if tree.editable else (),
    )


def at_spool_job(job: AtJob, tree: Tree, path: Path, clock: Clock) -> Job:
    """A job in the spool of at."""
    place = tree.place(path)
    notes = _notes("root" if job.root else "", job.command, False)
    return Job(
        kind="at",
        subject=place,
        title=f"job {job.number} of at: {_what(job.command)}",
        text=job.command,
        when=f"once, {job.at:%Y-%m-%d %H:%MZ}",
        evidence=(
            Evidence(place=place, line=job.line, text=_with(shown(job.command), notes)),
        ),
        zone=clock.zone,
        zone_from="the name of the file",
        runs=partial(_once, job.at),
        notes=notes,
    )  # fmt: skip


def _cron_runs(
    time: CronTime, clock: Clock, other: Clock | None, window: Window, now: datetime
) -> Runs:
    times = due(time, clock.zone, *window)
    following = next_run(time, clock.zone, now)
    if time.reboot:
        return Runs((), "may", "at every start of cron")
    why = "at a random moment of its range" if time.random else ""
    if other is not None:
        # Debian's cron does not read CRON_TZ, cronie does; which one runs there is not known.
        more = due(time, other.zone, *window)
        if bool(times) != bool(more):
            why = f"by CRON_TZ only where cron is cronie; else by {other.zone.key}"
            return Runs(tuple(times or more), "may", why, following)
    return Runs(tuple(times), "may" if time.random and len(times) < 2 else "will", why, following)


def _anacron_runs(job: AnacronJob, clock: Clock, window: Window, now: datetime) -> Runs:
    """Somewhere between the hours in which anacron begins jobs; else whenever it is started."""
    del now
    why = f"{job.delay.seconds // 60} min and more after anacron starts"
    if job.hours is None:
        return Runs((), "may", why)
    first, last = job.hours
    day = window[0].astimezone(clock.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    day -= timedelta(days=1)
    while day < window[1]:
        begin = day + timedelta(hours=first) + job.delay
        end = day + timedelta(hours=last) + job.delay + job.random
        if begin < window[1] and window[0] < end:
            return Runs((), "may", f"{why}, between {first} and {last} o'clock")
        day += timedelta(days=1)
    return Runs()


def _once(at: datetime, window: Window, now: datetime) -> Runs:
    return Runs((at,) if window[0] <= at < window[1] else (), next=at if at > now else None)


def _notes(user: str, command: str, mail_off: bool) -> tuple[str, ...]:
    notes: tuple[str, ...] = ("as root",) if user == "root" else ()
    dropped = DROPPED.search(command[:2_000]) is not None
    if dropped or mail_off:
        notes += ("its output is thrown away" if dropped else "its output is mailed to nobody",)
    return notes


def _with(text: str, notes: tuple[str, ...]) -> str:
    return f"{text} [{'; '.join(notes)}]" if notes else text


def _what(command: str) -> str:
    """The program that a command is about: the last path before its output goes somewhere."""
    begun = re.split(r"\s(?:\d?>>?|&>|\|\s)", _TEST.sub(" ", command[:500]), maxsplit=1)[0]
    paths = [p for p in _DOES.findall(begun) if not p.startswith(("/dev/", "/bin/", "/run/"))]
    name = PurePosixPath(paths[0]).name if paths else begun
    return shown(name.strip(" &|;"), 60)
