"""The files that checks look through: a folder, a file, or a package put out in a private folder.

Links are never followed, and what is no plain file is never opened.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runbook_tui.domain.text import safe_line

WHOLE = 64 * 1024**2
"""Bytes of a single file up to which its content makes its fingerprint."""


class NotThereError(Exception):
    """What was to be looked at cannot be; the message says what and why, in words."""


@dataclass(frozen=True)
class Tree:
    """A folder or a single file, and what people call it."""

    root: Path
    """Where its files really are."""
    label: str
    """What stands before the names of its files: the path as it was given, or ``package.zip!``."""
    editable: bool = True
    """Whether its files are the ones that count. Those of a package are copies."""

    def files(self) -> Iterator[Path]:
        """Every plain file, in the order of the names. A folder that cannot be read is skipped by
        nobody: it raises NotThereError.
        """
        if self.root.is_symlink() or not self.root.is_dir():
            if _is_plain(self.root):
                yield self.root
            return
        yield from self._walk(self.root)

    def _walk(self, folder: Path) -> Iterator[Path]:
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            raise NotThereError(f"{self.place(folder)}: {error.strerror}") from error
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                yield Path(entry.path)

    def place(self, path: Path) -> str:
        """What people call a file of it; safe for a terminal."""
        if path == self.root:
            return safe_line(self.label)
        inside = path.relative_to(self.root).as_posix()
        join = "" if self.label.endswith(("!", "/")) else "/"
        return safe_line(f"{self.label}{join}{inside}")

    def fingerprint(self) -> str:
        """Changes when what is in it changes: content of a single file of moderate size; else
        names, sizes and times of change.
        """
        whole = hashlib.sha256()
        for path in self.files():
            status = path.lstat()
            if path == self.root and status.st_size <= WHOLE:
                whole.update(path.read_bytes())
                continue
            what = (self.place(path), status.st_size, status.st_mtime_ns)
            whole.update(repr(what).encode("utf-8", "surrogateescape"))
        return whole.hexdigest()


def _is_plain(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
