"""Files and folders: content, owner, permissions."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from runbook_tui.adapters.systems.base import Kept, NotAskedError, NotPutBackError, Objects
from runbook_tui.domain.systems.files import Files
from runbook_tui.domain.systems.seen import Value

MOST_KEPT = 64 * 1024**2
"""Bytes of a file whose content is kept; a larger one is only seen."""
MOST_FILES = 50_000


class FileSystem:
    """Some paths of this machine."""

    def __init__(self, config: Files) -> None:
        self._config = config

    def look(self, kept: Kept) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for path in self._paths():
            try:
                found[str(path)] = _value(path, kept)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise NotAskedError(f"{path}: {error.strerror}") from error
            if len(found) > MOST_FILES:
                raise NotAskedError(f"more than {MOST_FILES:,} files: name fewer of them")
        return found

    def _paths(self) -> Iterator[Path]:
        for each in self._config.paths:
            top = Path(each)
            yield top
            if top.is_dir() and not top.is_symlink():
                for folder, folders, files in os.walk(top, onerror=_raise):
                    yield from (Path(folder, name) for name in sorted([*folders, *files]))

    def line(self, key: str, value: Value) -> str:
        return _line(value)

    def order(self, keys: Iterable[str], wanted: Objects) -> Sequence[str]:
        """First what has to go, from the innermost on; then what comes back, outermost first."""
        keys = set(keys)
        gone = sorted((key for key in keys if key not in wanted), reverse=True)
        return [*gone, *sorted(keys - set(gone))]

    def put(self, key: str, wanted: Value | None, now: Value | None, kept: Kept) -> str:
        path = Path(key)
        try:
            if wanted is None or (now is not None and now["type"] != wanted["type"]):
                _remove(path)
            if wanted is None:
                return f"removed {key}"
            _place(path, wanted, kept)
        except OSError as error:
            raise NotPutBackError(f"{error.strerror}") from error
        return f"put back {key}: {_line(wanted)}"


def _raise(error: OSError) -> None:
    raise NotAskedError(f"{error.filename}: {error.strerror}") from error


def _value(path: Path, kept: Kept) -> Value:
    status = path.lstat()
    value: dict[str, object] = {
        "type": _TYPES.get(stat.S_IFMT(status.st_mode), "other"),
        "mode": f"{stat.S_IMODE(status.st_mode):04o}",
        "owner": status.st_uid,
        "group": status.st_gid,
    }
    if value["type"] == "link":
        return {**value, "to": str(path.readlink())}
    if value["type"] == "file":
        digest, size = hashlib.sha256(), 0
        content = bytearray()
        with path.open("rb") as file:
            while chunk := file.read(1024**2):
                digest.update(chunk)
                size += len(chunk)
                if size <= MOST_KEPT:
                    content += chunk
        value |= {"sha256": digest.hexdigest(), "size": size}
        if size <= MOST_KEPT:
            kept.content(digest.hexdigest(), bytes(content))
    return value


_TYPES = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}


def _line(value: Value) -> str:
    who = f"{value['mode']} {value['owner']}:{value['group']}"
    if value["type"] == "file":
        return f"{who}, {value['size']:,} bytes, sha256 {value['sha256'][:12]}"
    return f"{value['type']} to {value['to']}" if value["type"] == "link" else f"folder {who}"


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink()


def _place(path: Path, wanted: Value, kept: Kept) -> None:
    if wanted["type"] == "link":
        if path.is_symlink():
            path.unlink()
        path.symlink_to(wanted["to"])
        os.lchown(path, wanted["owner"], wanted["group"])
        return
    if wanted["type"] == "folder":
        path.mkdir(exist_ok=True)
    elif wanted["type"] == "file":
        content = kept.content_of(wanted["sha256"])
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            os.fchown(handle, wanted["owner"], wanted["group"])
            os.fchmod(handle, int(wanted["mode"], 8))
            file.flush()
            os.fsync(handle)
        Path(name).replace(path)
        return
    else:
        raise NotPutBackError("it was neither a file nor a folder nor a link")
    os.chown(path, wanted["owner"], wanted["group"])
    path.chmod(int(wanted["mode"], 8))
