"""Hostile archives, built here by hand where no library would write them."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path


def zip_of(
    path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes], deflated: bool = True
) -> Path:
    """A zip archive with these members, in order, doubled names and all."""
    how = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
    import warnings

    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", how) as archive:
        warnings.simplefilter("ignore")
        for name, data in entries:
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name)
            if not isinstance(name, zipfile.ZipInfo):
                info.external_attr = 0o100644 << 16
            info.compress_type = how
            archive.writestr(info, data)
    return path


def entry(name: str, mode: int) -> zipfile.ZipInfo:
    """A zip member of a unix mode, its type included."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def tar_of(path: Path, *entries: tarfile.TarInfo | tuple[str, bytes], how: str = "w:gz") -> Path:
    """A tar archive with these members, in order."""
    with tarfile.open(path, how) as archive:  # type: ignore[call-overload]
        for each in entries:
            if isinstance(each, tuple):
                info = tarfile.TarInfo(each[0])
                info.size = len(each[1])
                archive.addfile(info, io.BytesIO(each[1]))
            else:
                archive.addfile(each)
    return path


def special(name: str, kind: bytes, link: str = "", mode: int = 0o644) -> tarfile.TarInfo:
    """A tar member that is no file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, mode
    return info


def renamed(path: Path, old: bytes, new: bytes, *, times: int = -1) -> Path:
    """An archive with bytes of it changed for others of the same length."""
    assert len(old) == len(new)
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, times))
    return path


def overlapping(path: Path, copies: int) -> Path:
    """A zip whose central directory names one member's bytes many times."""
    data = b"\0" * 200_000
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(data) + packed.flush()
    crc, name = zlib.crc32(data), b"f0000"
    local = struct.pack(
        "<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 33, crc, len(body), len(data), len(name), 0
    )
    central = b""
    for _ in range(copies):
        central += (
            struct.pack(
                "<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 33, crc, len(body), len(data),
                len(name), 0, 0, 0, 0, 0, 0,
            ) + name
        )  # fmt: skip
    first = local + name + body
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, copies, copies, len(central), len(first), 0)
    path.write_bytes(first + central + end)
    return path


def deb_of(path: Path, **members: bytes) -> Path:
    """An ar archive as dpkg-deb writes it."""
    data = b"!<arch>\n"
    for name, content in members.items():
        title = name.replace("_", ".", 1) if name != "debian_binary" else "debian-binary"
        data += f"{title:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode()
        data += content + b"\n" * (len(content) % 2)
    path.write_bytes(data)
    return path
