"""Files and folders: content, owner, permissions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from runbook_tui.adapters.systems.base import Kept, NotAskedError, NotPutBackError, Objects
from runbook_tui.adapters.systems.file_values import (
    MOST_KEPT,
    Room,
    key_of,
    line_of,
    path_of,
    value_of,
)
from runbook_tui.adapters.systems.placing import dress, held, write
from runbook_tui.domain.systems.choosing import about
from runbook_tui.domain.systems.files import Files
from runbook_tui.domain.systems.seen import Value

MOST_FILES = 50_000
MOST_ALTOGETHER = 1024**3
"""Bytes of content that a look keeps; files past it are only seen."""
NOTHING = Kept(None)


class FileSystem:
    """Some paths of this machine."""

    def __init__(self, config: Files) -> None:
        self._config = config

    def look(self, kept: Kept) -> dict[str, Value]:
        found: dict[str, Value] = {}
        room = Room(MOST_ALTOGETHER)
        for path in self._paths():
            # What it is not about is not even read: it may be huge, or nobody may read it.
            if (key := key_of(path)) in found or not about(self._config, key):
                continue
            try:
                found[key] = value_of(path, kept, room)
            except (FileNotFoundError, NotADirectoryError):  # gone since its folder was read
                continue
            except OSError as error:
                raise _not_read(path, error) from error
            if len(found) > MOST_FILES:
                raise NotAskedError(f"more than {MOST_FILES:,} files: name fewer of them")
        return found

    def _paths(self) -> Iterator[str]:
        for each in self._config.paths:
            top = Path(each)
            yield str(top)
            if top.is_symlink() or not _is_folder(top):
                continue
            for folder, folders, files in os.walk(top, onerror=_raise):
                yield from (str(Path(folder, name)) for name in sorted([*folders, *files]))

    def line(self, key: str, value: Value) -> str:
        return line_of(value)

    def order(self, keys: Iterable[str], wanted: Objects) -> Sequence[str]:
        """First what has to go, from the innermost on; then what comes back, outermost first."""
        keys = set(keys)
        gone = sorted((key for key in keys if key not in wanted), reverse=True)
        return [*gone, *sorted(keys - set(gone))]

    def put(self, key: str, wanted: Value | None, now: Value | None, kept: Kept) -> str:
        path = path_of(key, wanted or now or {})
        parent = os.path.dirname(os.path.abspath(path))  # noqa: PTH100, PTH120
        try:
            there = _there(path)
            if there == wanted:
                return f"already as before: {key}"
            if there != now:
                raise NotPutBackError("somebody has changed it this very moment")
            with held(path, (wanted or now or {}).get("at", parent)) as folder:
                return _put(folder, Path(path).name, key, wanted, now, kept)
        except OSError as error:
            raise NotPutBackError(error.strerror or "it cannot be written") from error


def _put(
    folder: int, name: str, key: str, wanted: Value | None, now: Value | None, kept: Kept
) -> str:
    if wanted is None:
        _remove(folder, name, now)
        return f"removed {key}"
    if wanted["type"] not in ("file", "folder", "link"):
        raise NotPutBackError(f"it was a {wanted['type']}: those are not made again")
    content = None
    if wanted["type"] == "file" and not _same_content(now, wanted):
        content = _content_of(wanted, kept)  # before anything is taken away
    if now is not None and "folder" in (now["type"], wanted["type"]) and _differ(now, wanted):
        _remove(folder, name, now)
    if wanted["type"] == "link":
        if now is not None and now["type"] != "folder":
            os.unlink(name, dir_fd=folder)
        os.symlink(wanted["to"], name, dir_fd=folder)
        os.chown(name, wanted["owner"], wanted["group"], dir_fd=folder, follow_symlinks=False)
    elif content is not None:
        write(
            folder,
            name,
            content,
            mode=int(wanted["mode"], 8),
            owner=wanted["owner"],
            group=wanted["group"],
            xattrs=_xattrs(wanted),
        )
    else:
        _as_before(folder, name, wanted, now)
    return f"put back {key}: {line_of(wanted)}"


def _as_before(folder: int, name: str, wanted: Value, now: Value | None) -> None:
    """Owner, permissions and attributes of what else is right already, or of a new folder."""
    if wanted["type"] == "folder" and (now is None or _differ(now, wanted)):
        os.mkdir(name, 0o700, dir_fd=folder)
        now = None
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    handle = os.open(name, flags, dir_fd=folder)
    try:
        for each in set(_xattrs(now or {})) - set(_xattrs(wanted)):
            os.removexattr(handle, each)
        mode, owner, group = int(wanted["mode"], 8), wanted["owner"], wanted["group"]
        dress(handle, mode=mode, owner=owner, group=group, xattrs=_xattrs(wanted))
        os.fsync(handle)
    finally:
        os.close(handle)


def _content_of(wanted: Value, kept: Kept) -> bytes:
    if wanted["size"] > MOST_KEPT:
        raise NotPutBackError(f"{wanted['size']:,} bytes are too many to have been kept")
    return kept.content_of(wanted["sha256"])


def _same_content(now: Value | None, wanted: Value) -> bool:
    return now is not None and not _differ(now, wanted) and now["sha256"] == wanted["sha256"]


def _differ(now: Value, wanted: Value) -> bool:
    return bool(now["type"] != wanted["type"])


def _xattrs(value: Value) -> dict[str, bytes]:
    return {name: bytes.fromhex(text) for name, text in value.get("xattrs", {}).items()}


def _remove(folder: int, name: str, now: Value | None) -> None:
    if now is not None and now["type"] == "folder":
        os.rmdir(name, dir_fd=folder)
    else:
        os.unlink(name, dir_fd=folder)


def _there(path: str) -> Value | None:
    try:
        return value_of(path, NOTHING)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError as error:
        raise _not_read(str(path), error) from error


def _raise(error: OSError) -> None:
    if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
        raise _not_read(str(error.filename), error) from error


def _not_read(path: str, error: OSError) -> NotAskedError:
    return NotAskedError(f"{key_of(path)}: {error.strerror}; what need not be seen: `ignore`")
