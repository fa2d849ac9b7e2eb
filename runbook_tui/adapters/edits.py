"""Applies remedies: edits of single lines, all or none where that can be had, or a command.

A line that is not what it was when the check saw it is left alone, and so is everything else.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

from runbook_tui.domain.findings import Edit, Remedy, keyed, line_digest
from runbook_tui.domain.inspecting import Applied
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.ports import Tools

LIMIT = 120.0
"""Seconds that the command of a remedy may take."""
LARGEST = 16 * 1024**2
"""Bytes of a file that is edited; a configuration file has no more."""
SUMMARY = 300


class _RefusedError(Exception):
    """Why an edit cannot be made. Nothing was changed."""


def apply(remedy: Remedy, tools: Tools, *, undo: bool = False, key: bytes = b"") -> Applied:
    """Does what a remedy says, or takes it back. Never raises for what is on the disk. `key`: with
    which the digests of its lines are keyed.
    """
    if remedy.argv:
        return _run(remedy.undo if undo else remedy.argv, tools)
    try:
        changed = _prepared(remedy.edits, undo, key)
    except _RefusedError as refused:
        return Applied("failed", safe_line(f"nothing was changed: {refused}", SUMMARY))
    written: list[str] = []
    for path, content in changed.items():
        try:
            _replace(path, content)
        except OSError as error:
            why = f"{path}: {error.strerror or error}"
            if written:
                why += f"; changed before that: {', '.join(written)}"
            return Applied("unknown" if written else "failed", safe_line(why, SUMMARY))
        written.append(str(path))
    count = len(remedy.edits)
    return Applied("done", f"{count} line{'' if count == 1 else 's'} in {safe_line(written[0])}")


def _run(argv: Sequence[str], tools: Tools) -> Applied:
    if not argv:
        return Applied("failed", "nothing takes this back; it has to be done by hand")
    answer = tools.run(argv, limit=LIMIT)
    said = (answer.err or answer.out).decode("utf-8", "replace").strip().splitlines()
    last = safe_line(said[-1], SUMMARY) if said else ""
    if answer.exit is None:
        # It may have done anything before it was ended; what never started has done nothing.
        started = "longer than" in answer.trouble
        return Applied("unknown" if started else "failed", safe_line(answer.trouble, SUMMARY))
    if answer.exit != 0:
        return Applied("failed", safe_line(f"exit {answer.exit}: {last}", SUMMARY))
    return Applied("done", last)


def _prepared(edits: Sequence[Edit], undo: bool, key: bytes) -> dict[Path, bytes]:
    """The new contents of all files. Raises _RefusedError where one edit cannot be made."""
    lines: dict[Path, list[bytes]] = {}
    for edit in edits:
        try:
            path = Path(os.path.realpath(edit.path))
            edit.put.encode(), edit.find.encode()
        except ValueError as error:
            raise _RefusedError(f"{edit.path!r} or what is put there is no text") from error
        if path not in lines:
            lines[path] = _read(path)
        found = lines[path]
        if not 1 <= edit.line <= len(found):
            raise _RefusedError(f"{path} has no line {edit.line} any more")
        found[edit.line - 1] = _edited(edit, found[edit.line - 1], path, undo, key)
    return {path: b"".join(found) for path, found in lines.items()}


def _edited(edit: Edit, line: bytes, path: Path, undo: bool, key: bytes) -> bytes:
    there = _back(edit, line) if undo else line
    if keyed(line_digest(there), key) != edit.digest:
        raise _RefusedError(f"{path}:{edit.line} is another line by now; run the check again")
    if undo:
        return there
    changed = _forth(edit, line)
    if changed == line or _back(edit, changed) != line:
        raise _RefusedError(f"{path}:{edit.line} could not be taken back; edit it by hand")
    return changed


def _forth(edit: Edit, line: bytes) -> bytes:
    find, put = edit.find.encode(), edit.put.encode()
    return line.replace(find, put) if find else put + line


def _back(edit: Edit, line: bytes) -> bytes:
    find, put = edit.find.encode(), edit.put.encode()
    return line.replace(put, find) if find else line.removeprefix(put)


def _read(path: Path) -> list[bytes]:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            raise _RefusedError(f"{path} is no plain file of moderate size")
        if status.st_nlink > 1:
            raise _RefusedError(f"{path} has other names (hard links) that would stay as they are")
        return path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise _RefusedError(f"{path}: {error.strerror or error}") from error


def _replace(path: Path, content: bytes) -> None:
    """Puts `content` in the file's place, whole or not at all, with its owner and rights."""
    status = path.stat()
    handle, fresh = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            made = os.fstat(file.fileno())
            if (made.st_uid, made.st_gid) != (status.st_uid, status.st_gid):
                os.fchown(
                    file.fileno(), status.st_uid, status.st_gid
                )  # else cron or sshd refuse it
            _take_marks(path, file.fileno())
            os.fchmod(file.fileno(), stat.S_IMODE(status.st_mode))
            os.fsync(file.fileno())
        Path(fresh).replace(path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise


def _take_marks(path: Path, handle: int) -> None:
    """Access lists, capabilities and labels stay. Raises OSError where there are some and they
    cannot."""
    if not hasattr(os, "listxattr"):
        return
    try:
        names = os.listxattr(path)
    except OSError as error:
        if error.errno in (errno.ENOTSUP, errno.ENOSYS):
            return
        raise
    for name in names:
        value = os.getxattr(path, name)
        # A label that a new file gets anyway need not be set, which not everybody may.
        if _mark(handle, name) != value:
            os.setxattr(handle, name, value)


def _mark(handle: int, name: str) -> bytes:
    try:
        return os.getxattr(handle, name)
    except OSError:
        return b""
