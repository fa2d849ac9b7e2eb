"""Reads what the kernel and the system say in small files, below a root that tests can move."""

from __future__ import annotations

from pathlib import Path

MOST = 4 * 1024**2
"""Bytes of a file that are read; /proc/net/tcp of a busy machine has some hundred kilobytes."""
_PIECE = 16 * 1024


def read(root: Path, path: str) -> str:
    """The text of ``/path`` below `root`. Raises OSError."""
    found = bytearray()
    # In pieces: for /proc/sys the kernel allocates as much as is asked for, and refuses a lot.
    with (root / path.lstrip("/")).open("rb", buffering=0) as file:
        while len(found) < MOST and (piece := file.read(_PIECE)):
            found += piece
    return found.decode("utf-8", "replace")
