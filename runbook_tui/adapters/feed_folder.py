"""A folder that other programs read while it is written: every file is whole at every moment.

All is done relative to open folders and without following links, so that nobody who may write into
the folder can make this program write elsewhere.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from runbook_tui.domain.text import safe_line

LARGEST = 64 * 1024**2
"""Bytes of a file that is read; two hundred thousand entries have less."""
READABLE = 0o644
"""Rights of the files: a web server is somebody else."""
LOCK = ".status-feed.lock"
_TEMPORARY = re.compile(r"\.(?:index\.html|feed\.atom|feed\.json|status\.md)\.[0-9a-f]{16}\.tmp")
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_WORDS = {
    errno.ENOSPC: "no room is left on the disk",
    errno.EDQUOT: "no room is left on the disk for this user",
    errno.EROFS: "the disk can only be read",
    errno.EACCES: "this user may not write there",
    errno.EPERM: "this user may not write there",
    errno.ELOOP: "it is a symbolic link, which is not followed",
    errno.ENOTDIR: "something that is no folder is in the way",
    errno.ENOENT: "it is not there",
    errno.EFBIG: "it is larger than it may be",
}


class FeedError(Exception):
    """The feed, or a part of it, could not be published. One safe sentence; what was published
    before is unharmed, and publishing again completes it."""


class FeedFolder:
    """One open folder. Errors are FeedError, with `name` for what the folder is called in them."""

    def __init__(self, descriptor: int, name: str) -> None:
        self._descriptor = descriptor
        self.name = name

    def read(self, name: str) -> bytes | None:
        """The bytes of a file; None where there is none."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with self._telling(name):
            try:
                descriptor = os.open(name, flags, dir_fd=self._descriptor)
            except FileNotFoundError:
                return None
            with os.fdopen(descriptor, "rb") as file:
                found = os.fstat(descriptor)
                if not stat.S_ISREG(found.st_mode):
                    raise FeedError(self._sentence(name, "something that is no file is there"))
                if found.st_size > LARGEST:
                    raise OSError(errno.EFBIG, "")
                return file.read()

    def replace(self, name: str, data: bytes) -> None:
        """Puts a file there, whole or not at all; leaves it alone where it is the same already.
        Its name is durable after `sync`."""
        if self.read(name) == data:
            return
        fresh = f".{name}.{secrets.token_hex(8)}.tmp"
        with self._telling(name):
            descriptor = os.open(fresh, _NEW_FILE, READABLE, dir_fd=self._descriptor)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    os.fchmod(descriptor, READABLE)  # whatever the umask is
                    file.write(data)
                    file.flush()
                    self._date_anew(name, descriptor)
                    os.fsync(descriptor)
                here = self._descriptor
                os.rename(fresh, name, src_dir_fd=here, dst_dir_fd=here)
            except BaseException:
                self._remove(fresh)
                raise

    def _date_anew(self, name: str, descriptor: int) -> None:
        """Later by a second at least than the file that it replaces: web servers tell by whole
        seconds whether a file has changed, and a reader would keep the old one for good."""
        with contextlib.suppress(FileNotFoundError):
            before = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False).st_mtime_ns
            earliest = (before // 10**9 + 1) * 10**9
            if os.fstat(descriptor).st_mtime_ns < earliest:
                os.utime(descriptor, ns=(earliest, earliest))

    def sweep(self) -> None:
        """Removes what a killed program left behind. Only under the lock."""
        with self._telling(""):
            for name in os.listdir(self._descriptor):  # noqa: PTH208 - pathlib has no descriptors
                if _TEMPORARY.fullmatch(name):
                    self._remove(name)

    def sync(self) -> None:
        """Makes the names in it durable."""
        with self._telling(""):
            os.fsync(self._descriptor)

    @contextlib.contextmanager
    def inside(self, name: str, mode: int) -> Iterator[FeedFolder]:
        """A folder in it, made with these rights where there is none."""
        with self._telling(name):
            try:
                os.mkdir(name, mode, dir_fd=self._descriptor)
                os.fsync(self._descriptor)
            except FileExistsError:
                pass
            descriptor = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=self._descriptor)
        try:
            yield FeedFolder(descriptor, name)
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def locked(self, patience: float) -> Iterator[None]:
        """Nobody else publishes meanwhile. The kernel gives the lock back when its holder dies.

        `patience`: seconds to wait for it; FeedError after that.
        """
        end = time.monotonic() + patience
        while (descriptor := self._lock(end)) is None:
            pass
        try:
            yield
        finally:
            os.close(descriptor)

    def _lock(self, end: float) -> int | None:
        """The locked file, or None where it is no longer the one with that name."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        with self._telling(LOCK):
            descriptor = os.open(LOCK, flags, 0o666, dir_fd=self._descriptor)
            try:
                pause = 0.002
                while not _taken(descriptor):
                    if time.monotonic() >= end:
                        why = "another program has been publishing for too long"
                        raise FeedError(self._sentence("", why))
                    time.sleep(pause)
                    pause = min(pause * 2, 0.05)
                mine = os.fstat(descriptor)
                with contextlib.suppress(FileNotFoundError):
                    there = os.stat(LOCK, dir_fd=self._descriptor, follow_symlinks=False)
                    if (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino):
                        return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
            return None

    def _remove(self, name: str) -> None:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=self._descriptor)

    @contextlib.contextmanager
    def _telling(self, name: str) -> Iterator[None]:
        """Errors of the system as FeedError."""
        try:
            yield
        except OSError as error:
            raise FeedError(self._sentence(name, words_of(error))) from error

    def _sentence(self, name: str, why: str) -> str:
        return (
            f"the status feed cannot be written: {'/'.join(filter(None, (self.name, name)))}: {why}"
        )


@contextlib.contextmanager
def opened(path: Path) -> Iterator[FeedFolder]:
    """The folder, made where only it is missing: what is above it has to be there, for it may be a
    disk that is not mounted. Raises FeedError."""
    name = safe_line(str(path), 200)
    try:
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o755)
            _sync_name(path)
        descriptor = os.open(path, _FOLDER)
    except (OSError, ValueError) as error:
        why = words_of(error) if isinstance(error, OSError) else "it is no name of a folder"
        raise FeedError(f"the status feed cannot be written: {name}: {why}") from error
    try:
        yield FeedFolder(descriptor, name)
    finally:
        os.close(descriptor)


def words_of(error: OSError) -> str:
    """Why, without any path."""
    return _WORDS.get(error.errno or 0, safe_line(error.strerror or "an error of the system"))


def _sync_name(path: Path) -> None:
    descriptor = os.open(path.parent, _FOLDER)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
