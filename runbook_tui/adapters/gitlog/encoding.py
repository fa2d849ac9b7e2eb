"""Git's objects as bytes, and back: commits that `git fsck --strict` accepts, and trees."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from runbook_tui.adapters.gitlog.errors import BrokenObject
from runbook_tui.domain.record import CommitDraft, Identity, StoredCommit

FILE_MODE = b"100644"
FOLDER_MODE = b"40000"

OBJECT_ID = re.compile(r"[0-9a-f]{40}")

_IDENTITY = re.compile(rb"(.*?) ?<([^<>]*)> ?(-?[0-9]*)", re.DOTALL)
_CRUD = " .,:;<>\"\\'"
"""What git itself strips from both ends of a name."""


def header(kind: str, size: int) -> bytes:
    """What stands before an object's bytes, in its file and under its hash."""
    return f"{kind} {size}\0".encode()


def object_id(kind: str, data: bytes) -> str:
    """The id of an object: SHA-1, because that is what names objects in git."""
    return hashlib.sha1(header(kind, len(data)) + data, usedforsecurity=False).hexdigest()


def _name_and_email(who: Identity) -> bytes:
    """``Name <email>``, with nothing in it that would end either early."""
    name = _one_line(who.name).strip(_CRUD) or "unknown"
    email = "".join(_one_line(who.email).split())
    return f"{name} <{email}>".encode()


def _moment(when: datetime) -> bytes:
    """`` seconds zone``. Raises ValueError where `when` has no zone."""
    offset = when.utcoffset()
    if offset is None:
        raise ValueError("a commit needs a time with its zone")
    minutes = int(offset.total_seconds() // 60)
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
    # Before 1970 there is no git; fsck refuses a sign.
    return f" {max(0, int(when.timestamp()))} {zone}".encode()


def _one_line(text: str) -> str:
    if not text.isprintable() or "<" in text or ">" in text:
        text = "".join(c if c.isprintable() and c not in "<>" else " " for c in clean(text))
    return text.strip()


def clean(text: str) -> str:
    """`text` without what no commit can hold: NUL, and halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def commit_bytes(draft: CommitDraft, tree: str, parent: str | None) -> bytes:
    """The commit object of `draft`. Raises ValueError where its time has no zone."""
    lines = [b"tree " + tree.encode()]
    if parent:
        lines.append(b"parent " + parent.encode())
    when = _moment(draft.when)
    lines.append(b"author " + _name_and_email(draft.author) + when)
    lines.append(b"committer " + _name_and_email(draft.committer) + when)
    return b"\n".join((*lines, b"", clean(draft.message).encode()))


def read_commit(oid: str, data: bytes) -> StoredCommit:
    """A commit object as data. Bytes that are no UTF-8 come as U+FFFD.

    Raises BrokenObject where a tree, author or committer is missing.
    """
    head, _, message = data.partition(b"\n\n")
    tree = ""
    parents: list[str] = []
    people: dict[bytes, tuple[Identity, int]] = {}
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        if key == b"parent":
            parents.append(value.decode("ascii", "replace"))
        elif key == b"tree" and not tree:
            tree = value.decode("ascii", "replace")
        elif key in {b"author", b"committer"} and key not in people:
            people[key] = _read_identity(value)
    try:
        author, author_time = people[b"author"]
        committer, committer_time = people[b"committer"]
    except KeyError as missing:
        raise BrokenObject(oid, f"is a commit without {missing.args[0].decode()}") from None
    if not OBJECT_ID.fullmatch(tree) or not all(map(OBJECT_ID.fullmatch, parents)):
        raise BrokenObject(oid, "is a commit with a damaged tree or parent line")
    return StoredCommit(
        id=oid,
        parents=tuple(parents),
        tree=tree,
        message=message.decode("utf-8", "replace"),
        author=author,
        committer=committer,
        author_time=author_time,
        committer_time=committer_time,
    )


def _read_identity(value: bytes) -> tuple[Identity, int]:
    match = _IDENTITY.match(value)
    if not match:
        return Identity(value.decode("utf-8", "replace"), ""), 0
    name, email, seconds = match.groups()
    # A hostile number of any length: int() of thousands of digits is slow, then an error.
    time = int(seconds) if 0 < len(seconds) <= 18 and seconds != b"-" else 0
    return Identity(name.decode("utf-8", "replace"), email.decode("utf-8", "replace")), time


class TreeEntry(Struct, frozen=True):
    """One name in a tree."""

    mode: bytes
    name: bytes
    id: str

    @property
    def is_folder(self) -> bool:
        return self.mode == FOLDER_MODE

    @property
    def sort_key(self) -> bytes:
        """Git sorts a folder as if its name ended in a slash."""
        return self.name + b"/" if self.is_folder else self.name


def read_tree(oid: str, data: bytes) -> Iterator[TreeEntry]:
    """The entries of a tree object. Raises BrokenObject where it is cut or garbled."""
    position = 0
    while position < len(data):
        end = data.find(b"\0", position)
        mode, space, name = data[position:end].partition(b" ")
        if end < 0 or not space or not name or len(data) < end + 21:
            raise BrokenObject(oid, "is a damaged tree")
        yield TreeEntry(mode, name, data[end + 1 : end + 21].hex())
        position = end + 21


def tree_bytes(entries: Iterator[TreeEntry] | list[TreeEntry]) -> bytes:
    """The tree object of `entries`, in git's order."""
    return b"".join(
        entry.mode + b" " + entry.name + b"\0" + bytes.fromhex(entry.id)
        for entry in sorted(entries, key=lambda entry: entry.sort_key)
    )
