"""Which runbooks this user trusts, by content hash.

A runbook runs commands. One whose exact content was not seen before is shown and must be trusted
first; a changed byte makes it another runbook.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path


class TrustStore:
    """An append-only file, one line a hash: digest, time, title."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def trusts(self, digest: str) -> bool:
        """Whether this exact content was trusted before. A file that cannot be read trusts none."""
        try:
            text = self._path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return False
        return any(line.split(" ", 1)[0] == digest for line in text.splitlines())

    def trust(self, digest: str, title: str) -> None:
        """Remembers it. Raises OSError where it cannot be written."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        words = " ".join(title.split())
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        descriptor = os.open(self._path, flags, 0o600)
        try:
            os.write(descriptor, f"{digest} {when} {words}\n".encode("utf-8", "replace"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
