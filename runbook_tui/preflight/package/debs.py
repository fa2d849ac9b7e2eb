"""Debian packages: an ar archive of two tars, what is installed and what is done with it."""

from __future__ import annotations

from typing import IO

from runbook_tui.preflight.package.members import BadPackageError
from runbook_tui.preflight.package.reading import Reading

MAGIC = b"!<arch>\n"
_HEADER = 60


class Slice:
    """A part of a file that is read as if it were one."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._left = size

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; empty at the end. Raises OSError where the file ends before."""
        data = self._file.read(min(size, self._left))
        if self._left and not data:
            raise OSError("the file ends within a member")
        self._left -= len(data)
        return data


def read_ar(reading: Reading, file: IO[bytes], prefix: str, depth: int) -> None:
    """Takes in all members. Raises BadPackageError, LimitError."""
    if file.read(len(MAGIC)) != MAGIC:
        raise BadPackageError("no ar archive")
    while header := file.read(_HEADER):
        name = header[:16].decode("ascii", "replace").rstrip().removesuffix("/")
        try:
            size = int(header[48:58])
        except ValueError:
            size = -1
        if len(header) < _HEADER or header[58:] != b"`\n" or size < 0:
            reading.remark("damaged", prefix, "a member's header cannot be read")
            return
        begins = file.tell()
        try:
            reading.add(
                prefix + name, name, "file", mode=0o644, content=Slice(file, size), depth=depth
            )
        except OSError as error:
            reading.remark("damaged", prefix + name, str(error))
            return
        file.seek(begins + size + size % 2)
