"""Pins a run to a runbook's exact bytes, and gets them back from the log."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from runbook_tui.domain.events import Mode
from runbook_tui.domain.pin import Pin, PinnedFile
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.record import BrokenLogError, pinned_path
from runbook_tui.opening import Edited

if TYPE_CHECKING:
    from runbook_tui.formats.load import Loaded
    from runbook_tui.session import Session


def blob_id(data: bytes) -> str:
    """What git calls these bytes as a file."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def pin_of(loaded: Loaded, source: Path) -> Pin:
    """The pin of a runbook read from the file `source`. Raises LogFailure where git is broken."""
    from runbook_tui.adapters.gitlog import provenance

    source = Path(os.path.abspath(source))  # noqa: PTH100 - links stay as they were named
    commit, dirty = None, False
    for file in loaded.files:
        found = provenance(source.parent / file.path)
        if file.path == source.name and found is not None:
            commit = found[0]
        dirty = dirty or found is None or found[1]
    return Pin(
        runbook=loaded.runbook.id,
        title=loaded.runbook.title,
        version=loaded.runbook.version,
        digest=loaded.digest,
        main=source.name,
        files=tuple(PinnedFile(file.path, blob_id(file.data)) for file in loaded.files),
        source=str(source),
        commit=commit,
        dirty=dirty and commit is not None,
    )


def pinned_files(loaded: Loaded, pin: Pin) -> Mapping[str, bytes]:
    """The runbook's files by their path in the log's tree."""
    return {pinned_path(pin, file.path): file.data for file in loaded.files}


def load_pinned(pin: Pin, read: Callable[[str], bytes]) -> Plan:
    """The plan a run is pinned to, from the bytes in its log, checked against the pin's hash.

    Raises BrokenLogError where they are missing, changed or unreadable; LogFailure.
    """
    from runbook_tui.formats.load import RunbookError, load_files

    files: dict[str, bytes] = {}
    for file in pin.files:
        try:
            files[file.path] = read(file.path)
        except FileNotFoundError:
            raise BrokenLogError(
                f"{file.path} of the pinned runbook is not in the log of the run"
            ) from None
    try:
        loaded = load_files(pin.main, files, lint=False)
    except RunbookError as error:
        raise BrokenLogError(
            f"the pinned runbook cannot be read: {error.problems[0].one_line()}"
        ) from None
    if loaded.digest != pin.digest:
        raise BrokenLogError(
            f"the pinned runbook is not the one this run began with: its files have the hash "
            f"{loaded.digest[:12]}, the run names {pin.digest[:12]}"
        )
    return Plan(loaded.runbook, loaded.digest)


LARGEST = 2 * 1024 * 1024
"""Bytes read of a file to compare it; no runbook has as many."""

Signature = tuple[tuple[int, int, int], ...]


class EditedOnDisk:
    """Notices that the runbook on disk is no longer the one a run follows.

    Looks at times and sizes first, so that asking four times a second costs nothing.
    """

    def __init__(self) -> None:
        self._seen: Signature | None = None
        self._digest = ""
        self._answer: Edited | str | None = None

    def __call__(self, session: Session) -> Edited | str | None:
        """None while it is the same; a sentence where it cannot be adopted; never raises."""
        pin = session.state.pin
        if pin is None:
            return None
        try:
            signature = _signature(pin)
        except OSError as error:
            self._seen = None
            return f"{pin.source} cannot be looked at: {error.strerror or error}"
        if signature != self._seen or pin.digest != self._digest:
            self._answer = _compare(pin, session.state.plan, session.state.mode)
            self._seen, self._digest = signature, pin.digest
        return self._answer


def _signature(pin: Pin) -> Signature:
    folder = Path(pin.source).parent
    found = []
    for file in pin.files:
        path = folder / file.path
        status = os.stat(path)  # noqa: PTH116 - four times a second; Path.stat is no clearer
        found.append((status.st_mtime_ns, status.st_size, status.st_ino))
    return tuple(found)


def differs(pin: Pin) -> str:
    """``same``, ``edited`` or ``missing``: the runbook's files on disk against the pin."""
    folder = Path(pin.source).parent
    try:
        for file in pin.files:
            path = folder / file.path
            if not path.is_file():
                return "missing"
            with path.open("rb") as opened:
                if blob_id(opened.read(LARGEST + 1)) != file.blob:
                    return "edited"
    except OSError:
        return "missing"
    return "same"


def _compare(pin: Pin, before: Plan, mode: Mode) -> Edited | str | None:
    if differs(pin) == "same":
        return None
    from runbook_tui.cli.reading import stops
    from runbook_tui.domain.record import LogFailure
    from runbook_tui.formats.diff import diff, in_words
    from runbook_tui.formats.load import RunbookError, load

    try:
        loaded = load(Path(pin.source))
        errors = tuple(problem for problem in loaded.errors if stops(problem, mode))
        if not errors and loaded.digest == pin.digest:
            return None
        if not errors:
            changes = tuple(in_words(change) for change in diff(before.runbook, loaded.runbook))
            new = pin_of(loaded, Path(pin.source))
            plan = Plan(loaded.runbook, loaded.digest)
            return Edited(new, plan, changes, pinned_files(loaded, new))
    except RunbookError as error:
        errors = tuple(p for p in error.problems if p.severity == "error")
    except (LogFailure, OSError) as error:
        return f"the runbook on disk was edited; it cannot be looked at: {error}"
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    return f"the runbook on disk was edited and has errors: {errors[0].one_line()}{more}"
