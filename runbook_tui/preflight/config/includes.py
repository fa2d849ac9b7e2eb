"""Whether a file that a configuration includes was looked at, too."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path

from runbook_tui.preflight.trees import Tree

_GLOB = re.compile(r"[*?\[]")
MOST = 2_000
"""Entries of a folder that are looked at for an included file."""


def is_looked_at(pattern: str, by: Path, tree: Tree, looked_at: Iterable[Path]) -> bool:
    """Whether what a file `by` of a tree includes lies among what is looked at.

    In a package an absolute path is one inside of the package.
    """
    place = _place(pattern, by, tree)
    if (
        tree.root.is_dir()
        and _is_below(place, tree.root)
        and (bool(_GLOB.search(place)) or Path(place).exists())
    ):
        return True
    return any(fnmatchcase(str(path), _as_files(place)) for path in looked_at)


def is_included(path: Path, includes: Iterable[tuple[str, Path, Tree]]) -> bool:
    """Whether one of the includes (pattern, file that has it, its tree) means this file."""
    return any(
        fnmatchcase(str(path), _as_files(_place(pattern, by, tree)))
        for pattern, by, tree in includes
    )


def is_there(pattern: str, by: Path, tree: Tree) -> bool:
    """Whether anything that is included exists on this machine. Folders are not searched deep."""
    place = _place(pattern, by, tree) if tree.editable else ""
    if not place:
        return False
    glob = _GLOB.search(place)
    if glob is None and not place.endswith("/"):
        return Path(place).exists()
    folder, _, last = place.rpartition("/")
    if above := _GLOB.search(folder):
        return Path(folder[: above.start()]).parent.exists()
    try:
        with os.scandir(folder) as entries:
            return any(fnmatchcase(each.name, last or "*") for each in islice(entries, MOST))
    except OSError:
        return False


def _place(pattern: str, by: Path, tree: Tree) -> str:
    slash = "/" if pattern.endswith("/") else ""
    if pattern.startswith("/"):
        base = pattern if tree.editable else f"{tree.root}/{pattern.lstrip('/')}"
        return os.path.normpath(base) + slash
    return os.path.normpath(by.parent / pattern) + slash


def _is_below(place: str, root: Path) -> bool:
    return place == str(root) or place.startswith(f"{root}/")


def _as_files(place: str) -> str:
    return f"{place}*" if place.endswith("/") else place
