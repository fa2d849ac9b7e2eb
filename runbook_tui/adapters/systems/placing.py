"""Puts files in their place: whole or not at all, and still there after a power cut.

All happens in a folder that is held open, so that nobody can put a link in its way meanwhile.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from runbook_tui.adapters.systems.base import NotPutBackError

NAME_ENDS = ".runbook-tui"
"""What the name of a file that is being written ends with: run-parts and cron pass over it."""


@contextmanager
def held(path: str, at: str) -> Iterator[int]:
    """The folder of `path`, held open; it must really be `at`. Raises NotPutBackError, OSError."""
    parent = os.path.dirname(os.path.abspath(path))  # noqa: PTH100, PTH120
    try:
        folder = os.open(parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotPutBackError("the folder it was in is not there") from error
    try:
        really = os.readlink(f"/proc/self/fd/{folder}")  # noqa: PTH115
        if really != at:
            raise NotPutBackError(f"a link on its way leads elsewhere by now: to {really}")
        with _writable(folder):
            yield folder
            os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _writable(folder: int) -> Iterator[None]:
    """Lets its owner write in a folder for a moment, where its permissions do not."""
    status = os.fstat(folder)
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o300 == 0o300 or status.st_uid != os.geteuid():
        yield
        return
    os.fchmod(folder, mode | 0o300)
    try:
        yield
    finally:
        os.fchmod(folder, mode)


def write(
    folder: int,
    name: str,
    content: bytes,
    *,
    mode: int,
    owner: int,
    group: int,
    xattrs: Mapping[str, bytes],
) -> None:
    """A file in a folder held open, in place of whatever file or link is there. Raises OSError."""
    # It must fit a name's 255 bytes, whatever the file is called.
    made = f".{secrets.token_hex(8)}{NAME_ENDS}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(made, flags, 0o600, dir_fd=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            dress(handle, mode=mode, owner=owner, group=group, xattrs=xattrs)
            os.fsync(handle)
        os.rename(made, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(made, dir_fd=folder)
        raise


def dress(handle: int, *, mode: int, owner: int, group: int, xattrs: Mapping[str, bytes]) -> None:
    """Gives an open file or folder its owner, permissions and attributes; in this order, since
    another owner takes permissions away. Raises OSError."""
    status = os.fstat(handle)
    if (status.st_uid, status.st_gid) != (owner, group):
        os.fchown(handle, owner, group)
    os.fchmod(handle, mode)
    for name, value in xattrs.items():
        os.setxattr(handle, name, value)


def replace_content(path: Path, content: bytes) -> None:
    """Another content for a file that stays what it is: its owner, permissions and attributes; a
    link to it stays a link. Raises NotPutBackError."""
    real = path.resolve()
    try:
        status = real.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise NotPutBackError(f"{path} is no file")
        named = {name: os.getxattr(real, name) for name in _attributes(real)}
        with held(str(real), str(real.parent)) as folder:
            write(
                folder,
                real.name,
                content,
                mode=stat.S_IMODE(status.st_mode),
                owner=status.st_uid,
                group=status.st_gid,
                xattrs=named,
            )
    except OSError as error:
        raise NotPutBackError(f"{path}: {error.strerror}") from error


def _attributes(path: Path) -> list[str]:
    try:
        return [name for name in os.listxattr(path) if not name.startswith("security.selinux")]
    except OSError:  # a file system without any
        return []
