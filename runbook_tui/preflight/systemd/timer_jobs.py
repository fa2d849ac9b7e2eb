"""The timers of a set of files, made into jobs: drop-ins put on, enabled or not.

Sources: systemd.unit(5) (order of the folders, drop-ins), systemctl(1) (what `enable` and `mask`
leave behind).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from runbook_tui.domain.findings import Evidence, Remedy
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.cron.clock import Clock
from runbook_tui.preflight.cron.cron_jobs import shown
from runbook_tui.preflight.cron.jobs import Found, Job, Trouble
from runbook_tui.preflight.systemd.links import Link, links
from runbook_tui.preflight.systemd.timers import Timer, runs, timer
from runbook_tui.preflight.systemd.unit_files import Setting, read, settings, template_of
from runbook_tui.preflight.trees import Tree

_PLAIN = re.compile(r"[A-Za-z0-9_:][A-Za-z0-9_:.@\\-]{0,250}")
_RANKS = ("etc/systemd", "run/systemd", "usr/local/lib/systemd", "lib/systemd")


@dataclass
class _Seen:
    """All that the trees have about the timers of one name in folders that belong together."""

    files: list[tuple[int, Tree, Path]] = field(default_factory=list)
    drop_ins: list[tuple[Tree, Path]] = field(default_factory=list)
    enabled: list[Link] = field(default_factory=list)
    instances: set[str] = field(default_factory=set)
    masked: bool = False


def timer_jobs(
    timers: Iterable[tuple[Tree, Path]], trees: Iterable[Tree], clock: Clock, found: Found
) -> Iterator[None]:
    """Adds the timers to what was found."""
    seen: dict[tuple[str, str], _Seen] = {}
    for tree, path in timers:
        rank, folder = _rank(path.parent)
        entry = seen.setdefault((folder, path.name), _Seen())
        entry.files.append((rank, tree, path))
    knows_enabled = False
    for tree in trees if seen else ():
        yield None
        try:
            for link in links(tree.root):
                yield None
                knows_enabled = _take(seen, link) or knows_enabled
            for (_, name), entry in seen.items():
                entry.drop_ins += [(tree, path) for path in _drop_ins(tree, entry, name)]
        except OSError as error:
            place = tree.place(tree.root)
            why = f"{place}: its links cannot be read: {error.strerror}"
            found.trouble.append(Trouble("file-unreadable", place, why, ()))
    for (_, name), entry in sorted(seen.items()):
        yield None
        _add(name, entry, knows_enabled, clock, found)


def _rank(folder: Path) -> tuple[int, str]:
    """How much a folder counts, 0 most, and what folders belong together by."""
    text = folder.as_posix()
    for rank, part in enumerate(_RANKS):
        if f"/{part}/" in f"{text}/":
            return rank, folder.name
    if text.endswith(("systemd/system", "systemd/user")):
        return len(_RANKS) - 1, folder.name
    return len(_RANKS), text


def _take(seen: dict[tuple[str, str], _Seen], link: Link) -> bool:
    """Takes a link in; whether it shows that enabling can be seen here."""
    name = link.path.name
    if not name.endswith(".timer"):
        return bool(link.wanted_by) and link.target.endswith((".service", ".target", ".socket"))
    for (_, own), entry in seen.items():
        if own in (name, template_of(name)) and link.masks:
            entry.masked = entry.masked or own == name
        elif own in (name, template_of(name)) and link.wanted_by:
            entry.enabled.append(link)
            if own != name:
                entry.instances.add(name)
    return bool(link.wanted_by)


def _drop_ins(tree: Tree, entry: _Seen, name: str) -> list[Path]:
    """Files in ``name.timer.d`` beside any file of that name, or in `etc` above it."""
    folders = {path.parent for _, owner, path in entry.files if owner is tree}
    folders |= {tree.root / "systemd/system", tree.root / "etc/systemd/system", tree.root}
    found = []
    for folder in folders:
        drop = folder / f"{name}.d"
        if drop.is_dir() and not drop.is_symlink():
            found += [p for p in drop.iterdir() if p.suffix == ".conf" and p.is_file()]
    return sorted(found, key=lambda path: path.name)


def _add(name: str, entry: _Seen, knows_enabled: bool, clock: Clock, found: Found) -> None:
    rank, tree, path = min(entry.files, key=lambda each: (each[0], str(each[2])))
    place = tree.place(path)
    whole: list[Setting] = []
    size = -1
    places: dict[Path, str] = {}
    for owner, each in [(tree, path), *entry.drop_ins]:
        places[each] = owner.place(each)
        try:
            text = None if each.is_symlink() else read(each)
        except OSError:
            text = None
        if text is None:
            why = f"{places[each]} cannot be read: when {safe_line(name)} is due is not known"
            seen = (Evidence(place=places[each]),)
            found.trouble.append(Trouble("timer-unreadable", places[each], why, seen))
            return
        size = len(text) if size < 0 else size
        whole += settings(text, each)
    timing = timer(whole)
    for setting, why in timing.bad:
        at = Evidence(
            place=places[setting.path],
            line=setting.line,
            text=shown(f"{setting.key}={setting.value}"),
        )
        title = f"{at.place}:{at.line} cannot be read as a time: {shown(why)}"
        found.trouble.append(Trouble("timer-unreadable", f"{place}: {at.text}", title, (at,)))
    if timing.bad and not (timing.calendars or timing.spans):
        return
    evidence = tuple(
        Evidence(place=places[s.path], line=s.line, text=shown(f"{s.key}={s.value}"))
        for s in timing.triggers
    )
    notes: tuple[str, ...] = ()
    if timing.persistent:
        notes += ("catches up on a missed start as soon as it can",)
    idle = _idle(entry, knows_enabled, timing, rank, size)
    if not knows_enabled and not idle:
        notes += ("whether it is enabled is not seen here",)
    job = Job(
        kind="timer",
        subject=place,
        title=safe_line(name, 120),
        text=f"{place} {timing.unit}",
        when=shown(timing.when),
        evidence=evidence or (Evidence(place=place),),
        zone=clock.zone,
        zone_from=clock.source,
        runs=partial(runs, timing, clock.zone),
        notes=notes,
        moves="timer" if timing.calendars else "",
        idle=idle,
    )
    for instance in sorted(entry.instances) or [name]:
        unit = safe_line(instance, 120)
        on = tree.editable and not idle and bool(entry.enabled) and is_plain_name(instance)
        subject = place if instance == name else f"{place}: {unit}"
        remedies = (stop_timer(instance),) if on else ()
        found.jobs.append(replace(job, subject=subject, title=unit, remedies=remedies))


def _idle(entry: _Seen, knows_enabled: bool, timing: Timer, rank: int, size: int) -> str:
    if entry.masked or size == 0:
        return "it is masked"
    if not timing.triggers:
        return "nothing triggers it"
    if knows_enabled and not entry.enabled and rank < len(_RANKS):
        # A package's own folder says nothing of what its installer enables.
        return "it is not enabled" if timing.installable else "nothing wants it"
    return ""


def is_plain_name(name: str) -> bool:
    """Whether a name can be handed to systemctl without being taken for something else."""
    return _PLAIN.fullmatch(name) is not None


def stop_timer(name: str) -> Remedy:
    """Stops a timer, and takes it out of the start of the machine."""
    return Remedy(
        label="Stop and disable the timer",
        argv=("systemctl", "disable", "--now", name),
        undo=("systemctl", "enable", "--now", name),
        effect="unit",
        target=safe_line(name, 120),
    )
