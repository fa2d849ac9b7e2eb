"""The exact runbook that a run follows."""

from __future__ import annotations

from msgspec import Struct


class PinnedFile(Struct, frozen=True):
    """A file of the runbook as pinned: its path inside the runbook's folder and its git blob."""

    path: str
    blob: str


class Pin(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The exact runbook a run follows."""

    runbook: str
    title: str
    version: str
    digest: str
    """SHA-256 over the runbook's files, hexadecimal."""
    main: str
    """The main file among `files`."""
    files: tuple[PinnedFile, ...]
    source: str
    """Where it was read from."""
    commit: str | None = None
    """The git commit of `source`, where it came from a repository."""
    dirty: bool = False
    """Whether it differed from that commit."""
