"""Opens whatever a package is, and reads it once.

What cannot be opened inside of it (an unknown packing, an archive too deep) is a remark: a check
then says that it is not known, never that it is fine.
"""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path
from typing import IO

from runbook_tui.preflight.package.debs import MAGIC as AR
from runbook_tui.preflight.package.debs import read_ar
from runbook_tui.preflight.package.folders import read_folder
from runbook_tui.preflight.package.members import BadPackageError, LimitError, Limits, Package
from runbook_tui.preflight.package.reading import (
    CHUNK,
    Keep,
    Progress,
    Readable,
    Reading,
    looks_packed,
)
from runbook_tui.preflight.package.tars import is_tar, read_tar, unpacked
from runbook_tui.preflight.package.zips import read_zip

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_FOREIGN = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
    b"\xed\xab\xee\xdb": "rpm",
    b"\x28\xb5\x2f\xfd": "zst",
}
"""Archives that are recognized and not read here."""


def open_package(
    path: Path,
    progress: Progress = lambda _members, _bytes: None,
    limits: Limits | None = None,
    keep: Keep | None = None,
) -> Package:
    """Reads a package: a directory, zip, wheel, tar (gz, bz2, xz), deb, or one packed file.

    `keep` is given the content of every file as well. Raises BadPackageError where it is none of
    them or nothing can be read, OSError where the path cannot be opened, and whatever `progress`
    and `keep` raise.
    """
    limits = limits or Limits()
    if path.is_dir():
        package = Package(str(path), "directory", "")
        reading = Reading(package, limits, 0, progress, _nested, keep)
        _limited(reading, lambda: read_folder(reading, path))
        package.digest = _digest_of_members(package)
        return package
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe or a device may never end
        raise BadPackageError("neither a plain file nor a directory")
    with path.open("rb") as file:
        package = Package(str(path), "", _digest(file))
        reading = Reading(package, limits, path.stat().st_size, progress, _nested, keep)
        _limited(reading, lambda: _top(reading, file))
    if package.format == "zip" and path.suffix == ".whl":
        package.format = "wheel"
    return package


def is_package(path: Path) -> bool:
    """Whether a file is some archive or packed file, by its content; also one that is not read
    here (7z, rar, rpm) and one that is broken. Raises OSError.
    """
    with path.open("rb") as file:
        head = file.read(512)
        file.seek(0)
        return looks_packed(head) or is_tar(file) or _is_zip(file)


def _top(reading: Reading, file: IO[bytes]) -> None:
    reading.package.format = _read(reading, file, "", 0)


def _limited(reading: Reading, read: object) -> None:
    assert callable(read)
    try:
        read()
    except LimitError as limit:
        reading.remark(limit.key, "", str(limit))


def _nested(reading: Reading, file: IO[bytes], path: str, depth: int) -> None:
    """Opens an archive within the package; what cannot be opened is remarked."""
    if depth > reading.limits.depth:
        reading.remark(
            "too-deep", path, f"lies more than {reading.limits.depth} archives deep; not opened"
        )
        return
    try:
        reading.package.nested[path] = _read(reading, file, path + "!", depth)
    except BadPackageError as error:
        reading.remark("not-readable", path, str(error))


def _read(reading: Reading, file: IO[bytes], prefix: str, depth: int) -> str:
    head = file.read(8)
    file.seek(0)
    if head.startswith(_ZIP) or (prefix == "" and _is_zip(file)):
        read_zip(reading, file, prefix, depth)
        return "zip"
    if head.startswith(AR):
        read_ar(reading, file, prefix, depth)
        return "deb" if head == AR else "ar"
    for magic, name in _FOREIGN.items():
        if head.startswith(magic):
            raise BadPackageError(f"a {name} archive, which is not read here")
    stream, packed = unpacked(file)
    try:
        tar = is_tar(stream)
    except (OSError, EOFError, ValueError) as error:
        raise BadPackageError(f"cannot be unpacked: {error}") from error
    stream.seek(0)
    if tar:
        read_tar(reading, stream, prefix, depth)
        return f"tar.{packed}" if packed else "tar"
    if packed:
        inside = reading.package.path.rsplit("/", 1)[-1].removesuffix(f".{packed}")
        _single(reading, prefix + inside, inside, stream, depth)
        return packed
    raise BadPackageError("no archive that is known here: zip, wheel, tar, deb or a directory")


def _single(reading: Reading, path: str, name: str, stream: Readable, depth: int) -> None:
    try:
        reading.add(path, name, "file", content=stream, depth=depth)
    except (OSError, EOFError) as error:
        reading.remark("damaged", path, str(error))


def _is_zip(file: IO[bytes]) -> bool:
    """A zip archive behind other bytes, as self-extracting ones are."""
    import zipfile

    found = zipfile.is_zipfile(file)  # looks for the directory at the end, wherever it stands now
    file.seek(0)
    return found


def _digest(file: IO[bytes]) -> str:
    whole = hashlib.sha256()
    while chunk := file.read(CHUNK):
        whole.update(chunk)
    file.seek(0)
    return whole.hexdigest()


def _digest_of_members(package: Package) -> str:
    whole = hashlib.sha256()
    for member in package.members:
        what = (member.path, member.kind, member.link, member.digests.get("sha256", ""))
        whole.update(repr(what).encode("utf-8", "surrogateescape"))
    return whole.hexdigest()
