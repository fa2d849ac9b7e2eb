"""Configuration keys that the new version deprecates, removes, renames or reads otherwise.

A matrix says which (`runbook_tui.preflight.config.matrix`); files are read in their own formats,
so what is commented out, in another section or in another block is not taken for a setting.
Included files are not followed: where one lies outside of what was looked at, it says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from runbook_tui.domain.checks.config_keys import ConfigKeysCheck
from runbook_tui.domain.findings import Evidence, Finding, unknown
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.check import Check
from runbook_tui.preflight.config import wording
from runbook_tui.preflight.config.formats import is_configuration, is_own
from runbook_tui.preflight.config.grep import MOST_FILES, command, env_name, pattern
from runbook_tui.preflight.config.includes import is_included, is_looked_at, is_there
from runbook_tui.preflight.config.matrix import KeyMatrix
from runbook_tui.preflight.config.meanings import Meanings
from runbook_tui.preflight.config.order import BadVersionError, order_of
from runbook_tui.preflight.config.reporting import (
    NAME,
    SHOWN,
    finding_of,
    not_parsed,
    not_read,
    with_value,
)
from runbook_tui.preflight.config.scanning import Hit, Scanner, read_text
from runbook_tui.preflight.config.settings import Include, Trouble
from runbook_tui.preflight.config.verdicts import Fates, fates
from runbook_tui.preflight.ports import BadDocumentError
from runbook_tui.preflight.target import Target
from runbook_tui.preflight.trees import NotThereError, Tree

MOST_INCLUDES = 1_000
"""Includes whose files are taken for the product's own."""
_Target = Target[ConfigKeysCheck]


@dataclass
class _Scan:
    """What a check has come across."""

    matrix: KeyMatrix
    fates: Fates
    files: list[tuple[Path, Tree]] = field(default_factory=list)
    own: list[tuple[Path, Tree]] = field(default_factory=list)
    others: int = 0
    includes: list[tuple[Include, Path, Tree]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    worse: int = 0
    """Findings that are neither a pass nor only information."""

    def sets(self, key: str) -> None:
        """A key is set in one of the product's own files."""
        self.keys.add(key.lower())


def find(target: _Target) -> Iterator[Finding | None]:
    """Every key of the matrix that files set and the version to reach has something against."""
    config = target.config
    try:
        matrix = target.documents.read(target.matrix(config.matrix), KeyMatrix)
        version = order_of(matrix.ecosystem)
        all_fates = fates(matrix, version, config.from_, config.to)
        backwards = bool(config.from_) and version(config.from_ or "") > version(config.to)
    except (BadDocumentError, OSError) as error:
        yield unknown(NAME, safe_line(f"the matrix {config.matrix}: {error}", 2_000), "matrix")
        return
    except BadVersionError as error:
        yield unknown(NAME, safe_line(str(error), 500), "version")
        return
    if backwards:
        why = f"from {config.from_} to {config.to} is no upgrade: a matrix tells no way back"
        yield unknown(NAME, safe_line(why), "not-an-upgrade")
        return
    scan = _Scan(matrix, all_fates)
    scanner = Scanner(matrix, Meanings(matrix, all_fates.rows), target.documents.scalars)
    for finding in _all_files(target, scan, scanner):
        scan.worse += finding is not None and finding.severity != "info"
        yield finding
    for finding in (*_includes(scan), *_defaults(scan)):
        scan.worse += finding.severity != "info"
        yield finding
    yield from _conclusion(target, scan)


def _all_files(target: _Target, scan: _Scan, scanner: Scanner) -> Iterator[Finding | None]:
    """The product's own files first, then what they include, then the others."""
    waiting: list[tuple[Path, Tree]] = []
    for given in target.config.paths:
        try:
            tree = target.tree(given)
            for path in tree.files():
                yield None
                if _is_own(path, tree, scan.matrix):
                    yield from _one_file(target, path, tree, scan, scanner, own=True)
                else:
                    waiting.append((path, tree))
        except NotThereError as error:
            yield unknown(NAME, safe_line(str(error), 500), "not-there")
    asked = 0
    while new := [
        (each.pattern, by, tree) for each, by, tree in scan.includes[asked:MOST_INCLUDES]
    ]:
        asked += len(new)
        included = [(path, tree) for path, tree in waiting if is_included(path, new)]
        found = {path for path, _tree in included}
        waiting = [each for each in waiting if each[0] not in found]
        for path, tree in included:
            yield from _one_file(target, path, tree, scan, scanner, own=True)
    for path, tree in waiting:
        yield None
        if is_configuration(scan.matrix, path.name):
            yield from _one_file(target, path, tree, scan, scanner, own=False)
        else:
            scan.others += 1


def _is_own(path: Path, tree: Tree, matrix: KeyMatrix) -> bool:
    """Whether a file is the product's own: by its name, or because it was named itself."""
    if path == tree.root:
        return True
    if matrix.files:
        return is_own(matrix, path.absolute().as_posix())
    return is_configuration(matrix, path.name)


def _one_file(
    target: _Target, path: Path, tree: Tree, scan: _Scan, scanner: Scanner, *, own: bool
) -> Iterator[Finding | None]:
    place = tree.place(path)
    try:
        text = read_text(path)
    except OSError as error:
        why = safe_line(f"{place}: {error.strerror}, so its keys are not known")
        yield not_read(why, "not-readable", place)
        return
    if text is None:
        if own:
            why = f"{place}: is no text, so its keys are not known"
            yield not_read(why, "not-text", place)
        else:
            scan.others += 1
        return
    scan.files.append((path, tree))
    if len(scan.files) % 100 == 0:
        target.tell(f"{len(scan.files):,} files")
    if own:
        scan.own.append((path, tree))
    if text.cut:
        why = f"{place}: only its first 4 MiB were looked at"
        yield not_read(why, "too-large", place)
    hits: dict[tuple[str, ...], list[Hit]] = {}
    troubles: list[Trouble] = []
    for found in scanner.scan(path.as_posix(), text, own=own, every_key=scan.sets):
        if isinstance(found, Hit):
            row = found.meant.row
            at = hits.setdefault((found.meant.written, row.name, *row.contexts), [])
            if not any(other.line == found.line for other in at):
                at.append(found)
        elif isinstance(found, Include):
            scan.includes.append((found, path, tree))
        elif isinstance(found, Trouble):
            troubles.append(found)
        else:
            yield None
    if troubles and any(line.strip() for line in text.lines):
        yield not_parsed(place, troubles, text)
    for same in hits.values():
        left = same
        for fate in (*scan.fates.values, *scan.fates.keys):
            if fate.row is not same[0].meant.row:
                continue
            meant = with_value(fate, same) if fate.value else [(hit, "") for hit in left]
            if not meant:
                continue
            yield finding_of(scan.matrix, fate, path, tree, text, meant, own=own)
            if fate.gone and fate.value:  # that says it all: nothing more of the key itself
                left = [hit for hit in left if all(hit is not each for each, _word in meant)]


def _includes(scan: _Scan) -> Iterator[Finding]:
    """Files that belong to the configuration and were not looked at."""
    looked_at = [path for path, _tree in scan.files]
    said: set[str] = set()
    for include, path, tree in scan.includes:
        name = PurePosixPath(include.pattern).name
        if name in scan.matrix.harmless_includes:
            continue
        if is_looked_at(include.pattern, path, tree, looked_at):
            continue
        place = tree.place(path)
        what = safe_line(include.pattern, SHOWN)
        if f"{place}: {what}" in said:
            continue
        said.add(f"{place}: {what}")
        there = is_there(include.pattern, path, tree)
        yield Finding(
            check=NAME,
            key="include-outside",
            severity="unknown" if there else "info",
            title=f"{place} includes {what}, which "
            + ("was not looked at" if there else "is not among what was looked at, nor here"),
            subject=f"{place}: {what}",
            evidence=(Evidence(place=place, line=include.line, text=what),),
            remediation="Add it to the paths of this check.",
        )


def _defaults(scan: _Scan) -> Iterator[Finding]:
    """Defaults that change, of keys that nothing sets. Only where there is its configuration."""
    if not scan.own:
        return
    for row, change in scan.fates.defaults:
        names = {row.key.lower(), env_name(scan.matrix, row).lower()}
        if change.when_unset is None or names & scan.keys:
            continue
        since = change.changed_in
        words = wording.default_title(scan.matrix, row, change.from_, change.to, since)
        places = [tree.place(path) for path, tree in scan.own[:5]]
        keep = f" It was {change.from_}: to keep it so, set it." if change.from_ else ""
        yield Finding(
            check=NAME,
            key="default-changed",
            severity=change.when_unset,
            title=safe_line(words, 200),
            subject=row.name,
            evidence=tuple(Evidence(place=place) for place in places),
            remediation=f"{change.note or row.note}{keep} Source: {row.source}".strip(),
        )


def _conclusion(target: _Target, scan: _Scan) -> Iterator[Finding]:
    """The grep; and, where nothing was found, what was looked at."""
    matrix, to = scan.matrix, target.config.to
    counted = f"{len(scan.files):,} files" if len(scan.files) != 1 else "1 file"
    left = f", {scan.others:,} left out as no configuration" if scan.others else ""
    if not scan.files:
        why = f"no configuration was found to look for keys of {matrix.product} in{left}"
        yield unknown(NAME, why, "nothing-to-look-at")
        return
    if not scan.worse:
        yield Finding(
            check=NAME,
            key="none",
            severity="pass",
            title=f"{counted} looked at for {len(scan.fates.rows)} keys of {matrix.product} {to}, "
            f"none is set{left}",
            subject=matrix.product,
        )
    if not scan.fates.rows:
        return
    yield Finding(
        check=NAME,
        key="grep",
        severity="info",
        title=f"One command that finds all {len(scan.fates.rows)} keys ({counted} looked at{left})",
        subject=f"{matrix.product} {to}",
        evidence=(Evidence(place=matrix.product, text=_grep(scan)),),
        remediation="It knows no comments, sections and values: it finds more than this check."
        + ("" if all(t.editable for _p, t in scan.files) else " Run it where it is unpacked."),
    )


def _grep(scan: _Scan) -> str:
    """The command. Files of a package are named as they are called inside of it."""
    named: list[str] = []
    roots: dict[str, None] = {}
    for path, tree in scan.files:
        inside = path.relative_to(tree.root).as_posix() if path != tree.root else path.name
        name = str(path) if tree.editable else inside
        named.append(name)
        roots[str(tree.root) if tree.editable else "."] = None
    deep = len(named) > MOST_FILES or any(not name.isprintable() for name in named)
    return command(
        pattern(scan.matrix, scan.fates.rows),
        scan.matrix,
        [safe_line(name) for name in (roots if deep else named)],
        deep=deep,
    )


CHECK: Check[_Target] = Check(NAME, "Configuration keys", find)
