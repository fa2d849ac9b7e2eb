"""Files and folders that survive a power cut: the few moves everything durable is made of.

A file is durable once its bytes *and* its name are: the bytes by fsync of the file, the name by
fsync of the folder it stands in, and so on upwards for every folder just made. On ext4 and xfs one
journal keeps all names in order, so that a later fsync carries the earlier ones along; btrfs and
others do not promise that across folders. Nothing here relies on it; `journal` says who may.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Sequence
from pathlib import Path

_RANDOM = os.urandom(6).hex()
_COUNT = itertools.count()


def sync_folder(folder: Path | str) -> None:
    """Makes the names in `folder` durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_file(path: Path) -> None:
    """Makes the bytes of a file durable, whoever wrote them. Reading rights are enough."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_together(files: Sequence[int]) -> None:
    """Fsyncs open files, after all of them were told to start writing.

    With every file's blocks asked for before the first fsync, a journal commits once for all
    instead of once for each. The telling is only a hint; the fsyncs are what counts.
    """
    if len(files) > 1:
        for fd in files:
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    for fd in files:
        os.fsync(fd)


def make_folders(folder: Path, root: Path, *, extra_mode: int = 0) -> None:
    """Makes `folder` and what is missing between it and `root`, each durable in the one above.

    `root` must be there (FileNotFoundError where it is not): a repository that was deleted or
    unmounted is not to be built again as an empty skeleton. `extra_mode` is for repositories
    shared by a group (`layout.Layout.folder_bits`).
    """
    try:
        made = make_folder(folder, extra_mode=extra_mode)
    except FileNotFoundError:
        if folder.parent in {root, folder}:
            raise
        make_folders(folder.parent, root, extra_mode=extra_mode)
        make_folders(folder, root, extra_mode=extra_mode)
        return
    if made:
        sync_folder(folder.parent)


def make_folder(folder: Path | str, *, extra_mode: int = 0) -> bool:
    """Makes one folder, not durable yet, and tells whether it was missing."""
    folder = Path(folder)
    try:
        folder.mkdir()
    except FileExistsError:
        if not folder.is_dir():
            raise NotADirectoryError(20, "a file is in the way", str(folder)) from None
        return False
    if extra_mode:
        folder.chmod(folder.stat().st_mode & 0o7777 | extra_mode)
    return True


def write_all(fd: int, data: bytes) -> None:
    """Writes every byte, where os.write may stop short (a disk filling up, a signal)."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def write_file(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """A new file with these bytes, fsynced; its name is not yet durable. It must not exist."""
    fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    try:
        write_all(fd, data)
        os.fsync(fd)
    finally:
        os.close(fd)


def remove(path: Path | str) -> None:
    """Removes a temporary file; that it cannot be removed is never the news of the day."""
    with contextlib.suppress(OSError):
        os.unlink(path)  # noqa: PTH108 - text as well, on the way of every decision


def temporary_suffix() -> str:
    """A name nobody else uses: process id, 48 random bits of this process, and a count."""
    return f"{os.getpid()}_{_RANDOM}{next(_COUNT)}"
