"""Tar archives, packed or not, and single packed files; read as a stream, in their own order."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zlib
from typing import IO

from runbook_tui.preflight.package.members import BadPackageError, Kind
from runbook_tui.preflight.package.reading import Readable, Reading

Stream = IO[bytes] | gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile
_BROKEN = (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError)


def unpacked(file: IO[bytes]) -> tuple[Stream, str]:
    """The stream that `file` packs, and how it is packed; itself and "" where it is not."""
    head = file.read(6)
    file.seek(0)
    if head.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=file, mode="rb"), "gz"
    if head.startswith(b"BZh"):
        return bz2.BZ2File(file), "bz2"
    if head.startswith(b"\xfd7zXZ\x00"):
        return lzma.LZMAFile(file), "xz"
    return file, ""


def is_tar(stream: Readable) -> bool:
    """Whether a stream begins with a member of a tar archive; reads its first block. One with no
    member at all is taken for the file it is.
    """
    head = stream.read(512)
    if len(head) < 512:
        return False
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def read_tar(reading: Reading, stream: Stream, prefix: str, depth: int) -> None:
    """Takes in all members. Raises BadPackageError where nothing of it can be read, LimitError."""
    began = len(reading.package.members)
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for entry in archive:
                archive.members = []  # type: ignore[attr-defined]  # it would keep them all
                _take_in(reading, archive, entry, prefix, depth)
    except _BROKEN as error:
        if len(reading.package.members) == began:
            raise BadPackageError(f"no tar archive that can be read: {error}") from error
        reading.remark("damaged", prefix, f"it cannot be read on from here: {error}")


def _take_in(
    reading: Reading, archive: tarfile.TarFile, entry: tarfile.TarInfo, prefix: str, depth: int
) -> None:
    path, mode = prefix + entry.name, entry.mode & 0o7777
    kind = _kind(entry)
    if kind != "file":
        reading.add(path, entry.name, kind, mode=mode, link=entry.linkname)
        return
    content = archive.extractfile(entry)
    reading.add(path, entry.name, kind, mode=mode, content=content, depth=depth)


def _kind(entry: tarfile.TarInfo) -> Kind:
    if entry.isreg():
        return "file"
    if entry.isdir():
        return "directory"
    if entry.issym():
        return "symlink"
    if entry.islnk():
        return "hardlink"
    if entry.isfifo():
        return "fifo"
    return "device" if entry.isdev() else "other"
