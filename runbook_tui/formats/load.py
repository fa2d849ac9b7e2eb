"""The one way from files to a runbook, whether they lie on disk or were pinned by a run.

loaded = load(Path("runbooks/full-upgrade/runbook.yaml"))
again = load_files("runbook.yaml", {f.path: f.data for f in loaded.files})
assert again.digest == loaded.digest
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from runbook_tui.domain.runbook import Runbook
from runbook_tui.formats.decode import decode
from runbook_tui.formats.include import Files, Source, resolve
from runbook_tui.formats.places import SourceMap
from runbook_tui.formats.problem import (
    Location,
    Problem,
    ProblemList,
    RunbookError,
    TooManyProblemsError,
    fail,
)
from runbook_tui.formats.source import read_bytes

__all__ = ["Loaded", "Problem", "RunbookError", "SourceFile", "digest", "load", "load_files"]


class SourceFile(Struct, frozen=True):
    """One file of a runbook, exactly as it was read."""

    path: str
    """Slash-separated, relative to the main runbook's folder."""
    data: bytes


class Loaded(Struct, frozen=True, kw_only=True):
    """A runbook and all that is known of where it came from."""

    runbook: Runbook
    problems: tuple[Problem, ...]
    """What lint found, in reading order; empty where it was not asked for."""
    files: tuple[SourceFile, ...]
    """The main runbook first, then the fragments in the order they were met."""
    digest: str
    """SHA-256 in hex over all files: what trusting and pinning go by."""
    source_map: SourceMap

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What makes the plan wrong: a run must not be started with any."""
        return tuple(p for p in self.problems if p.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What makes the plan weaker than it could be."""
        return tuple(p for p in self.problems if p.severity == "warning")


def load(path: Path, *, lint: bool = True) -> Loaded:
    """The runbook in the file `path`, with its fragments.

    Raises RunbookError, with every problem found, where no runbook can be made of it. Errors of
    meaning and warnings alone do not raise: they are in `problems` (unless `lint` is false).
    """
    folder = str(path.parent)
    prefix = "" if folder == "." else folder.rstrip("/") + "/"
    return _load(path.name, Files(_Folder(path, prefix), prefix), lint)


def linted(loaded: Loaded) -> Loaded:
    """`loaded` with what lint finds in it, for what was loaded without."""
    from runbook_tui.formats.lint import lint as check

    return replace(loaded, problems=check(loaded.runbook, loaded.source_map))


def load_files(main: str, files: Source, *, lint: bool = True) -> Loaded:
    """The runbook `main` among `files`, without touching the disk.

    `files` may be anything that answers ``files[relative_path]`` with bytes and raises KeyError
    for what it does not have: the pinned files of a run, or a revision in git. Raises like `load`.
    """
    return _load(main, Files(files), lint)


def digest(files: Iterable[SourceFile]) -> str:
    """SHA-256 in hex over path, length and bytes of each file, sorted by path."""
    total = hashlib.sha256()
    for file in sorted(files, key=lambda f: f.path):
        total.update(f"{file.path}\0{len(file.data)}\0".encode("utf-8", "surrogateescape"))
        total.update(file.data)
    return total.hexdigest()


class _Folder:
    """The files on disk: the main runbook, and what lies in its folder."""

    def __init__(self, main: Path, prefix: str) -> None:
        self.main = main
        self.prefix = prefix

    def __getitem__(self, name: str, /) -> bytes:
        label = self.prefix + name
        if name == self.main.name:
            return read_bytes(self.main, label)
        try:
            folder = self.main.parent.resolve()
            target = (folder / name).resolve()
        except (OSError, RuntimeError, ValueError):
            raise fail(Location(label), "unreadable", "its path cannot be followed") from None
        if not target.is_relative_to(folder):
            raise fail(
                Location(label), "include", "leads outside the folder of the runbook by a link"
            )
        if not target.exists():
            raise KeyError(name)
        return read_bytes(target, label)


def _load(main: str, files: Files, lint: bool) -> Loaded:
    problems = ProblemList()
    label = files.shown_name(main)
    try:
        try:
            root, size = files.root(main, problems)
        except KeyError:
            raise fail(Location(label), "no-file", "there is no such file") from None
        if root is None:
            raise fail(
                Location(label),
                "empty",
                "is empty",
                "a runbook begins with `format: 1`; `runbook-tui new DIR` writes one",
            )
        root = resolve(root, size, main, files, problems)
        runbook = decode(root, Runbook, problems)
    except TooManyProblemsError:
        raise RunbookError(problems.found) from None
    if runbook is None or problems.errors:
        from runbook_tui.formats.salvage import lint_the_rest, without_echoes

        rest = lint_the_rest(root, problems.found) if lint else ()
        raise RunbookError([*without_echoes(root, problems.found), *rest])
    source_map = SourceMap(root)
    read = tuple(SourceFile(name, data) for name, data in files.read.items())
    found: tuple[Problem, ...] = ()
    if lint:
        from runbook_tui.formats.lint import lint as check

        found = check(runbook, source_map)
    return Loaded(
        runbook=runbook,
        problems=found,
        files=read,
        digest=digest(read),
        source_map=source_map,
    )
