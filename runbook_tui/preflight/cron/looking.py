"""Looks through trees for jobs: crontabs, the folders of run-parts, anacron, at, applications."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath

from runbook_tui.domain.findings import Evidence
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.cron.applications import HINT, SCRIPTS, SUFFIXES, Schedule, schedules
from runbook_tui.preflight.cron.at_jobs import AnacronJob, anacrontab, at_job
from runbook_tui.preflight.cron.clock import Clock
from runbook_tui.preflight.cron.cron_jobs import (
    anacron_job,
    at_spool_job,
    idle_script,
    is_switched_off,
    line_job,
    script_job,
    shown,
)
from runbook_tui.preflight.cron.guards import timer_for
from runbook_tui.preflight.cron.jobs import Found, Job, Runs, Trouble, Window
from runbook_tui.preflight.cron.places import PERIODS, Kind, kind_of, passed_over
from runbook_tui.preflight.cron.tables import BadLine, Line, table
from runbook_tui.preflight.cron.times import due, next_run
from runbook_tui.preflight.cron.zones import zone_named
from runbook_tui.preflight.trees import Tree

LARGEST = 1024**2
"""Bytes of a file that are read for jobs."""
MOST_LINES = 2_000
"""Jobs of one file."""
_PERIOD = re.compile(rf"\bcron\.({'|'.join(PERIODS)})\b")
_ENDS = re.compile(rb"-[de] /run/systemd/system[^\n]{0,40}(?:\n[^\n]{0,80}){0,3}?\bexit\b")


@dataclass
class Looking:
    """What has been seen so far, over all trees."""

    clock: Clock
    found: Found = field(default_factory=Found)
    files: int = 0
    scripts: list[tuple[Tree, Path, str, bool]] = field(default_factory=list)
    """What run-parts runs: the file, its period, and whether it ends at once under systemd."""
    runners: dict[str, Job] = field(default_factory=dict)
    """The line that runs each period's folder."""
    by_anacron: dict[str, Job] = field(default_factory=dict)
    folders: set[Path] = field(default_factory=set)
    """Folders ``cron.daily`` and the like that have something in them."""
    timers: list[tuple[Tree, Path]] = field(default_factory=list)


def look(looking: Looking, tree: Tree) -> Iterator[None]:
    """Looks through one tree; says that it is at it with every file. Raises NotThereError."""
    for path in tree.files():
        yield None
        looking.files += 1
        inside = PurePosixPath(str(tree.root.absolute())) / path.relative_to(tree.root).as_posix()
        kind = kind_of(inside)
        if kind == "timer":
            looking.timers.append((tree, path))
        elif kind is not None:
            yield from _job_file(looking, tree, path, inside, kind)
        elif path.suffix.lower() in SUFFIXES or path.suffix.lower() in SCRIPTS:
            _application(looking, tree, path)


def finish(looking: Looking) -> None:
    """Gives what run-parts runs its times, once all crontabs have been seen."""
    timeless: dict[tuple[str, str], list[str]] = {}
    for tree, path, period, guarded in looking.scripts:
        runner = looking.by_anacron.get(period) or looking.runners.get(period)
        if is_switched_off(tree, path):
            seen, why = "not executable", "run-parts passes it over"
            looking.found.jobs.append(idle_script(tree, path, period, seen, why, looking.clock))
        elif runner is not None:
            looking.found.jobs.append(script_job(runner, tree, path, period, guarded))
        elif guarded and (timer := timer_for(path.name, (p.name for _, p in looking.timers))):
            seen = "it ends at once where systemd runs"
            why = f"where systemd runs, {safe_line(timer, 120)} stands for it"
            looking.found.jobs.append(idle_script(tree, path, period, seen, why, looking.clock))
        else:
            timeless.setdefault((period, tree.place(path.parent)), []).append(path.name)
    for (period, folder), names in timeless.items():
        looking.found.trouble.append(
            Trouble(
                "time-unknown",
                folder,
                f"No crontab seen runs cron.{period}: not known when {_count(names)} in it starts",
                tuple(Evidence(place=f"{folder}/{shown(name, 80)}") for name in names[:20]),
            )
        )


def _count(names: list[str]) -> str:
    return "the script" if len(names) == 1 else f"each of {len(names)} scripts"


def _job_file(
    looking: Looking, tree: Tree, path: Path, inside: PurePosixPath, kind: Kind
) -> Iterator[None]:
    place = tree.place(path)
    if kind == "periodic":
        looking.folders.add(path.parent)
        why = passed_over(inside, kind)
        if not why or "cronie" in why:
            period = inside.parent.name.removeprefix("cron.")
            guarded = _ENDS.search(_head(path)) is not None
            looking.scripts.append((tree, path, period, guarded))
        return
    try:
        text, lines = _read(path)
    except OSError as error:
        _trouble(looking, place, f"{place} cannot be read: {error.strerror}")
        return
    if text is None:
        _trouble(looking, place, f"{place} is no text of moderate size: its jobs are not known")
        return
    if kind == "unsure" and text.startswith("#!"):
        return  # a program of cron's, not a table
    if kind == "at":
        try:
            looking.found.jobs.append(
                at_spool_job(at_job(path.name, text), tree, path, looking.clock)
            )
        except ValueError as error:
            _trouble(looking, place, f"{place}: its name holds no time: {error}")
        return
    entries: Iterator[Line | BadLine | AnacronJob]
    entries = anacrontab(text) if kind == "anacrontab" else table(text, kind)
    passed = passed_over(inside, kind)
    for count, entry in enumerate(entries):
        yield None
        if count >= MOST_LINES:
            _trouble(looking, place, f"{place} has more than {MOST_LINES} jobs")
            return
        if isinstance(entry, BadLine):
            seen = Evidence(place=place, line=entry.number, text=shown(entry.text))
            # A file of that name may be no crontab at all; a line like a time says that it is.
            if (kind != "unsure" or entry.text[:1] in "0123456789*@") and not passed:
                looking.found.trouble.append(
                    Trouble(
                        "line-unreadable",
                        f"{place}: {seen.text}",
                        f"{place}:{entry.number} cannot be read as a job: {shown(entry.why)}",
                        (seen,),
                    )
                )
            continue
        raw = lines[entry.number - 1]
        if isinstance(entry, AnacronJob):
            _add(looking, anacron_job(entry, tree, path, raw, looking.clock), entry.command, path)
        else:
            job = line_job(entry, tree, path, raw, looking.clock)
            _add(looking, replace(job, idle=passed or job.idle), entry.command, path)


def _add(looking: Looking, job: Job, command: str, path: Path) -> None:
    """Takes a job in. One that runs a folder stands for what is in it."""
    runs_folder = "run-parts" in command and (period := _PERIOD.search(command))
    if runs_folder and period is not None:
        held = looking.by_anacron if job.kind == "anacron" else looking.runners
        held.setdefault(period[1], job)
        beside = path.parent / f"cron.{period[1]}"
        if path.parent.name == "etc" or beside.is_dir():
            what = "what it starts is looked at by itself" if beside.is_dir() else (
                f"there is no cron.{period[1]} beside it"
            )  # fmt: skip
            job = replace(job, title=f"run-parts of cron.{period[1]}", idle=what)
    looking.found.jobs.append(job)


def _application(looking: Looking, tree: Tree, path: Path) -> None:
    script = path.suffix.lower() in SCRIPTS
    try:
        with path.open("rb") as file:
            content = file.read(2) if script and not path.suffix else b""
            if not script or path.suffix or content == b"#!":
                content += file.read(LARGEST)
    except OSError as error:
        place = tree.place(path)
        _trouble(looking, place, f"{place} cannot be read: {error.strerror}")
        return
    if HINT.search(content) is None or b"\0" in content[:8192]:
        return
    place = tree.place(path)
    text = content.decode("utf-8", "replace")
    for count, schedule in enumerate(schedules(f"/{place}.sh" if script else f"/{place}", text)):
        if count >= MOST_LINES:
            return
        zone = zone_named(schedule.zone) if schedule.zone else None
        when = shown(schedule.when, 80)
        looking.found.jobs.append(
            Job(
                kind="application",
                subject=f"{place}: {schedule.scheduler}: {when}",
                title=f"{schedule.scheduler}: {when}",
                text=f"{place}: {schedule.text}",
                when=when,
                evidence=(
                    Evidence(place=place, line=schedule.number, text=shown(schedule.text)),
                ),
                zone=zone or looking.clock.zone,
                zone_from=f"{schedule.scheduler}'s own" if zone else looking.clock.source,
                runs=partial(_application_runs, schedule, looking.clock),
            )
        )  # fmt: skip


def _application_runs(schedule: Schedule, clock: Clock, window: Window, now: object) -> Runs:
    del now
    if schedule.time is None:
        return Runs((), "may", "its time was not worked out")
    zone = zone_named(schedule.zone) if schedule.zone else None
    times = due(schedule.time, zone or clock.zone, *window)
    return Runs(tuple(times), "may", next=next_run(schedule.time, zone or clock.zone, window[1]))


def _read(path: Path) -> tuple[str | None, list[bytes]]:
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST or b"\0" in content[:8192]:
        return None, []
    return content.decode("utf-8", "replace"), content.split(b"\n")


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(2_000)
    except OSError:
        return b""


def _trouble(looking: Looking, place: str, title: str) -> None:
    seen = (Evidence(place=place),)
    looking.found.trouble.append(Trouble("file-unreadable", place, title, seen))
