"""Jobs that start by themselves: crontabs, run-parts, anacron, at, timers, and what applications
schedule. Those due in the window, those that nobody announced, those that cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from runbook_tui.domain.checks.scheduled_tasks import ScheduledTasksCheck
from runbook_tui.domain.findings import Finding, Remedy, unknown
from runbook_tui.domain.text import safe_line
from runbook_tui.domain.units import seconds
from runbook_tui.preflight.check import Check
from runbook_tui.preflight.cron.clock import clock_of
from runbook_tui.preflight.cron.cron_jobs import shown
from runbook_tui.preflight.cron.guards import timer_for
from runbook_tui.preflight.cron.jobs import Found, Job, Window
from runbook_tui.preflight.cron.live import own_crontab, own_timers
from runbook_tui.preflight.cron.looking import Looking, finish, look
from runbook_tui.preflight.cron.verdicts import Judge
from runbook_tui.preflight.systemd.timer_jobs import timer_jobs
from runbook_tui.preflight.target import Target
from runbook_tui.preflight.trees import NotThereError, Tree

NAME = "scheduled-tasks"
TOLD = 500
"""Files between two words about how far it is."""


@dataclass
class _Seen:
    """What one look came to, for the words of a pass."""

    files: int = 0
    jobs: int = 0
    clock: str = ""


def find(target: Target[ScheduledTasksCheck]) -> Iterator[Finding | None]:
    """Every job that is found, and what it means for the window."""
    seen = _Seen()
    calm = True
    for finding in _everything(target, seen):
        calm = calm and (finding is None or finding.severity == "info")
        yield finding
    if calm:
        title = f"No job is due in the window: {seen.jobs} jobs in {seen.files:,} files"
        if seen.clock:
            title += f", {seen.clock}"
        yield Finding(check=NAME, key="nothing-due", severity="pass", title=title)


def _everything(target: Target[ScheduledTasksCheck], seen: _Seen) -> Iterator[Finding | None]:
    config = target.config
    trees: list[Tree] = []
    for text in config.paths:
        try:
            trees.append(target.tree(text))
        except NotThereError as error:
            yield _unknown("not-there", shown(text), f"Not looked at: {safe_line(str(error))}")
    clock = clock_of(config.time_zone, trees)
    if clock is None:
        zone = safe_line(config.time_zone or "", 60)
        yield _unknown("no-such-zone", zone, f"There is no time zone {zone!r}")
        return
    window = _window(target)
    if window is None:
        why = "The runbook has no window: whether a job is due in it is not known"
        yield _unknown("no-window", "", why, "Give the runbook a window, or the check `within`.")
    looking = Looking(clock)
    for tree in trees:
        try:
            for _ in look(looking, tree):
                if looking.files % TOLD == 0:
                    target.tell(f"{looking.files:,} files, {len(looking.found.jobs)} jobs")
                yield None
        except NotThereError as error:
            yield _unknown("not-there", tree.label, f"Not looked at: {safe_line(str(error))}")
    finish(looking)
    for _ in timer_jobs(looking.timers, trees, clock, looking.found):
        yield None
    if config.crontab:
        own_crontab(target.tools, clock, looking.found)
        yield None
    if config.timers:
        own_timers(target.tools, clock, looking.found)
        yield None
    judge = Judge(NAME, window, target.now, config.expected)
    jobs = [_beside_timer(job, looking.found.jobs) for job in _once(looking.found.jobs)]
    seen.files, seen.jobs, seen.clock = looking.files, len(jobs), clock.words
    yield from _findings(looking.found, jobs, judge)


def _findings(found: Found, jobs: list[Job], judge: Judge) -> Iterator[Finding | None]:
    for trouble in found.trouble:
        yield Finding(
            check=NAME,
            key=trouble.key,
            severity="unknown",
            title=trouble.title,
            subject=trouble.subject,
            evidence=trouble.evidence,
        )
    for job in jobs:
        yield judge.finding(job)


def _once(jobs: list[Job]) -> list[Job]:
    """Jobs by what they are about: the same line twice in a file is one thing, in two places."""
    by_subject: dict[tuple[str, str], Job] = {}
    for job in jobs:
        other = by_subject.setdefault((job.kind, job.subject), job)
        if other is not job:
            merged = replace(
                other,
                evidence=(*other.evidence, *job.evidence),
                remedies=_together(other.remedies, job.remedies),
            )
            by_subject[job.kind, job.subject] = merged
    return list(by_subject.values())


def _beside_timer(job: Job, jobs: list[Job]) -> Job:
    """A job that leaves its work to systemd where that runs is none, where a timer does it."""
    if not job.guard or job.idle:
        return job
    timer = timer_for(job.guard, (other.title for other in jobs if other.kind == "timer"))
    if timer:
        return replace(job, idle=f"where systemd runs, {timer} stands for it")
    return replace(job, notes=(*job.notes, "does nothing where systemd runs; no timer for it seen"))


def _together(one: tuple[Remedy, ...], other: tuple[Remedy, ...]) -> tuple[Remedy, ...]:
    if len(one) == len(other) == 1 and one[0].edits and other[0].edits:
        first = one[0]
        return (
            Remedy(
                label=first.label,
                edits=first.edits + other[0].edits,
                effect=first.effect,
                target=first.target,
            ),
        )
    return one or other


def _window(target: Target[ScheduledTasksCheck]) -> Window | None:
    if target.window is not None:
        return target.window
    if target.config.within is not None:
        return target.now, target.now + timedelta(seconds=seconds(target.config.within))
    return None


def _unknown(key: str, subject: str, title: str, advice: str = "") -> Finding:
    finding = unknown(NAME, title, key)
    return Finding(
        check=finding.check,
        key=key,
        severity=finding.severity,
        title=title,
        subject=subject,
        remediation=advice,
    )


CHECK: Check[Target[ScheduledTasksCheck]] = Check(NAME, "Jobs that start by themselves", find)
