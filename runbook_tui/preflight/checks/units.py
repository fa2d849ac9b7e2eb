"""Units that scripts, jobs, configuration, playbooks and other units name: whether they exist here
under that name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from runbook_tui.domain.checks.units import UnitsCheck
from runbook_tui.domain.findings import Evidence, Finding, Severity, unknown
from runbook_tui.domain.redact import redact
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.check import Check
from runbook_tui.preflight.systemd import renames
from runbook_tui.preflight.systemd.existing import FOLDERS, Existing, gather
from runbook_tui.preflight.systemd.names import RUN_TIME, full_name, is_name, is_open, is_pattern
from runbook_tui.preflight.systemd.references import (
    HINT,
    LARGEST,
    Reference,
    references,
    wanted,
)
from runbook_tui.preflight.systemd.unit_files import is_unit
from runbook_tui.preflight.systemd.unit_verdicts import MOST_EVIDENCE, SHOWN, Judge, Named
from runbook_tui.preflight.systemd.verifying import verify
from runbook_tui.preflight.target import Target
from runbook_tui.preflight.trees import NotThereError, Tree

NAME = "units"
TOLD = 500
"""Files between two words about how far it is."""
MOST_PER_FILE = 5_000
LIST = ("systemctl", "list-unit-files", "--no-legend", "--no-pager", "--plain", "--full")


@dataclass
class _Seen:
    """What one look through the trees came to."""

    existing: Existing
    files: int = 0
    named: list[Named] = field(default_factory=list)
    lines: dict[Path, list[bytes]] = field(default_factory=dict)
    units: list[tuple[Tree, Path]] = field(default_factory=list)
    open: list[tuple[Tree, Path, list[Reference]]] = field(default_factory=list)


def find(target: Target[UnitsCheck]) -> Iterator[Finding | None]:
    """Every name that is none here, with its places; what could not be looked up, too."""
    existing = Existing()
    seen = _Seen(existing)
    calm = True
    for finding in _everything(target, existing, seen):
        calm = calm and (finding is None or finding.severity == "info")
        yield finding
    if calm:
        count = len({named.name for named in seen.named})
        title = (
            f"Every unit that is named exists here: {count} names in {seen.files:,} files,"
            f" {len(existing.names):,} units"
        )
        yield Finding(check=NAME, key="all-there", severity="pass", title=title)


def _everything(
    target: Target[UnitsCheck], existing: Existing, seen: _Seen
) -> Iterator[Finding | None]:
    config = target.config
    yield from _machine(target, existing)
    judge = Judge(NAME, existing, bool(existing.units), renames.given(config.renames))
    yield from _renames(target, judge)
    if not judge.known:
        title = "No unit files were found: which units exist here is not known"
        yield _unknown("no-units", "", title)
    for text in config.paths:
        try:
            yield from _look(target, target.tree(text), seen)
        except NotThereError as error:
            title = f"Not looked at: {safe_line(str(error))}"
            yield _unknown("not-there", safe_line(redact(text), SHOWN), title)
    judge.brought = {path.name for _, path in seen.units}
    for named in seen.named:
        yield judge.finding(named, seen.lines.get(named.path, []))
    for tree, path, names in seen.open:
        yield _not_checkable(tree, path, names)
    if config.verify:
        yield from _verified(target, seen)


def _machine(target: Target[UnitsCheck], existing: Existing) -> Iterator[Finding | None]:
    given = target.config.unit_paths
    for text in given:
        if not target.path(text).is_dir():
            shown = safe_line(redact(text), SHOWN)
            yield _unknown("not-there", shown, f"{shown}: there is no such folder of units")
    for text in given or FOLDERS:
        for _ in gather(existing, target.path(text)):
            yield None
    for folder in existing.unread:
        shown = safe_line(str(folder), SHOWN)
        yield _unknown("not-there", shown, f"{shown} cannot be looked into: units may be missing")
    if not given and target.tools.find("systemctl") is not None:
        answer = target.tools.run(LIST, env={"LC_ALL": "C", "SYSTEMD_COLORS": "0"}, limit=30.0)
        if answer.exit == 0:
            names = [line.split()[0] for line in answer.out.decode("utf-8", "replace").split("\n")
                     if line.strip()]  # fmt: skip
            known = existing.names | existing.masked
            existing.units |= {name for name in names if is_unit(name) and name not in known}
    yield None


def _renames(target: Target[UnitsCheck], judge: Judge) -> Iterator[Finding | None]:
    text = target.config.renames_from
    if text is None:
        return
    shown = safe_line(redact(text), SHOWN)
    try:
        with target.path(text).open("rb") as file:
            content = file.read(LARGEST)
    except OSError as error:
        title = f"{shown} cannot be read, so renames are not known: {error.strerror}"
        yield _unknown("not-there", shown, title)
        return
    found = renames.table(content.decode("utf-8", "replace"))
    if not found:
        yield _unknown("no-renames", shown, f"{shown} has no line with an old name and a new one")
    judge.renames = found | judge.renames


def _look(target: Target[UnitsCheck], tree: Tree, seen: _Seen) -> Iterator[Finding | None]:
    own = [command.split() for command in target.config.commands if command.strip()]
    hints = tuple(command[0].encode() for command in own)
    for path in tree.files():
        seen.files += 1
        if seen.files % TOLD == 0:
            target.tell(f"{seen.files:,} files, {len(seen.named)} names of units")
        yield None
        inside = PurePosixPath(tree.root.absolute().name) / path.relative_to(tree.root)
        inside = inside if path != tree.root else PurePosixPath(path.name)
        if not wanted(inside):
            continue
        unit = is_unit(path.name)
        if unit:
            seen.units.append((tree, path))
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST + 1)
        except OSError as error:
            place = tree.place(path)
            yield _unknown("file-unreadable", place, f"{place} cannot be read: {error.strerror}")
            continue
        relevant = unit or inside.suffix == ".conf" or HINT.search(content) is not None
        if not relevant and not any(hint in content for hint in hints):
            continue
        if b"\0" in content[:8192]:
            continue
        if len(content) > LARGEST:
            place = tree.place(path)
            title = f"{place} is too large: only its first MiB was looked through for units"
            yield _unknown("file-cut", place, title)
            content = content[:LARGEST]
        yield from _in_file(target, tree, path, inside, content, own, seen)


def _in_file(
    target: Target[UnitsCheck],
    tree: Tree,
    path: Path,
    inside: PurePosixPath,
    content: bytes,
    own: list[list[str]],
    seen: _Seen,
) -> Iterator[Finding | None]:
    by_name: dict[str, list[Reference]] = {}
    opened: list[Reference] = []
    text = content.decode("utf-8", "replace")
    for count, each in enumerate(references(inside, text, own, target.documents)):
        if each is None:
            yield None
            continue
        if count > LARGEST:
            break
        name = full_name(each.name)
        specifier = each.strength in ("needs", "orders") and "%" in name
        if specifier and "@" in name:
            name = f"{name.partition('@')[0]}@.{name.rpartition('.')[2]}"
        if each.elsewhere or is_open(name):
            if not (specifier and (each.strength == "orders" or name.endswith(RUN_TIME))):
                opened.append(each)
        elif is_pattern(name):
            if not seen.existing.fits(name):
                opened.append(each)
        elif is_name(name):
            by_name.setdefault(name, []).append(each)
    if by_name:
        seen.lines[path] = content.split(b"\n")
    for name, found in by_name.items():
        acting = any(each.strength == "acts" for each in found)
        if name.endswith(RUN_TIME) and acting:
            opened += [each for each in found if each.strength == "acts"]
        seen.named.append(Named(tree, path, name, tuple(found[:MOST_PER_FILE])))
    if opened:
        seen.open.append((tree, path, opened))


def _not_checkable(tree: Tree, path: Path, names: list[Reference]) -> Finding:
    place = tree.place(path)
    shown = dict.fromkeys(safe_line(redact(each.name), 60) for each in names)
    first, more = next(iter(shown)), len(shown) - 1
    words = f"{first} and {more} more" if more else first
    where = next((f", {each.elsewhere}" for each in names if each.elsewhere), "")
    evidence = dict.fromkeys(
        Evidence(place=place, line=each.line, text=safe_line(redact(each.text.strip()), SHOWN))
        for each in names[:MOST_EVIDENCE]
    )
    return Finding(
        check=NAME,
        key="not-checkable",
        severity="unknown",
        title=f"Not checkable: {words}{where}, in {place}",
        subject=place,
        evidence=tuple(evidence),
        remediation="See by hand what these names are when it runs, and on which machine.",
    )


def _verified(target: Target[UnitsCheck], seen: _Seen) -> Iterator[Finding | None]:
    places = {path: tree.place(path) for tree, path in seen.units}
    if not places:
        return
    said: dict[Path, list[Evidence]] = {}
    folders = list(dict.fromkeys(path.parent for path in places))
    for each in verify(target.tools, list(places), folders):
        if each is None:
            yield None
            continue
        text = safe_line(redact(each.text), SHOWN)
        if each.path is None:
            yield _unknown("not-verified", text, f"Unit files not verified: {text}")
            continue
        evidence = Evidence(place=places[each.path], line=each.line, text=text)
        said.setdefault(each.path, []).append(evidence)
    for path, lines in said.items():
        title = f"On this machine systemd finds fault with {places[path]}: {lines[0].text}"
        yield Finding(
            check=NAME,
            key="verify",
            severity="warning",
            title=title,
            subject=places[path],
            evidence=tuple(dict.fromkeys(lines[:MOST_EVIDENCE])),
            remediation="A hint, no verdict: on the machine it is for, it may be right.",
        )


def _unknown(key: str, subject: str, title: str) -> Finding:
    severity: Severity = unknown(NAME, title).severity
    return Finding(check=NAME, key=key, severity=severity, title=title, subject=subject)


CHECK: Check[Target[UnitsCheck]] = Check(NAME, "Units that are named", find)
