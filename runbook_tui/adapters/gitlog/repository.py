"""A git repository as the place of logs."""

from __future__ import annotations

from pathlib import Path

from runbook_tui.adapters.gitlog import create, identity, layout, origin
from runbook_tui.adapters.gitlog.branch import RunBranch
from runbook_tui.adapters.gitlog.errors import LogError
from runbook_tui.adapters.gitlog.layout import Layout
from runbook_tui.adapters.gitlog.refs import Refs, is_run_id
from runbook_tui.domain.record import Identity


class Repository:
    """A bare repository, or any existing one: work tree, index and HEAD are never touched."""

    path: Path
    """The top of the work tree, or the bare repository itself."""
    git_dir: Path
    """Where objects and branches are: of a linked work tree, that of the main one."""

    def __init__(self, found: Layout) -> None:
        self._layout = layout.require_writable_format(found)
        self._refs = Refs(self._layout)
        self.path = found.work_tree or found.git_dir
        self.git_dir = found.common_dir

    @classmethod
    def open(cls, path: Path) -> Repository:
        """The repository at `path`: bare, a work tree, a linked work tree, or a folder in one.

        Starts no process. Raises NotARepository, UnsupportedRepository, BrokenObject (a ``.git``
        file that points nowhere), StorageFailed.
        """
        return cls(layout.discover(path))

    @classmethod
    def create(cls, path: Path) -> Repository:
        """The repository exactly at `path`; a bare one is made there, durably, if there is none.

        Raises NotARepository where something else is there, otherwise as `open`.
        """
        found = layout.at(path)
        if found is None:
            create.create(path)
            found = layout.at(path)
        return cls(found) if found else cls.open(path)

    def runs(self) -> list[tuple[str, str]]:
        """(run id, newest commit) of every run, by id; the commit is "" where the branch's ref
        is damaged (opening that run tells more)."""
        return self._refs.all()

    def run(self, run_id: str) -> RunBranch:
        """The branch of a run, whether it exists yet or not.

        Raises LogError where `run_id` is not a slug (`domain.units.Slug`), BrokenObject where
        the ref is damaged.
        """
        if not is_run_id(run_id):
            raise LogError(
                f"{run_id!r} cannot be the id of a run.",
                unharmed="Nothing was looked up or written.",
                hint="An id has lower-case letters, digits, - and _, at most 64.",
            )
        return RunBranch(self._layout, self._refs, run_id)

    def identity(self) -> Identity:
        """The user as git names them here; the login name where git knows none. Starts git."""
        return identity.of_user(self._layout.git_dir)

    def read_file(self, rev: str, path: str) -> bytes:
        """The bytes of `path` (from the top of the tree) at revision `rev`; any text is safe.

        Raises LogError where there is no such revision or file in it.
        """
        return origin.read_file(self._layout, rev, path)
