"""A directory as a package: links are looked at, never followed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from runbook_tui.preflight.package.members import Kind
from runbook_tui.preflight.package.reading import Reading


def read_folder(reading: Reading, folder: Path) -> None:
    """Takes in everything below a folder, in the order of the names. Raises LimitError."""
    _walk(reading, folder, "")


def _walk(reading: Reading, folder: Path, above: str) -> None:
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - names alone, as they are
    except OSError as error:
        reading.remark("not-readable", above, f"{error.strerror}")
        return
    for name in names:
        path, place = above + name, folder / name
        try:
            status = place.lstat()
            mode = stat.S_IMODE(status.st_mode)
            kind = _kind(status.st_mode)
            if kind == "file":
                with place.open("rb") as content:
                    reading.add(path, path, kind, mode=mode, content=content)
            else:
                link = os.readlink(place) if kind == "symlink" else ""  # noqa: PTH115
                reading.add(path, path, kind, mode=mode, link=link)
        except OSError as error:
            reading.remark("not-readable", path, f"{error.strerror}")
            continue
        if kind == "directory":
            _walk(reading, place, path + "/")


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "directory"
    if stat.S_ISLNK(mode):
        return "symlink"
    if stat.S_ISFIFO(mode):
        return "fifo"
    return "device" if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) else "other"
