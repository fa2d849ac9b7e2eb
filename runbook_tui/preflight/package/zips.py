"""Zip archives and wheels. The central directory is read, and each local header held against it:
two readers that follow different ones would see different files.
"""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from typing import IO

from runbook_tui.preflight.package.members import BadPackageError, Kind
from runbook_tui.preflight.package.reading import Reading

_LOCAL = struct.Struct("<4s5H3I2H")
_UNIX = 3
_ENCRYPTED = 0x1
MOST_LINK = 4096


def read_zip(reading: Reading, file: IO[bytes], prefix: str, depth: int) -> None:
    """Takes in all members. Raises BadPackageError, LimitError."""
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, OSError) as error:
        raise BadPackageError(f"no zip archive that can be read: {error}") from error
    with archive:
        entries = archive.infolist()
        if entries and min(e.header_offset for e in entries) > 0:
            reading.remark("data-before", prefix, "bytes stand before the first member")
        _overlaps(reading, prefix, entries)
        for entry in entries:
            _take_in(reading, archive, file, entry, prefix, depth)


def _overlaps(reading: Reading, prefix: str, entries: list[zipfile.ZipInfo]) -> None:
    """Members that share bytes: how a small file becomes petabytes, each within every limit."""
    end = -1
    for entry in sorted(entries, key=lambda e: e.header_offset):
        if entry.header_offset < end:
            reading.remark("overlap", prefix + raw_name(entry), "shares its bytes with another")
        end = max(end, entry.header_offset + 30 + entry.compress_size)


def raw_name(entry: zipfile.ZipInfo) -> str:
    """The name as it stands in the central directory: zipfile cuts it at NUL."""
    return entry.orig_filename


def _take_in(
    reading: Reading,
    archive: zipfile.ZipFile,
    file: IO[bytes],
    entry: zipfile.ZipInfo,
    prefix: str,
    depth: int,
) -> None:
    name = raw_name(entry)
    path = prefix + name
    unix = entry.external_attr >> 16 if entry.create_system == _UNIX else 0
    mode, kind = stat.S_IMODE(unix), _kind(unix, name)
    local = _local_name(file, entry)
    if local is not None and local != _bytes_of(entry):
        reading.remark(
            "two-names", path, f"its own header calls it {local.decode('utf-8', 'replace')}"
        )
    if kind in ("directory", "device", "fifo", "other"):
        reading.add(path, name, kind, mode=mode)
        return
    if entry.flag_bits & _ENCRYPTED:
        reading.remark("encrypted", path, "cannot be read without a password")
        reading.add(path, name, kind, size=entry.file_size, mode=mode)
        return
    before = reading.total
    try:
        with archive.open(entry) as content:
            if kind == "symlink":
                link = content.read(MOST_LINK).decode("utf-8", "surrogateescape")
                reading.add(path, name, kind, mode=mode, link=link)
                return
            reading.add(path, name, kind, mode=mode, content=content, depth=depth)
    except NotImplementedError as error:
        reading.remark("not-readable", path, f"packed in a way that is not known here: {error}")
        reading.add(path, name, kind, size=entry.file_size, mode=mode)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError) as error:
        reading.remark("damaged", path, f"{error}" or "ends too early")
        reading.add(path, name, kind, size=entry.file_size, mode=mode)
    else:
        read = reading.total - before
        if read < entry.file_size:
            reading.remark(
                "damaged", path, f"{read:,} bytes where {entry.file_size:,} were promised"
            )


def _kind(unix: int, name: str) -> Kind:
    if name.endswith(("/", "\\")):
        return "directory"
    kinds: dict[int, Kind] = {
        0: "file",
        stat.S_IFREG: "file",
        stat.S_IFDIR: "directory",
        stat.S_IFLNK: "symlink",
        stat.S_IFCHR: "device",
        stat.S_IFBLK: "device",
        stat.S_IFIFO: "fifo",
    }
    return kinds.get(stat.S_IFMT(unix), "other")


def _bytes_of(entry: zipfile.ZipInfo) -> bytes:
    utf8 = entry.flag_bits & 0x800
    try:
        return entry.orig_filename.encode("utf-8" if utf8 else "cp437")
    except UnicodeEncodeError:
        return entry.orig_filename.encode("utf-8", "surrogateescape")


def _local_name(file: IO[bytes], entry: zipfile.ZipInfo) -> bytes | None:
    """The name in a member's own header; None where there is no header."""
    file.seek(entry.header_offset)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(b"PK\x03\x04"):
        return None
    return file.read(_LOCAL.unpack(header)[9])
