"""Reads one member after the other, within limits: a size that an archive claims is no size."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from typing import IO, Protocol

from runbook_tui.preflight.package.members import Kind, LimitError, Limits, Member, Package, Remark

CHUNK = 256 * 1024
ALGORITHMS = ("sha256", "sha512", "sha1", "md5")
HEAD = 8 * 1024
IN_MEMORY = 8 * 1024**2
"""Bytes of a nested archive above which it lies in a nameless file on the disk meanwhile."""
MAGIC = (
    (0, b"PK\x03\x04"), (0, b"PK\x05\x06"), (0, b"\x1f\x8b"), (0, b"BZh"), (0, b"\xfd7zXZ\x00"),
    (257, b"ustar"), (0, b"!<arch>\n"), (0, b"\x28\xb5\x2f\xfd"), (0, b"7z\xbc\xaf\x27\x1c"),
    (0, b"Rar!\x1a\x07"), (0, b"\xed\xab\xee\xdb"),
)  # fmt: skip
Progress = Callable[[int, int], None]
"""Told how many members and how many bytes were read; may raise to stop."""


class Readable(Protocol):
    """Where the bytes of a member come from."""

    def read(self, size: int, /) -> bytes: ...


class Writable(Protocol):
    """Where the bytes of a member go to, too. Raises KeepError where it cannot take them."""

    def write(self, data: bytes, /) -> None: ...

    def close(self) -> None: ...


Keep = Callable[[str], Writable]
"""Given the path of a member with content, what takes its bytes."""


class KeepError(Exception):
    """What was read cannot be kept: the disk is full. It says nothing about the package."""


def looks_packed(head: bytes) -> bool:
    """Whether a file begins as an archive does."""
    return any(head[at : at + len(magic)] == magic for at, magic in MAGIC)


class Reading:
    """One pass over a package. Opens what lies in it by `open_nested`, as deep as the limits go."""

    def __init__(
        self,
        package: Package,
        limits: Limits,
        packed: int,
        progress: Progress,
        open_nested: Callable[[Reading, IO[bytes], str, int], None],
        keep: Keep | None = None,
    ) -> None:
        """`packed`: bytes of the archive file; 0 where nothing is packed (a directory)."""
        self.package = package
        self.limits = limits
        self.packed = packed
        self.progress = progress
        self.total = 0
        self._kept = 0
        self._open_nested = open_nested
        self._keep = keep

    def remark(self, key: str, path: str, text: str) -> None:
        """Something a check has to tell."""
        self.package.remarks.append(Remark(key, path, text))

    def add(
        self,
        path: str,
        name: str,
        kind: Kind,
        *,
        size: int = 0,
        mode: int = 0,
        link: str = "",
        content: Readable | None = None,
        depth: int = 0,
    ) -> None:
        """Takes in a member, with its content where it has some. Raises LimitError."""
        if len(self.package.members) >= self.limits.members:
            raise LimitError("bomb-count", f"more than {self.limits.members:,} members")
        if kind != "file" or content is None:
            self.package.members.append(Member(path, name, kind, size, mode, link))
            self.progress(len(self.package.members), self.total)
            return
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as whole:
            member = self._read(path, name, mode, content, whole)
            self.package.members.append(member)
            if looks_packed(member.head):
                whole.seek(0)
                self._open_nested(self, whole, path, depth + 1)

    def _read(self, path: str, name: str, mode: int, content: Readable, whole: IO[bytes]) -> Member:
        if self._keep is None:
            return self._digested(path, name, mode, content, whole, None)
        kept = self._keep(path)
        try:
            return self._digested(path, name, mode, content, whole, kept)
        finally:
            kept.close()

    def _digested(
        self,
        path: str,
        name: str,
        mode: int,
        content: Readable,
        whole: IO[bytes],
        kept_whole: Writable | None,
    ) -> Member:
        hashes = [hashlib.new(each, usedforsecurity=False) for each in ALGORITHMS]
        head, size, packed_inside, most = bytearray(), 0, False, 0
        while chunk := content.read(CHUNK):
            if not size:
                packed_inside = looks_packed(chunk)
                # Of what is no text the beginning tells its kind: the room is for what is read.
                most = HEAD if b"\0" in chunk[:HEAD] else self.limits.kept
            size += len(chunk)
            self._count(len(chunk))
            for each in hashes:
                each.update(chunk)
            room = min(most - len(head), self.limits.kept_total - self._kept)
            if room > 0:
                head += chunk[:room]
                self._kept += min(room, len(chunk))
            if packed_inside:
                whole.write(chunk)
            if kept_whole is not None:
                kept_whole.write(chunk)
        digests = {name: each.hexdigest() for name, each in zip(ALGORITHMS, hashes, strict=True)}
        kept = bytes(head)
        return Member(path, name, "file", size, mode, "", digests, kept, len(kept) == size)

    def _count(self, more: int) -> None:
        self.total += more
        self.progress(len(self.package.members), self.total)
        if self.total > self.limits.total:
            raise LimitError("bomb-size", f"more than {self.limits.total:,} bytes unpacked")
        if not self.packed or self.total < self.limits.ratio_from:
            return
        if self.total > self.packed * self.limits.ratio:
            raise LimitError(
                "bomb-ratio",
                f"{self.packed:,} bytes become more than {self.total:,}: over "
                f"{self.limits.ratio:.0f} for one",
            )
