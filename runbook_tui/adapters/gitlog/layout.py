"""Where a git repository keeps its things, found without starting git."""

from __future__ import annotations

import os
import re
from pathlib import Path

from msgspec import Struct

from runbook_tui.adapters.gitlog.errors import (
    BrokenObject,
    NotARepository,
    StorageFailed,
    UnsupportedRepository,
)

_SMALL = 1 << 20
"""More than any honest HEAD, .git file or config."""

_KNOWN_EXTENSIONS = frozenset(
    {
        "noop",
        "noop-v1",
        "partialclone",
        "preciousobjects",
        "relativeworktrees",
        "worktreeconfig",
        "objectformat",
        "refstorage",
    }
)


class Layout(Struct, frozen=True):
    """The folders of one repository."""

    git_dir: Path
    """Of this work tree: HEAD is here."""
    common_dir: Path
    """Of all work trees: objects and branches are here. The same but in a linked work tree."""
    work_tree: Path | None
    """None where it is bare."""
    shared_bits: int = 0
    """Permission bits that `core.sharedRepository` adds to every file."""

    @property
    def objects(self) -> Path:
        return self.common_dir / "objects"

    @property
    def folder_bits(self) -> int:
        """Permission bits to add to every folder: as for files, entered and group-inherited."""
        bits = self.shared_bits
        return bits | (bits & 0o444) >> 2 | 0o2000 if bits else 0


def discover(path: Path) -> Layout:
    """The repository at `path`, or that `path` (a file or folder) lies in.

    Raises NotARepository, and BrokenObject where a ``.git`` file points nowhere.
    """
    start = path.absolute()
    for folder in (start, *start.parents):
        found = at(folder)
        if found:
            return found
    raise NotARepository(
        f"{path} is not in a git repository.",
        unharmed="Nothing was written.",
        hint="Name a repository, or make one there: git init --bare FOLDER",
    )


def at(folder: Path) -> Layout | None:
    """The repository exactly at `folder`: its ``.git``, or the bare repository it is.

    Raises StorageFailed where looking is not allowed, BrokenObject as `discover`.
    """
    try:
        return _look(folder)
    except OSError as problem:
        raise StorageFailed.during("look for a git repository", folder, problem) from problem


def _look(folder: Path) -> Layout | None:
    dot_git = folder / ".git"
    if dot_git.is_dir() and _is_git_dir(dot_git):
        return _layout(dot_git, folder)
    if dot_git.is_file():
        text = _small_text(dot_git)
        if not text.startswith("gitdir:"):
            raise BrokenObject(str(dot_git), "is not the pointer to a repository that it should be")
        target = folder / text.removeprefix("gitdir:").strip()
        if not _is_git_dir(target):
            raise BrokenObject(
                str(dot_git),
                f"points to {target}, where no repository is",
                hint="`git worktree repair` mends it where the main repository was moved.",
            )
        return _layout(Path(os.path.normpath(target)), folder)
    if _is_git_dir(folder):
        return _layout(folder, None)
    return None


def require_writable_format(layout: Layout) -> Layout:
    """The same repository, with its shared bits, if it is in the format that we write.

    Raises UnsupportedRepository for SHA-256 objects, reftable and formats yet to come: writing
    SHA-1 objects or loose refs there would damage it.
    """
    path = layout.common_dir / "config"
    config = parse_config(_small_text(path)) if path.exists() else {}
    version = config.get("core.repositoryformatversion", "0")
    extensions = {
        key.removeprefix("extensions."): value
        for key, value in config.items()
        if key.startswith("extensions.")
    }
    why = ""
    if version not in {"0", "1"}:
        why = f"has the repository format {version!r}"
    elif extensions.get("objectformat", "sha1").lower() != "sha1":
        why = f"stores objects by {extensions['objectformat']!r}"
    elif extensions.get("refstorage", "files").lower() != "files":
        why = f"stores branches as {extensions['refstorage']!r}"
    elif version == "1" and (unknown := sorted(set(extensions) - _KNOWN_EXTENSIONS)):
        why = f"uses the extension {unknown[0]!r}"
    if why:
        raise UnsupportedRepository(
            f"{layout.common_dir} {why}, which this program cannot write.",
            unharmed="Nothing was written.",
            hint="Name another repository with --log (SHA-1 objects and ordinary refs).",
        )
    return Layout(
        layout.git_dir,
        layout.common_dir,
        layout.work_tree,
        _shared_bits(config.get("core.sharedrepository", "umask")),
    )


_SECTION = re.compile(r'\[([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\]')
_VARIABLE = re.compile(r"([A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(.*))?$")


def parse_config(text: str) -> dict[str, str]:
    """What decides about the format, from a repository's own config file.

    Keys are lower-case ``section.name``; sections with a subsection are left out. As git does for
    these keys, includes are not followed. No line breaks inside values: none of ours has any.
    """
    found: dict[str, str] = {}
    section = ""
    for raw in text.splitlines():
        line = raw.strip()
        if header := _SECTION.match(line):
            section = "" if header[2] is not None else header[1].lower()
            line = line[header.end() :].strip()
        if not section or not line or line[0] in "#;":
            continue
        if variable := _VARIABLE.match(line):
            value = variable[2]
            if value is None:
                value = "true"
            elif not value.startswith('"'):
                value = re.split(r"\s*[#;]", value, maxsplit=1)[0]
            found[f"{section}.{variable[1].lower()}"] = value.strip().strip('"')
    return found


def _is_git_dir(folder: Path) -> bool:
    """As git tells: a HEAD, and objects and refs here or in the common folder."""
    try:
        if not (folder / "HEAD").is_file() and not (folder / "HEAD").is_symlink():
            return False
        common = _common_dir(folder)
        return (common / "objects").is_dir() and (common / "refs").is_dir()
    except OSError:
        return False


def _common_dir(git_dir: Path) -> Path:
    pointer = git_dir / "commondir"
    if not pointer.is_file():
        return git_dir
    return Path(os.path.normpath(git_dir / _small_text(pointer).strip()))


def _layout(git_dir: Path, work_tree: Path | None) -> Layout:
    return Layout(git_dir, _common_dir(git_dir), work_tree)


def _small_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_SMALL).decode("utf-8", "replace")
    except OSError as problem:
        raise StorageFailed.during("read the repository's settings", path, problem) from problem


def _shared_bits(value: str) -> int:
    value = value.lower()
    if value in {"group", "true", "yes", "on", "1"}:
        return 0o660
    if value in {"all", "world", "everybody", "2"}:
        return 0o664
    if re.fullmatch(r"0[0-7]{3}", value):
        return int(value, 8) & 0o666
    return 0
