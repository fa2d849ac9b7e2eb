"""Inventory: what is in a package, by what it is for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from runbook_tui.domain.findings import Evidence, Finding, Severity
from runbook_tui.preflight.check import Check
from runbook_tui.preflight.package.kinds import FileKind, file_kind
from runbook_tui.preflight.package.members import Package

NAME = "inventory"
MOST_NAMED = 50
"""Files named for each kind; the title has the number of all."""
_WORDS: dict[FileKind, tuple[str, str]] = {
    "script": ("script", "scripts"),
    "binary": ("program without source", "programs without source"),
    "migration": ("migration", "migrations"),
    "unit": ("systemd unit", "systemd units"),
    "cron": ("cron file", "cron files"),
    "config": ("configuration file", "configuration files"),
    "certificate": ("certificate file", "certificate files"),
    "key": ("private key", "private keys"),
    "archive": ("archive in it", "archives in it"),
    "documentation": ("text to read", "texts to read"),
    "list": ("list of its content", "lists of its content"),
    "code": ("source file", "source files"),
    "other": ("other file", "other files"),
}


def find(package: Package) -> Iterator[Finding | None]:
    """One finding for each kind of file that is there."""
    found: dict[FileKind, list[str]] = defaultdict(list)
    for member in package.files():
        yield None
        found[file_kind(member)].append(member.path)
    for kind, (one, many) in _WORDS.items():
        paths = found.get(kind)
        if not paths:
            continue
        severity: Severity = "high" if kind == "key" else "info"
        more = f", the first {MOST_NAMED} named" if len(paths) > MOST_NAMED else ""
        yield Finding(
            check=NAME, key=kind, severity=severity,
            title=f"{len(paths):,} {one if len(paths) == 1 else many}{more}",
            evidence=tuple(Evidence(place=path) for path in paths[:MOST_NAMED]),
            remediation="A key that travels with a package is everybody's: have it replaced."
            if kind == "key" else "",
        )  # fmt: skip


CHECK: Check[Package] = Check(NAME, "Inventory", find)
