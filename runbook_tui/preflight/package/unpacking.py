"""Puts packages out into a private folder, so that checks can look at their files.

While a package is read, its members go into numbered files: no name of it reaches the disk before
archive safety has judged all of it. Then they are moved to where their names say, as plain files
and folders: no links, devices or rights come along. The folder goes away with the `Unpacker`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType

from runbook_tui.domain.findings import Finding
from runbook_tui.domain.text import UNSAFE, safe_line
from runbook_tui.preflight.checks import archive_safety
from runbook_tui.preflight.package.members import BadPackageError, Limits, Package
from runbook_tui.preflight.package.opening import is_package, open_package
from runbook_tui.preflight.package.reading import KeepError, Progress, Writable
from runbook_tui.preflight.trees import NotThereError, Tree

LONGEST_PART = 200
"""Bytes of one name on the disk; ext4 and its kin end at 255."""
DEEPEST = 60
"""Folders within folders on the disk; what lies deeper is put into the last of them."""
LONGEST_PATH = 2000
SPARED = 256 * 1024**2
"""Bytes that stay free on the disk whatever is unpacked."""
LOOK_EVERY = 32 * 1024**2
NAMED = 3
"""Reasons named where a package is not put out."""


@dataclass(frozen=True)
class PackageTree(Tree):
    """The files of a package. They are called what the package calls them."""

    names: Mapping[Path, str] = field(default_factory=dict)
    """By where a file lies: its path in the package, ``inner.tar!etc/x``."""
    digest: str = ""
    """The package's SHA-256."""

    def place(self, path: Path) -> str:
        """What people call a file of it; safe for a terminal."""
        name = self.names.get(path)
        return super().place(path) if name is None else safe_line(self.label + name)

    def fingerprint(self) -> str:
        """The package's own: the files here are as old as their unpacking."""
        return self.digest


@dataclass(frozen=True)
class _Unpacked:
    tree: PackageTree
    left_out: tuple[str, ...]


class Unpacker:
    """Gives the files of packages, each package put out once. A context manager: at its end all of
    it is deleted. Several threads may use it.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        progress: Progress = lambda _members, _bytes: None,
        parent: Path | None = None,
    ) -> None:
        """`progress` may raise to stop. `parent`: the folder to lie in, the system's own for
        temporary files where it is not given.
        """
        self._limits = limits or Limits()
        self._progress = progress
        self._parent = parent
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._lock = threading.Lock()
        self._known: dict[tuple[object, ...], _Unpacked | str | None] = {}

    def __enter__(self) -> Unpacker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            if self._folder is not None:
                self._folder.cleanup()
            self._folder = None
            self._known.clear()

    def unpack(self, path: Path, label: str) -> Tree | None:
        """The files of a package, or None where the file is none by its content.

        Raises NotThereError where it cannot be read or is unsafe to be put out.
        """
        found = self._found(path, label)
        return replace(found.tree, label=f"{label}!") if found is not None else None

    def left_out(self, path: Path, label: str) -> tuple[str, ...]:
        """What of a package nobody could look into, each in words. Raises NotThereError."""
        found = self._found(path, label)
        return found.left_out if found is not None else ()

    def _found(self, path: Path, label: str) -> _Unpacked | None:
        with self._lock:
            try:
                status = path.stat()
                key = (path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
                if key not in self._known:
                    self._known[key] = self._put_out(path) if is_package(path) else None
            except KeepError as error:  # of this moment: another time it may have the room
                raise NotThereError(f"{label}: {error}") from error
            except OSError as error:
                raise NotThereError(f"{label}: {error.strerror or error}") from error
        known = self._known[key]
        if isinstance(known, str):
            raise NotThereError(f"{label}: {known}")
        return known

    def _put_out(self, path: Path) -> _Unpacked | str:
        """The package's files, or why there are none. Raises KeepError, OSError."""
        place = self._fresh()
        staging = _Staging(place / "read")
        try:
            package = open_package(path, self._progress, self._limits, staging.keep)
            bad = [f for f in archive_safety.find(package) if f and f.severity == "inhibitor"]
            if bad:
                shutil.rmtree(place, ignore_errors=True)
                return _refusal(bad)
            names = _lay_out(place / "files", package, staging.files)
        except BadPackageError as error:
            shutil.rmtree(place, ignore_errors=True)
            return str(error)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        shutil.rmtree(place / "read", ignore_errors=True)
        tree = PackageTree(place / "files", "", editable=False, names=names, digest=package.digest)
        return _Unpacked(tree, _left_out(package))

    def _fresh(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(
                prefix="runbook-tui-", dir=self._parent, ignore_cleanup_errors=True
            )
        place = Path(tempfile.mkdtemp(dir=self._folder.name))
        for name in ("read", "files"):
            (place / name).mkdir(mode=0o700)
        return place


class _Staging:
    """Takes members into numbered files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._room = 0
        self.files: list[tuple[str, Path]] = []
        """Path in the package and place, in the order of the reading."""

    def keep(self, path: str) -> Writable:
        """What takes the bytes of the next member. Raises KeepError."""
        place = self._folder / f"{len(self.files):06d}"
        self.files.append((path, place))
        return _Out(place, self.take)

    def take(self, size: int) -> None:
        """Looks whether there is room for so many bytes. Raises KeepError."""
        self._room -= size
        if self._room < 0:
            if shutil.disk_usage(self._folder).free < SPARED + size:
                raise KeepError(f"cannot be unpacked: too little room in {self._folder.parents[2]}")
            self._room = LOOK_EVERY


class _Out:
    """A new file that only we can read."""

    def __init__(self, place: Path, take: Callable[[int], None]) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._take = take
        with _kept():
            self._file = os.fdopen(os.open(place, flags, 0o600), "wb")

    def write(self, data: bytes, /) -> None:
        self._take(len(data))
        with _kept():
            self._file.write(data)

    def close(self) -> None:
        with _kept():
            self._file.close()


@contextlib.contextmanager
def _kept() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise KeepError(f"cannot be unpacked: {error.strerror}") from error


def _refusal(bad: list[Finding]) -> str:
    titles = list(dict.fromkeys(safe_line(each.title, 160) for each in bad))
    more = f", and {len(titles) - NAMED} more" if len(titles) > NAMED else ""
    return f"not unpacked, it is unsafe: {'; '.join(titles[:NAMED])}{more}"


def _lay_out(root: Path, package: Package, files: list[tuple[str, Path]]) -> dict[Path, str]:
    """Moves files to where their names say, never out of the folder; by where they lie now, what
    the package calls them. An archive that was opened is its files.
    """
    names: dict[Path, str] = {}
    for path, place in files:
        if path in package.nested:
            continue
        parts = _parts(path)
        folder = root
        for part in parts[:-1]:
            folder = _folder(folder, part)
        target = folder / parts[-1]
        if os.path.lexists(target):
            target = folder / f"{_short_digest(path)}~{parts[-1]}"
        if os.path.lexists(target) or not folder.resolve().is_relative_to(root.resolve()):
            raise KeepError(f"cannot be unpacked: there is no place for {safe_line(path, 160)}")
        with _kept():
            place.rename(target)
        names[target] = path
    return names


def _folder(above: Path, name: str) -> Path:
    """The folder of a name, beside it where a file has that name."""
    folder = above / name
    if os.path.lexists(folder) and not folder.is_dir():
        folder = above / f"{_short_digest(name)}~{name}"
    with _kept():
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _parts(path: str) -> list[str]:
    """The names of the folders and of the file, as the disk takes them."""
    parts: list[str] = []
    levels = path.split("!")
    for number, level in enumerate(levels, 1):
        found = [_part(part) for part in level.split("/") if part not in ("", ".", "..")]
        if found and number < len(levels):
            found[-1] += "!"
        parts += found
    parts = parts or ["_"]
    if len(parts) > DEEPEST or sum(len(os.fsencode(part)) + 1 for part in parts) > LONGEST_PATH:
        parts = ["_deep", f"{_short_digest(path)}~{parts[-1]}"]
    return parts


def _part(part: str) -> str:
    """One name as the disk takes it."""
    clean = UNSAFE.sub("_", part.replace("\n", "_").replace("\t", "_"))
    if len(os.fsencode(clean)) > LONGEST_PART:
        head, dot, suffix = clean.rpartition(".")
        ending = dot + suffix if head and len(os.fsencode(suffix)) < 20 else ""
        begin = os.fsencode(clean)[: LONGEST_PART - 40].decode("utf-8", "ignore")
        clean = f"{begin}-{_short_digest(part)}{ending}"
    return clean


def _short_digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _left_out(package: Package) -> tuple[str, ...]:
    found = []
    for remark in package.remarks:
        words = archive_safety.REMARKS[remark.key][1]
        found.append(safe_line(f"{remark.path or 'the package'} {words}: {remark.text}", 200))
    return tuple(found)
