"""The links in folders of units: they enable, they give other names, they mask. None is followed.

Source: systemctl(1), "enable" and "mask"; systemd.unit(5).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DEEPEST = 40


@dataclass(frozen=True)
class Link:
    """A link by its path, and what is written in it."""

    path: Path
    target: str

    @property
    def masks(self) -> bool:
        """Whether it masks the unit of its name."""
        return self.target == "/dev/null"

    @property
    def wanted_by(self) -> str:
        """The unit in whose ``.wants`` or ``.requires`` folder it lies; empty where in none."""
        folder = self.path.parent.name
        for ending in (".wants", ".requires", ".upholds"):
            if folder.endswith(ending):
                return folder.removesuffix(ending)
        return ""


def links(folder: Path, depth: int = 0) -> Iterator[Link]:
    """Every link below a folder, in order. Raises OSError."""
    if depth > DEEPEST or (depth == 0 and (folder.is_symlink() or not folder.is_dir())):
        return
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_symlink():
            yield Link(Path(entry.path), str(Path(entry.path).readlink()))
        elif entry.is_dir(follow_symlinks=False):
            yield from links(Path(entry.path), depth + 1)
