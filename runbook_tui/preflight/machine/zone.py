"""The system's time zone: what /etc/localtime is (localtime(5)); UTC where there is none.

Two names of one zone (Etc/UTC, UTC) have the same file, so where names differ the files decide.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from runbook_tui.preflight.machine.texts import read

_MOST = 64 * 1024
_FOLDER = "usr/share/zoneinfo"


@dataclass(frozen=True)
class Zone:
    """`name`: empty where only the file is known. `source`: where that was read."""

    name: str
    source: str
    rules: bytes = b""


def system_zone(root: Path) -> Zone:
    """The zone that programs of the system use. Raises OSError."""
    path = root / "etc/localtime"
    if not os.path.lexists(path):
        return Zone("UTC", "/etc/localtime is missing, which means UTC")
    if path.is_symlink():
        to = str(path.readlink())
        name = to.partition("zoneinfo/")[2]
        rules = _rules(root, name) or b""
        return Zone(name, f"/etc/localtime -> {to}", rules)
    with path.open("rb") as file:
        rules = file.read(_MOST)
    try:
        name = read(root, "/etc/timezone").strip()
    except OSError:
        name = ""
    if name and _rules(root, name) != rules:
        name = ""  # what Debian remembers in /etc/timezone is not what counts
    return Zone(name, "/etc/localtime, a copy", rules)


def is_zone(root: Path, zone: Zone, wanted: str) -> bool | None:
    """Whether a zone is the one wanted; None where `wanted` is not known here."""
    if zone.name == wanted:
        return True
    rules = _rules(root, wanted)
    if rules is None:
        return None if wanted not in _ALWAYS_UTC else zone.name in _ALWAYS_UTC
    mine = zone.rules or _rules(root, zone.name)
    return (zone.name in _ALWAYS_UTC and wanted in _ALWAYS_UTC) or mine == rules


_ALWAYS_UTC = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu", "Universal"})


def _rules(root: Path, name: str) -> bytes | None:
    parts = name.split("/")
    if not name or ".." in parts or name.startswith("/"):
        return None
    try:
        with (root / _FOLDER / name).open("rb") as file:
            content = file.read(_MOST)
    except OSError:
        return None
    return content if content.startswith(b"TZif") else None
