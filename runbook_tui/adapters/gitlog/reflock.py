"""The lock on a branch: git's own ``<ref>.lock``, and a way to tell a dead owner from a live one.

Git's protocol: whoever creates ``<ref>.lock`` exclusively may replace the ref, by renaming the
lock over it. Git keeps it, so git and this program exclude each other. But a process that is
killed leaves its lock behind, and nothing in git's protocol says whose it was. Hence:

- The new value is written and fsynced to a *token*, ``.<id>.<pid>_<random>.lock`` beside the ref
  (git skips names with a leading dot). Its owner holds a `flock` on it, which ends with the
  process, however that ends.
- The lock is taken by hard-linking the token to ``<ref>.lock``. So it appears in one step, already
  flocked, and already with the valid value in it that git expects there.
- A lock that has a token (the same inode) is ours. If nobody flocks it, its owner is dead, and it
  is taken away. Doing so needs the flock on that very inode and a second look that the name still
  means it; so of two that try, one wins, and neither can take away the lock of a third.
- A lock without token is git's. Git does not flock, so nothing tells whether its owner lives:
  it counts as held until it is ten minutes old (git itself never removes one).

Where the file system has no hard links, the lock is created in git's plain way and a dead one
waits out the ten minutes; where it has no flock, likewise.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from runbook_tui.adapters.gitlog import durable
from runbook_tui.adapters.gitlog.errors import LockHeld
from runbook_tui.adapters.gitlog.layout import Layout

PATIENCE = 3.0
"""Seconds to wait for a lock that is held; an append holds it for about a millisecond."""

FOREIGN_OLD = 600.0
"""Seconds after which a lock that is not ours counts as left behind."""

_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS, errno.EXDEV}


class RefLock:
    """A new value for one ref, and the exclusive right to put it there.

    When made, it is only a token with the value in it. It gets its right by `acquire`, and uses
    it by `commit`. `release` ends it in any case.
    """

    # Paths are kept as text: as objects they would cost a twentieth of a decision.

    def __init__(self, layout: Layout, ref: Path, value: bytes) -> None:
        self._layout = layout
        self._ref = ref
        self._lock = str(lock_path(ref))
        self._value = value
        self._token = ""
        self._committed = False
        self.fd = -1
        """For the fsync that has to come before `acquire`; here so that it can be joined with
        those of other files."""
        self._make_token()

    def acquire(self) -> None:
        """Takes the lock on the ref, whose value must be durable by now.

        Raises LockHeld after `PATIENCE` seconds, OSError where the file system refuses.
        """
        deadline = time.monotonic() + PATIENCE
        pause = 0.001
        while not self._link():
            owner, age = take_away_if_dead(self._ref)
            if age is None:
                continue
            if time.monotonic() >= deadline:
                raise LockHeld(lock_path(self._ref), owner, age)
            # At random, lest two that wait knock at the same moments for ever.
            time.sleep(pause * (0.5 + os.urandom(1)[0] / 255))
            pause = min(pause * 2, 0.05)

    def commit(self) -> None:
        """Puts the new value in place. Not durable before the ref's folder is fsynced."""
        try:
            os.rename(self._lock, self._ref)  # noqa: PTH104
        except (IsADirectoryError, FileExistsError):
            # An empty folder that git left behind where a deeper branch once was.
            self._ref.rmdir()
            os.rename(self._lock, self._ref)  # noqa: PTH104
        self._committed = True

    def release(self) -> None:
        """Gives everything back; the ref stays as it is. More than once does no harm."""
        if self.fd < 0:
            return
        # Looked at, since an interrupt may have come right after the link or the rename. And the
        # lock goes before the token: without that it would look like git's.
        if not self._committed and _is_same(self._lock, os.fstat(self.fd)):
            durable.remove(self._lock)
        self._drop()

    def _drop(self) -> None:
        if self._token:
            durable.remove(self._token)
        fd, self.fd, self._token = self.fd, -1, ""
        os.close(fd)

    def _make_token(self) -> None:
        while self.fd < 0:
            suffix = durable.temporary_suffix()
            token = f"{self._ref.parent}/.{self._ref.name}.{suffix}.lock"
            try:
                self.fd = _create(token, self._value, self._layout)
                self._token = token
            except FileNotFoundError:
                # The first run, or git has removed the folder because it was empty.
                root = self._layout.common_dir / "refs"
                bits = self._layout.folder_bits
                durable.make_folders(self._ref.parent, root, extra_mode=bits)

    def _link(self) -> bool:
        """Whether the lock was free, and now is ours."""
        try:
            os.link(self._token, self._lock)
        except FileExistsError:
            return False
        except FileNotFoundError:
            # Swept by another process between its creation and its flock.
            self._drop()
            self._make_token()
            os.fsync(self.fd)
            return False
        except OSError as problem:
            if problem.errno not in _NO_HARD_LINKS:
                raise
            return self._create_plainly()
        return True

    def _create_plainly(self) -> bool:
        try:
            fd = _create(self._lock, self._value, self._layout)
        except FileExistsError:
            return False
        self._drop()
        self.fd = fd
        os.fsync(fd)
        return True


def lock_path(ref: Path) -> Path:
    """Where git locks `ref`."""
    return ref.with_name(ref.name + ".lock")


def take_away_if_dead(ref: Path) -> tuple[int | None, float | None]:
    """Removes the lock on `ref` where its owner is dead.

    Answers (process id of a live owner where known, age in seconds), with age None where there is
    no lock any more.
    """
    lock = lock_path(ref)
    try:
        fd = _open(lock)
    except FileNotFoundError:
        return None, None
    except PermissionError:
        return None, _age(lock)
    try:
        here = os.fstat(fd)
        age = max(0.0, time.time() - here.st_mtime)
        tokens = [token for token in _tokens(ref) if _is_same(token, here)]
        claimed = _flock(fd)
        if claimed is False:
            return _process_of(tokens), age
        known_dead = claimed and tokens
        if not (known_dead or age >= FOREIGN_OLD) or not _is_same(lock, here):
            return None, age
        # Only who flocks this inode gets here, so nobody of ours has replaced it since.
        lock.unlink(missing_ok=True)
        for token in tokens:
            durable.remove(token)
        return None, None
    finally:
        os.close(fd)


def sweep(ref: Path) -> None:
    """Clears away what killed processes left at `ref`: their lock, then their tokens."""
    take_away_if_dead(ref)
    for token in _tokens(ref):
        with contextlib.suppress(OSError):
            fd = _open(token)
            try:
                # A token that still has its lock marks it as ours, and stays.
                if _flock(fd) and not _is_same(lock_path(ref), os.fstat(fd)):
                    token.unlink()
            finally:
                os.close(fd)


def _create(path: str, value: bytes, layout: Layout) -> int:
    """The descriptor of a new file, flocked, with `value` in it, not yet fsynced."""
    fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o666)
    try:
        _flock(fd)
        durable.write_all(fd, value)
        if layout.shared_bits:
            os.fchmod(fd, os.fstat(fd).st_mode & 0o777 | layout.shared_bits)
    except BaseException:
        durable.remove(path)
        os.close(fd)
        raise
    return fd


def _open(path: Path) -> int:
    """For flocking; writable if allowed, because NFS asks for that."""
    flags = os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(path, os.O_RDWR | flags)
    except OSError as problem:
        if problem.errno not in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise
        return os.open(path, os.O_RDONLY | flags)


def _flock(fd: int) -> bool | None:
    """Whether the flock is now ours; False while another holds it, None where there is none."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _tokens(ref: Path) -> Iterator[Path]:
    prefix = f".{ref.name}."
    try:
        with os.scandir(ref.parent) as entries:
            names = [e.name for e in entries if e.name.startswith(prefix)]
    except FileNotFoundError:
        return
    for name in names:
        if name.endswith(".lock"):
            yield ref.with_name(name)


def _is_same(path: Path | str, there: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.lstat(path), there)
    except OSError:
        return False


def _age(path: Path) -> float | None:
    try:
        return max(0.0, time.time() - path.lstat().st_mtime)
    except FileNotFoundError:
        return None


def _process_of(tokens: list[Path]) -> int | None:
    for token in tokens:
        pid = token.name.removesuffix(".lock").rpartition(".")[2].partition("_")[0]
        if pid.isdigit():
            return int(pid)
    return None
