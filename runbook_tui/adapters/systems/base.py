"""What every system is to the process that looks at it and puts it back."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from runbook_tui.domain.systems.seen import Value, digest_of

Objects = Mapping[str, Value]


class NotAskedError(Exception):
    """A system could not be looked at: nobody knows how it stands. The text says why, in one line
    without secrets."""


class NotPutBackError(Exception):
    """An object could not be put back, and why: in one line without secrets."""


class System(Protocol):
    """One kind of system, with its config."""

    def look(self, kept: Kept) -> dict[str, Value]:
        """The objects by key. What it takes to put one back and is too much for its value goes
        into `kept`. Raises NotAskedError."""

    def line(self, key: str, value: Value) -> str:
        """One object in a line for people: ``0644 root:root, 1.2 kB``. Without secrets."""

    def order(self, keys: Iterable[str], wanted: Objects) -> Sequence[str]:
        """The order to put objects back in."""

    def put(self, key: str, wanted: Value | None, now: Value | None, kept: Kept) -> str:
        """Puts one object back as `wanted` (None: it was not there), where it stands as `now`.
        Gives what it did, in a line. Raises NotPutBackError, NotAskedError."""


class InOrder:
    """For systems whose objects do not hang on each other."""

    def order(self, keys: Iterable[str], wanted: Objects) -> Sequence[str]:
        """By key."""
        return sorted(keys)


class Kept:
    """What was seen, kept on this machine for putting it back: values with all they hold, never in
    the log. Its folder is for its owner only."""

    def __init__(self, folder: Path | None) -> None:
        """None: nothing is kept."""
        self._folder = folder

    def look(self, objects: Objects) -> str:
        """Keeps what a look saw; gives its digest."""
        digest = digest_of({key: digest_of(value) for key, value in objects.items()})
        if self._folder is not None:
            self._write(self._folder / f"{digest}.json", json.dumps(objects).encode())
            # The names of all that was kept by this look survive a power cut from here on.
            handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        return digest

    def earlier(self, digest: str) -> dict[str, Any]:
        """What an earlier look saw. Raises NotAskedError where it is not kept here."""
        path = (self._folder or Path()) / f"{digest}.json"
        try:
            objects: dict[str, Any] = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise NotAskedError("what stood there before is not kept on this machine") from error
        if digest_of({key: digest_of(value) for key, value in objects.items()}) != digest:
            raise NotAskedError("what was kept of before is damaged")
        return objects

    def content(self, name: str, content: bytes) -> None:
        """Keeps the content of an object under its digest."""
        if self._folder is not None and not (path := self._folder / f"{name}.bin").exists():
            self._write(path, content)

    def content_of(self, name: str) -> bytes:
        """Content kept before. Raises NotPutBackError where it is not here."""
        try:
            return ((self._folder or Path()) / f"{name}.bin").read_bytes()
        except OSError as error:
            raise NotPutBackError("its content is not kept on this machine") from error

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)  # 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
