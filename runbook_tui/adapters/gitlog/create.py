"""A new bare repository that is there as a whole or not at all, also after a power cut."""

from __future__ import annotations

import errno
from pathlib import Path

from runbook_tui.adapters.gitlog import durable
from runbook_tui.adapters.gitlog.errors import NotARepository, StorageFailed

_CONFIG = b"""[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
"""
_README = b"Decisions taken with runbook-tui: one branch a run, one commit a decision. "
_README += b"Read them with: git log runs/<id>\n"


def create(path: Path) -> None:
    """Makes a bare repository at `path`, which must be absent or an empty folder.

    It is built beside its place and renamed into it, so that of two processes one wins and the
    other finds it done. All 256 object folders are made at once: a folder made later costs the
    decision that needs it an fsync. Raises NotARepository where something else is there,
    StorageFailed where the disk refuses.
    """
    path = path.absolute()
    building = path.with_name(f".{path.name}.new_{durable.temporary_suffix()}")
    try:
        durable.make_folders(path.parent, Path(path.anchor))
        _build(building)
        building.rename(path)
        durable.sync_folder(path.parent)
    except OSError as problem:
        if problem.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
            if (path / "HEAD").exists():
                return  # Another process was a moment faster.
            raise NotARepository(
                f"{path} is there already and is not a git repository.",
                unharmed="Nothing was written.",
                hint="Name a new or empty folder, or a git repository.",
            ) from problem
        raise StorageFailed.during("make the log repository", path, problem) from problem
    finally:
        _discard(building)


def _build(folder: Path) -> None:
    folder.mkdir()
    folders = ["objects", "objects/info", "objects/pack", "refs", "refs/heads", "refs/tags"]
    folders += [f"objects/{number:02x}" for number in range(256)]
    for name in folders:
        (folder / name).mkdir()
    durable.write_file(folder / "config", _CONFIG)
    durable.write_file(folder / "description", _README)
    durable.write_file(folder / "HEAD", b"ref: refs/heads/main\n")
    for name in (*(name for name in folders if "/" not in name or name.startswith("refs")), ""):
        durable.sync_folder(folder / name)


def _discard(folder: Path) -> None:
    if folder.exists():
        import shutil  # 5 ms that every other start of the program can do without

        shutil.rmtree(folder, ignore_errors=True)
