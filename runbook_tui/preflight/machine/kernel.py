"""Kernel releases, and which installed one is newer than the one that runs.

A release begins with numbers between dots; those are compared as numbers, with trailing zeros
without meaning (6.1 is 6.1.0). What follows says who built it, and how often: ``6.1.0-25-amd64``
is compared with others of the same flavour (``amd64``), as needrestart does it
(https://github.com/liske/needrestart, NeedRestart::Kernel::Linux); by rpm's order, number by number
and word by word, which takes what all distributions write.
"""

from __future__ import annotations

import re
from pathlib import Path

from runbook_tui.preflight.machine.texts import read
from runbook_tui.preflight.versions.order import BadVersionError, Order, Version

_NUMBERS = re.compile(r"\d+(?:\.\d+)*")
_FLAVOUR = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z][A-Za-z0-9_]*)*$")
_SEGMENTS = Order("rpm")


def running(root: Path) -> str:
    """The release of the kernel that runs, as uname -r tells it. Raises OSError."""
    return read(root, "/proc/sys/kernel/osrelease").strip()


def numbers(release: str) -> Version:
    """What counts of a release when an oldest one is asked for. Raises BadVersionError."""
    match = _NUMBERS.match(release.strip())
    if match is None:
        raise BadVersionError(f"{release[:60]!r} is no release of a kernel")
    return Order("generic").version(match.group())


def installed(root: Path) -> list[str]:
    """The releases that could be started next: /boot/vmlinuz-*, and /lib/modules/* and
    /usr/lib/modules/* that have a kernel in them (vmlinuz).
    """
    found: set[str] = set()
    try:
        names = [path.name for path in (root / "boot").iterdir()]
    except OSError:
        names = []
    for name in names:
        if name.startswith("vmlinuz-") and not name.endswith((".old", ".bak")):
            found.add(name.removeprefix("vmlinuz-"))
    for folder in ("lib/modules", "usr/lib/modules"):
        try:
            names = [path.name for path in (root / folder).iterdir()]
        except OSError:
            continue
        found.update(name for name in names if (root / folder / name / "vmlinuz").is_file())
    return sorted(found)


def newer(root: Path) -> tuple[str, str] | None:
    """The release that runs and the newest newer one of its flavour; None where there is none.

    Raises OSError, BadVersionError.
    """
    now = running(root)
    flavour, newest, best = _flavour(now), _order(now), ""
    for release in installed(root):
        if _flavour(release) != flavour:
            continue
        try:
            order = _order(release)
        except BadVersionError:
            continue  # nobody's kernel: no other program would start it either
        if order > newest:
            newest, best = order, release
    return (now, best) if best else None


def _order(release: str) -> Version:
    return _SEGMENTS.version(release.replace("-", "."))


def _flavour(release: str) -> str:
    match = _FLAVOUR.search(release[:200])
    return match.group() if match else ""
