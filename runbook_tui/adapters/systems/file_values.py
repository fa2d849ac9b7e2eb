"""What a file, a folder or a link is, as a value that two looks can compare.

A value: ``type``, ``mode``, ``owner`` and ``group`` as numbers, ``sha256`` and ``size`` of a file,
``to`` of a link, ``xattrs`` in hexadecimal digits. ``at`` is the real folder where links led to it;
``path`` are its bytes where the key cannot hold them.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import stat
from collections.abc import Iterator, Mapping
from grp import getgrgid

from runbook_tui.adapters.systems.base import Kept, NotAskedError
from runbook_tui.domain.systems.seen import Value
from runbook_tui.domain.text import UNSAFE

MOST_KEPT = 64 * 1024**2
"""Bytes of a file whose content is kept; a larger one is only seen."""
CHUNK = 1024**2
TRIES = 3
"""How often a file that changes while it is read is begun anew."""
_COMPARED = ("user.", "system.posix_acl_", "security.capability")
_TYPES = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "folder",
    stat.S_IFLNK: "link",
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
}


class Room:
    """How many bytes of content may still be kept."""

    def __init__(self, left: int) -> None:
        self._left = left

    def takes(self, size: int) -> bool:
        """Whether so many fit, and then takes them away."""
        if size > MOST_KEPT or size > self._left:
            return False
        self._left -= size
        return True


NO_ROOM = Room(0)


def key_of(path: str) -> str:
    """A path as a key that a terminal and JSON can hold: what they cannot is written ``\\xff``."""
    shown = os.fsencode(path).decode("utf-8", "backslashreplace")
    return _escaped(shown) if "\n" in shown or "\t" in shown or UNSAFE.search(shown) else shown


def _escaped(shown: str) -> str:
    return "".join(
        "".join(f"\\x{byte:02x}" for byte in each.encode())
        if each in "\n\t" or UNSAFE.match(each)
        else each
        for each in shown
    )


def path_of(key: str, value: Value) -> str:
    """The path that a key stands for."""
    return os.fsdecode(bytes.fromhex(value["path"])) if "path" in value else key


def value_of(path: str, kept: Kept, room: Room = NO_ROOM) -> Value:
    """What stands at a path; no link is followed there. Raises OSError, NotAskedError."""
    status = os.lstat(path)
    value: dict[str, object] = {
        "type": _TYPES.get(stat.S_IFMT(status.st_mode), "device"),
        "mode": f"{stat.S_IMODE(status.st_mode):04o}",
        "owner": status.st_uid,
        "group": status.st_gid,
    }
    if key_of(path) != path:
        value["path"] = os.fsencode(path).hex()
    parent = os.path.dirname(os.path.abspath(path))  # noqa: PTH100, PTH120
    if (real := os.path.realpath(parent)) != parent:
        value["at"] = real
    if value["type"] == "link":
        return {**value, "to": os.readlink(path)}  # noqa: PTH115
    if value["type"] == "device":
        value["device"] = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    if value["type"] == "folder" and (named := dict(_xattrs(path))):
        value["xattrs"] = named
    return value | _content(path, kept, room) if value["type"] == "file" else value


def _xattrs(where: str | int) -> Iterator[tuple[str, str]]:
    try:
        names = sorted(name for name in os.listxattr(where) if name.startswith(_COMPARED))
    except OSError:  # a file system without any
        return
    for name in names:
        yield name, os.getxattr(where, name).hex()


def _content(path: str, kept: Kept, room: Room) -> dict[str, object]:
    """Of a file: a hash, and its content for keeping. Read anew where it changes meanwhile."""
    for _ in range(TRIES):
        # Should a pipe stand there by now, opening it must not wait for a writer.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            before = os.fstat(handle)
            if not stat.S_ISREG(before.st_mode):
                continue
            digest, size = hashlib.sha256(), 0
            content = bytearray()
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                if before.st_size <= MOST_KEPT and size <= MOST_KEPT:
                    content += chunk
            after = os.fstat(handle)
            if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
                continue
            if size == len(content) and room.takes(size):
                kept.content(digest.hexdigest(), bytes(content))
            found: dict[str, object] = {"sha256": digest.hexdigest(), "size": size}
            return found | ({"xattrs": named} if (named := dict(_xattrs(handle))) else {})
    raise NotAskedError(f"{key_of(path)}: it changes while it is read; it may stand under `ignore`")


def line_of(value: Value) -> str:
    """A value in a line for people."""
    who = f"{value['mode']} {_user(value['owner'])}:{_group(value['group'])}"
    more = "".join(f", {_short(name)}" for name in _named(value))
    more += f", really in {value['at']}" if "at" in value else ""
    if value["type"] == "file":
        size = f"{value['size']:,} bytes, sha256 {value['sha256'][:12]}"
        much = ", too large to be put back" if value["size"] > MOST_KEPT else ""
        return f"{who}, {size}{more}{much}"
    if value["type"] == "link":
        return f"link to {value['to']}{more}"
    return f"{value['type']} {who}{more}"


def _named(value: Value) -> Mapping[str, str]:
    named: Mapping[str, str] = value.get("xattrs", {})
    return named


def _short(name: str) -> str:
    return "access list" if name.startswith("system.posix_acl_") else name


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return getgrgid(number).gr_name
    except KeyError:
        return str(number)
