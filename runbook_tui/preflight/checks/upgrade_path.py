"""Whether there is a legal way from what is installed to what is wanted, and by which stops."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from runbook_tui.domain.checks.upgrade_path import UpgradePathCheck
from runbook_tui.domain.findings import Evidence, Finding, Severity, unknown
from runbook_tui.domain.redact import redact
from runbook_tui.domain.text import safe_line
from runbook_tui.domain.units import seconds
from runbook_tui.preflight.check import Check
from runbook_tui.preflight.ports import BadDocumentError
from runbook_tui.preflight.target import Target
from runbook_tui.preflight.versions.installed import installed_version
from runbook_tui.preflight.versions.matrix import Matrix, PathMatrix, ReadHop, understood
from runbook_tui.preflight.versions.order import BadVersionError, Version, upstream
from runbook_tui.preflight.versions.paths import Leg, Stuck, find_path
from runbook_tui.preflight.versions.seen import NotInstalledError, NotKnownError, Seen

NAME = "upgrade-path"
SHOWN = 160
_SHOWN_HOPS = 6
_NOTE = 400


def find(target: Target[UpgradePathCheck]) -> Iterator[Finding | None]:
    """The path with its stops, or why there is none; and what is past its end of life."""
    yield None
    config = target.config
    matrix: Matrix | None = None
    wanted: Version | None = None
    try:
        matrix = understood(target.documents.read(target.matrix(config.matrix), PathMatrix))
        wanted = matrix.order.version(config.to)
    except BadDocumentError as error:
        yield _matrix_unknown(config.matrix, str(error))
    except OSError as error:
        yield _matrix_unknown(config.matrix, error.strerror or str(error))
    except BadVersionError as error:
        if matrix is None:
            yield _matrix_unknown(config.matrix, str(error))
        else:
            yield unknown(
                NAME, f"the version to reach: {safe_line(str(error), SHOWN)}", "bad-target"
            )
    yield None
    seen: Seen | None = None
    try:
        seen = installed_version(target, config.installed)
    except NotKnownError as error:
        words = safe_line(redact(str(error), target.secrets), SHOWN * 2)
        yield unknown(NAME, f"The installed version is not known: {words}", error.key)
    except NotInstalledError as error:
        yield Finding(
            check=NAME, key="not-installed", severity="inhibitor",
            title=f"There is nothing to upgrade: {safe_line(str(error), SHOWN)}",
            remediation="Look for it under another name or on another machine, or install it anew.",
        )  # fmt: skip
    if matrix is None:
        return
    start = None
    if seen is not None:
        try:
            start = _started(matrix, target.config, seen)
        except BadVersionError as error:
            yield Finding(
                check=NAME, key="installed-not-readable", severity="unknown",
                title=f"The installed version is not known: {safe_line(str(error), SHOWN)}",
                evidence=(_evidence(seen),),
                remediation="Say with `pattern` or `pointer` which part of it is the version.",
            )  # fmt: skip
    if start is not None and wanted is not None and seen is not None:
        yield from _way(matrix, seen, start, wanted)
    day, within = _day(target), timedelta(seconds=seconds(config.end_of_life_within))
    for version, role in ((start, "installed"), (wanted, "target")):
        yield None
        if version is not None:
            yield from _end_of_life(matrix, version, role, day, within)


def _matrix_unknown(name: str, why: str) -> Finding:
    lines = [line for line in why.splitlines() if line.strip()]
    return Finding(
        check=NAME, key="matrix-not-readable", severity="unknown", subject=safe_line(name, SHOWN),
        title=f"The path matrix {safe_line(name, 60)} cannot be read",
        evidence=tuple(
            Evidence(place=safe_line(name, SHOWN), text=safe_line(line, SHOWN))
            for line in lines[:20]
        ),
        remediation="Mend the matrix, or name one that comes with the program.",
    )  # fmt: skip


def _started(matrix: Matrix, config: UpgradePathCheck, seen: Seen) -> Version:
    """The installed version in the matrix' own order: a distribution's additions are left out
    where the matrix is not about that distribution's packages.
    """
    text = seen.version
    if config.installed.pattern is None:
        if config.installed.dpkg is not None and matrix.order.ecosystem != "deb":
            text = upstream(text, "deb")
        elif config.installed.rpm is not None and matrix.order.ecosystem != "rpm":
            text = upstream(text, "rpm")
    return matrix.order.version(text)


def _day(target: Target[UpgradePathCheck]) -> date:
    """The day that ends of life are held against: that of the window, else today (UTC)."""
    return (target.window[0] if target.window else target.now).date()


def _evidence(seen: Seen) -> Evidence:
    return Evidence(
        place=safe_line(seen.place, SHOWN), line=seen.line, text=safe_line(seen.said, SHOWN)
    )


# --- the way ----------------------------------------------------------------------------------


def _way(matrix: Matrix, seen: Seen, start: Version, goal: Version) -> Iterator[Finding | None]:
    product, evidence = safe_line(matrix.product, 60), _evidence(seen)
    # What is asked for by a release's name ("18") is there with any version of it (18.1).
    named = next((each for each in matrix.releases if each.release.version == goal.text), None)
    if start == goal or (named is not None and start in named.range):
        yield Finding(
            check=NAME, key="path", severity="pass", evidence=(evidence,),
            title=f"{product} {start.text} is installed already; {goal.text} is to be reached",
        )  # fmt: skip
        return
    way = find_path(matrix, start, goal)
    yield None
    if isinstance(way, Stuck):
        yield _no_way(matrix, evidence, start, goal, way)
        return
    stops = _stops(way)
    chain = " → ".join((start.text, *(version.text for version, _leg in stops), goal.text))
    down = goal < start
    severity: Severity = "warning" if down else "info" if stops else "pass"
    count = f"{len(stops)} stop{'s' if len(stops) != 1 else ''}" if stops else "in one step"
    last = way[-1]
    yield Finding(
        check=NAME, key="downgrade-path" if down else "path", severity=severity,
        title=f"{product}: {chain} ({count})",
        evidence=(evidence, *_notes(matrix, goal, last)),
        remediation="Upgrade to each stop in turn, and see that each works, before the next."
        if stops
        else "",
    )  # fmt: skip
    for number, (version, leg) in enumerate(stops, 1):
        yield Finding(
            check=NAME, key="stop", severity="warning", subject=version.text,
            title=f"{product} has to stop at {version.text} (stop {number} of {len(stops)})",
            evidence=_notes(matrix, version, leg) or (evidence,),
            remediation=f"Plan a step that installs {version.text} and waits until it is done.",
        )  # fmt: skip


def _stops(way: tuple[Leg, ...]) -> list[tuple[Version, Leg]]:
    """Every version that is installed on the way but the last, with the leg it is installed by."""
    every = [(version, leg) for leg in way for version in (*leg.through, leg.end)]
    return every[:-1]


def _notes(matrix: Matrix, version: Version, leg: Leg) -> tuple[Evidence, ...]:
    """What the matrix says of going to a version."""
    release = matrix.release(version)
    said = [(leg.hop.hop.notes, leg.hop.hop.source)]
    if release is not None:
        said.append((release.release.notes, None))
        if release.end_of_life is not None:
            until = f"{release.release.version}: end of life {release.end_of_life}"
            said.append((until, release.release.source))
    return tuple(
        Evidence(
            place=safe_line(source or matrix.product, SHOWN), text=safe_line(note or "", _NOTE)
        )
        for note, source in said
        if note or source
    )


def _no_way(
    matrix: Matrix, evidence: Evidence, start: Version, goal: Version, stuck: Stuck
) -> Finding:
    product, down = safe_line(matrix.product, 60), goal < start
    nearest = stuck.reached[0]
    if nearest != start:
        where = f"from {start.text} it goes as far as {nearest.text} and no farther"
    else:
        where = f"no hop leads from {start.text} to anything nearer"
    if not stuck.into:
        where += f"; no hop leads to {goal.text} at all"
    if down:
        title = f"{product} {start.text} cannot be taken back to {goal.text}"
        key, remediation = (
            "downgrade",
            "Restore a backup made with the older version, or go forward.",
        )
    else:
        title = f"{product}: no legal path from {start.text} to {goal.text}"
        key = "no-path"
        remediation = (
            f"Plan for {nearest.text}, or find out how the makers get from there to {goal.text}."
            if nearest != start
            else f"Find out how the makers get from {start.text} to {goal.text}."
        )
    return Finding(
        check=NAME, key=key, severity="inhibitor", title=title,
        evidence=(
            evidence,
            Evidence(place=product, text=safe_line(where, _NOTE)),
            *(_into(matrix, hop) for hop in stuck.into[:_SHOWN_HOPS]),
        ),
        remediation=remediation,
    )  # fmt: skip


def _into(matrix: Matrix, hop: ReadHop) -> Evidence:
    words = f"{hop.hop.to} can be reached from {hop.hop.from_}"
    return Evidence(
        place=safe_line(hop.hop.source or matrix.product, SHOWN), text=safe_line(words, _NOTE)
    )


# --- ends of life -----------------------------------------------------------------------------


def _end_of_life(
    matrix: Matrix, version: Version, role: str, day: date, within: timedelta
) -> Iterator[Finding]:
    release = matrix.release(version)
    if release is None or release.end_of_life is None:
        return
    end, past = release.end_of_life, release.end_of_life <= day
    if not past and end - day > within:
        return
    severity: Severity = "high" if past and role == "target" else "warning"
    product = safe_line(matrix.product, 60)
    which = "is installed" if role == "installed" else "is to be reached"
    when = f"since {end}" if past else f"on {end}, in {(end - day).days} days"
    reaches = "has been past its end of life" if past else "reaches its end of life"
    yield Finding(
        check=NAME, key=f"{role}-end-of-life" if past else f"{role}-end-of-life-near",
        severity=severity, subject=release.release.version,
        title=f"{product} {version.text}, which {which}, {reaches} {when}",
        evidence=(
            Evidence(
                place=safe_line(release.release.source or product, SHOWN),
                text=f"{safe_line(release.release.version, 60)}: end of life {end}",
            ),
        ),
        remediation="Plan for a version that still gets fixes."
        if role == "target"
        else "It gets no fixes where it is: do not put the upgrade off."
        if past
        else "Do not put the upgrade off.",
    )  # fmt: skip


CHECK: Check[Target[UpgradePathCheck]] = Check(NAME, "Upgrade path", find)
