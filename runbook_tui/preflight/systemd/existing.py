"""Which units there are: their files, other names for them, what is masked, scripts of SysV init.

Sources: systemd.unit(5), "Unit File Load Path"; systemd-sysv-generator(8).
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from runbook_tui.preflight.systemd.links import links
from runbook_tui.preflight.systemd.names import SPECIAL
from runbook_tui.preflight.systemd.unit_files import is_unit, read, settings, template_of

FOLDERS = (
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/run/systemd/generator.early",
    "/etc/systemd/system",
    "/etc/systemd/system.attached",
    "/run/systemd/system",
    "/run/systemd/system.attached",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/run/systemd/generator.late",
    "/etc/init.d",
)
"""What `systemd-analyze unit-paths` lists, and the scripts that units are made from."""
DEEPEST = 3
Kind = Literal["unit", "alias", "masked", "sysv", "not-enabled-alias", "absent"]


@dataclass(frozen=True)
class Standing:
    """What a name is here. `other`: the unit that an alias stands for."""

    kind: Kind
    other: str = ""


@dataclass
class Existing:
    """All units of a machine, as far as files tell."""

    units: set[str] = field(default_factory=set)
    aliases: dict[str, str] = field(default_factory=dict)
    masked: set[str] = field(default_factory=set)
    sysv: set[str] = field(default_factory=set)
    install_aliases: dict[str, str] = field(default_factory=dict)
    """What ``Alias=`` promises to whoever enables the unit."""
    unread: list[Path] = field(default_factory=list)
    """Folders that could not be looked into."""

    def standing(self, name: str) -> Standing:
        """What a full name is here."""
        template = template_of(name)
        for each in dict.fromkeys((name, template)):
            if each in self.masked:
                return Standing("masked")
            if each in self.aliases:
                return Standing("alias", self.aliases[each])
            if each in self.units or each in SPECIAL:
                return Standing("unit")
        if name.removesuffix(".service") in self.sysv and name.endswith(".service"):
            return Standing("sysv")
        for each in (name, template):
            if each in self.install_aliases:
                return Standing("not-enabled-alias", self.install_aliases[each])
        return Standing("absent")

    def fits(self, pattern: str) -> bool:
        """Whether a shell pattern fits any unit."""
        names = self.units | self.aliases.keys()
        return any(fnmatch.fnmatchcase(name, pattern) for name in names)

    @property
    def names(self) -> set[str]:
        """Everything that there is, by every name that it has."""
        return self.units | self.aliases.keys() | {f"{name}.service" for name in self.sysv}


def gather(existing: Existing, folder: Path) -> Iterator[None]:
    """Adds what a folder has; ``user`` folders below it are another manager's."""
    if not folder.is_dir():
        return
    if folder.name == "init.d":
        existing.sysv |= {each.name for each in _scripts(folder)}
        return
    try:
        for link in links(folder):
            yield None
            _take_link(existing, link.path, link.target, bool(link.wanted_by), link.masks)
    except OSError:
        existing.unread.append(folder)
    for path in _files(existing, folder, 0):
        yield None
        existing.units.add(path.name)
        try:
            text = read(path)
        except OSError:
            continue
        for setting in settings(text or "", path):
            if setting.section == "Install" and setting.key == "Alias":
                for alias in setting.value.split():
                    existing.install_aliases[alias] = path.name


def _take_link(existing: Existing, path: Path, target: str, wanted: bool, masks: bool) -> None:
    name, real = path.name, PurePosixPath(target).name
    if not is_unit(name) or "user" in path.parts[-3:-1]:
        return
    if masks:
        existing.masked.add(name)
    elif wanted:
        return  # that it is wanted does not say that it is there
    elif is_unit(real) and real != name:
        existing.aliases.setdefault(name, real)
    else:
        existing.units.add(name)


def _files(existing: Existing, folder: Path, depth: int) -> Iterator[Path]:
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        existing.unread.append(folder)
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if depth < DEEPEST and entry.name != "user":
                yield from _files(existing, Path(entry.path), depth + 1)
        elif is_unit(entry.name) and entry.is_file(follow_symlinks=False):
            if entry.stat(follow_symlinks=False).st_size:
                yield Path(entry.path)
            else:
                existing.masked.add(entry.name)


def _scripts(folder: Path) -> Iterator[Path]:
    for each in folder.iterdir():
        if (
            each.is_file()
            and not each.name.startswith(".")
            and each.name not in ("README", "skeleton")
        ):
            yield each
