"""Who drives a run on this machine: one program at a time.

A lease is a file lock that the kernel drops when its holder dies, however it dies; the words in
the file only tell people who that is. It is no part of the log.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import time
from pathlib import Path
from typing import TypedDict


class Holder(TypedDict):
    """Who holds a lease."""

    name: str
    host: str
    pid: int
    terminal: str


class LeaseHeldError(Exception):
    """Another program drives the run. `holder` is None where it did not say who."""

    def __init__(self, run: str, holder: Holder | None) -> None:
        who = "another program"
        if holder is not None:
            where = f" on {holder['terminal']}" if holder["terminal"] else ""
            who = f"{holder['name']} (process {holder['pid']}{where})"
        super().__init__(f"run {run} is driven by {who}")
        self.holder = holder


class Lease:
    """A lease on a run. Use as a context manager, or `take` and `release`."""

    def __init__(self, folder: Path, run: str, name: str) -> None:
        self._path = folder / f"{run}.lease"
        self._run = run
        self._name = name
        self._descriptor: int | None = None

    def take(self) -> Lease:
        """Takes it. Raises LeaseHeldError, or OSError where the folder cannot be written."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not _lock(descriptor):
            holder = _holder(descriptor)
            os.close(descriptor)
            raise LeaseHeldError(self._run, holder)
        holder_now = Holder(
            name=self._name, host=socket.gethostname(), pid=os.getpid(), terminal=_terminal()
        )
        self._descriptor = descriptor
        with contextlib.suppress(OSError):  # a full disk takes the words away, not the lease
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(holder_now).encode(), 0)
        return self

    def release(self) -> None:
        """Gives it back; harmless where it is not held."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Lease:
        return self.take()

    def __exit__(self, *_: object) -> None:
        self.release()


def holder_of(folder: Path, run: str) -> Holder | None:
    """Who drives a run on this machine now, None where nobody does. Takes nothing.

    Raises OSError where the folder cannot be read.
    """
    try:
        descriptor = os.open(folder / f"{run}.lease", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        if not _may_be_held(descriptor):
            return None
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        nobody = Holder(name="another program", host="", pid=0, terminal="")
        return _holder(descriptor) or nobody
    finally:
        os.close(descriptor)
    return None


def _may_be_held(descriptor: int) -> bool:
    """False where the file itself says that nobody is there: then the lock need not be touched,
    and nobody who takes it in that instant is turned away."""
    holder = _holder(descriptor)
    if holder is None:
        return os.fstat(descriptor).st_size > 0
    if holder["host"] != socket.gethostname():
        return True
    try:
        os.kill(holder["pid"], 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _lock(descriptor: int) -> bool:
    """Whether the lock was had. `holder_of` may hold it for an instant: so, more than once."""
    for pause in (0.005, 0.02, 0.0):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(pause)
        else:
            return True
    return False


def _terminal() -> str:
    try:
        return os.ttyname(0)
    except OSError:
        return ""


def _holder(descriptor: int) -> Holder | None:
    try:
        found = json.loads(os.pread(descriptor, 4096, 0))
        return Holder(
            name=str(found["name"]),
            host=str(found["host"]),
            pid=int(found["pid"]),
            terminal=str(found["terminal"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
