"""What is in a package: its members as the archive itself names them, and the limits of reading.

Nothing here trusts a name, a size or a mode: they are what the archive says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["file", "directory", "symlink", "hardlink", "device", "fifo", "other"]


class BadPackageError(Exception):
    """It is no package that can be read; the message says why, in words for a person."""


class LimitError(Exception):
    """Reading on would cost more than a package may; `key` names the limit."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True)
class Limits:
    """The most that is read of one package, nested ones included."""

    members: int = 100_000
    total: int = 8 * 1024**3
    """Bytes of content, unpacked."""
    ratio: float = 200.0
    """Unpacked bytes for each packed one; deflate ends at 1,032, text reaches about 20."""
    ratio_from: int = 16 * 1024**2
    """Unpacked bytes below which a ratio is nobody's trouble."""
    depth: int = 3
    """Archives within archives."""
    kept: int = 1024**2
    """Bytes kept of one file for the checks that read it."""
    kept_total: int = 128 * 1024**2


@dataclass(frozen=True)
class Member:
    """One member. `path` is what checks and people see, with the archives it lies in before it
    (``outer.tar!inner.zip!name``); `name` is the raw name in its own archive.
    """

    path: str
    name: str
    kind: Kind
    size: int = 0
    """What was read; of what could not be read, what the archive claims."""
    mode: int = 0
    """Permission bits; 0 where the archive keeps none."""
    link: str = ""
    digests: dict[str, str] = field(default_factory=dict)
    """By algorithm, of files that were read."""
    head: bytes = b""
    """Its first bytes, at most `Limits.kept`."""
    whole: bool = False
    """Whether `head` is all of it."""

    @property
    def text(self) -> str | None:
        """Its text; None where it is no text or was not kept whole."""
        if self.kind != "file" or not self.whole or b"\0" in self.head:
            return None
        return self.head.decode("utf-8", "replace")


@dataclass(frozen=True)
class Remark:
    """What reading met that a check has to tell: a key of it, the place, and words."""

    key: str
    path: str
    text: str


@dataclass
class Package:
    """A package that was read once, from its beginning to its end or to a limit."""

    path: str
    format: str
    digest: str
    """SHA-256 of the archive file; of a directory, of its sorted names and contents."""
    members: list[Member] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    nested: dict[str, str] = field(default_factory=dict)
    """Archives within it, by path: their formats."""

    def files(self) -> list[Member]:
        """The members with content."""
        return [member for member in self.members if member.kind == "file"]
