"""What file systems and memory have left, as a process without privileges gets it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from runbook_tui.preflight.machine.texts import read


@dataclass(frozen=True)
class Volume:
    """The file system of a path. Bytes, and what df calls available: without root's reserve."""

    looked_at: Path
    """The path itself, or the nearest folder above it that exists."""
    available: int
    usable: int
    """Used and available together: what percents are of, as df counts."""
    block: int
    inodes: int | None
    """Files that can still be made; None where the file system does not count them (btrfs)."""
    read_only: bool
    device: int


def volume(path: Path) -> Volume:
    """The file system that a path is on or will be made on. Raises OSError."""
    looked_at = path.absolute()
    while not looked_at.exists() and looked_at != looked_at.parent:
        looked_at = looked_at.parent
    told = os.statvfs(looked_at)
    available = told.f_bavail * told.f_frsize
    used = (told.f_blocks - told.f_bfree) * told.f_frsize
    return Volume(
        looked_at=looked_at,
        available=available,
        usable=available + used,
        block=told.f_frsize or 4096,
        inodes=told.f_favail if told.f_files else None,
        read_only=bool(told.f_flag & os.ST_RDONLY),
        device=looked_at.stat().st_dev,
    )


def memory(root: Path) -> tuple[int, int]:
    """Bytes available without swapping, and bytes in all: MemAvailable and MemTotal of
    /proc/meminfo (proc_meminfo(5)). Raises OSError, ValueError.
    """
    fields: dict[str, int] = {}
    for line in read(root, "/proc/meminfo").splitlines():
        name, _, rest = line.partition(":")
        number = rest.split()
        if len(number) == 2 and number[1] == "kB" and number[0].isdigit():
            fields[name] = int(number[0]) * 1024
    try:
        return fields["MemAvailable"], fields["MemTotal"]
    except KeyError as error:
        raise ValueError(f"/proc/meminfo has no {error.args[0]}") from error
