"""The branches of runs, ``refs/heads/runs/<id>``: read, listed, moved by compare-and-swap."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from runbook_tui.adapters.gitlog import durable, reflock
from runbook_tui.adapters.gitlog.errors import (
    BrokenObject,
    LostRace,
    StorageFailed,
    UnsupportedRepository,
)
from runbook_tui.adapters.gitlog.layout import Layout
from runbook_tui.domain.units import SLUG_PATTERN

PREFIX = "refs/heads/runs/"

_VALUE = re.compile(rb"([0-9a-f]{40})(?:\s|$)")
_PACKED = re.compile(rb"^([0-9a-f]{40}) refs/heads/runs(?:/([^\n]+))?$", re.MULTILINE)
_ID = re.compile(SLUG_PATTERN)


def is_run_id(text: str) -> bool:
    """Whether `text` can be a run's id. Such a name is safe in a ref, a path and an argument."""
    return bool(_ID.fullmatch(text)) and not text.endswith("\n")


class Refs:
    """The branches under ``runs/`` of one repository."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._folder = layout.common_dir / "refs" / "heads" / "runs"
        # One tuple, set at once: a thread that packs looks here as well.
        self._packed: tuple[tuple[int, int, int], dict[str, str]] = ((0, 0, 0), {})
        self._settled: set[str] = set()

    def path(self, run_id: str) -> Path:
        """The file of the loose ref."""
        return self._folder / run_id

    def current(self, run_id: str) -> str | None:
        """The commit a run's branch is at, None where there is no such branch.

        Costs one small read while the ref is loose, a stat more while it is packed. Raises
        BrokenObject where the ref is damaged, StorageFailed where it cannot be read.
        """
        try:
            # `git pack-refs` writes the packed file before it removes the loose one, so the
            # loose one is asked first. If both miss, it may have been packed away and made
            # anew between the two looks: hence a third.
            return (
                self._loose(run_id)
                or self._read_packed().get(run_id)
                or self._loose(run_id)
                or None
            )
        except OSError as problem:
            raise StorageFailed.during("read the log", self._folder, problem) from problem

    def all(self) -> list[tuple[str, str]]:
        """(id, commit) of every run, by id; the commit is "" where the ref is damaged."""
        found: dict[str, str] = {}
        try:
            names: list[str] = []
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                names = [path.name for path in self._folder.iterdir()]
            found.update((k, v) for k, v in self._read_packed().items() if is_run_id(k))
            for name in filter(is_run_id, names):
                try:
                    loose = self._loose(name)
                except BrokenObject:
                    loose = ""
                if loose is not None:
                    found[name] = loose
        except OSError as problem:
            raise StorageFailed.during("list the runs", self._folder, problem) from problem
        return sorted(found.items())

    def prepare(self, run_id: str, new: str) -> reflock.RefLock:
        """A lock, not yet taken, that will move a run's branch to `new`.

        Its `fd` is to be fsynced before `move`; `release` ends it in any case. Raises
        StorageFailed, UnsupportedRepository where another branch's name is in the way.
        """
        ref = self.path(run_id)
        try:
            self._settle(run_id)
            return reflock.RefLock(self._layout, ref, new.encode() + b"\n")
        except OSError as problem:
            if isinstance(problem, NotADirectoryError) and self._folder.is_file():
                raise self._name_taken("runs") from problem
            raise self._failed(run_id, problem) from problem

    def move(self, run_id: str, lock: reflock.RefLock, expected: str | None) -> None:
        """Moves a run's branch from `expected` (None: there is none) by a prepared lock, durably.

        Raises LostRace where it is elsewhere, LockHeld where somebody keeps it locked,
        StorageFailed where the disk refuses (`uncertain` where it is visible but unconfirmed).
        """
        moved = False
        try:
            lock.acquire()
            actual = self.current(run_id)
            if actual != expected:
                raise LostRace(run_id, expected, actual)
            if expected is None:
                self._require_free(run_id)
            lock.commit()
            moved = True
            lock.release()
            durable.sync_folder(self._folder)
        except OSError as problem:
            raise self._failed(run_id, problem, uncertain=moved) from problem

    def _failed(self, run_id: str, problem: OSError, *, uncertain: bool = False) -> StorageFailed:
        doing = f"move the branch runs/{run_id}"
        return StorageFailed.during(doing, self._folder, problem, uncertain=uncertain)

    def _settle(self, run_id: str) -> None:
        """Before the first move of a run by this process: order, and names that last.

        What killed processes left is cleared, and the folders down to the ref are made durable,
        since another process may have made them a moment ago.
        """
        if run_id in self._settled:
            return
        root = self._layout.common_dir / "refs"
        durable.make_folders(self._folder, root, extra_mode=self._layout.folder_bits)
        for folder in (self._folder.parent, root):
            durable.sync_folder(folder)
        reflock.sweep(self.path(run_id))
        self._settled.add(run_id)

    def _require_free(self, run_id: str) -> None:
        packed = self._read_packed()
        if "" in packed:
            raise self._name_taken("runs")
        if any(name.startswith(f"{run_id}/") for name in packed):
            raise self._name_taken(f"runs/{run_id}/…")

    def _name_taken(self, branch: str) -> UnsupportedRepository:
        return UnsupportedRepository(
            f"{self._layout.common_dir} has a branch called {branch!r}, which is in the way.",
            unharmed="Nothing was written.",
            hint="Rename that branch (git branch -m), or name another repository with --log.",
        )

    def _loose(self, run_id: str) -> str | None:
        try:
            fd = os.open(f"{self._folder}/{run_id}", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            content = os.read(fd, 256)
        except IsADirectoryError:
            return None
        finally:
            os.close(fd)
        if match := _VALUE.match(content):
            return match[1].decode()
        raise BrokenObject(
            PREFIX + run_id,
            "names no commit: the file is empty or damaged",
            hint="The commits are still there: `git fsck --lost-found` lists the newest, and "
            f"`git update-ref {PREFIX}{run_id} COMMIT` puts the branch back.",
        )

    def _read_packed(self) -> dict[str, str]:
        path = self._layout.common_dir / "packed-refs"
        try:
            stat = path.stat()
            stamp = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            known, packed = self._packed
            if stamp != known:
                data = path.read_bytes()
                packed = {
                    name.decode("utf-8", "replace"): commit.decode()
                    for commit, name in _PACKED.findall(data)
                }
                self._packed = (stamp, packed)
        except FileNotFoundError:
            return {}
        return packed
