"""The tree of a run: the pinned runbook and the evidence, changed path by path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runbook_tui.adapters.gitlog.encoding import (
    FILE_MODE,
    FOLDER_MODE,
    TreeEntry,
    read_tree,
    tree_bytes,
)
from runbook_tui.adapters.gitlog.errors import BrokenObject
from runbook_tui.adapters.gitlog.loose import ObjectWriter
from runbook_tui.adapters.gitlog.reader import ObjectReader


def split(path: str) -> list[bytes]:
    """The names on the way to a file.

    Raises ValueError for what git would refuse or another system misread: absolute paths, empty,
    ``.`` and ``..`` parts, control characters, and names that start like git's own.
    """
    parts = path.split("/")
    for part in parts:
        if part in {"", ".", ".."} or not part.isprintable() or "\\" in part:
            raise ValueError(f"not a path that the log can hold: {path!r}")
        if part.lower().startswith((".git", "git~")):
            raise ValueError(f"a name in the log may not start like git's own: {path!r}")
    return [part.encode() for part in parts]


def with_files(
    base: str | None, files: Mapping[str, bytes], reader: ObjectReader, writer: ObjectWriter
) -> str:
    """The id of tree `base` (None: empty) with `files` added or replaced, staged in `writer`.

    Only the trees on the way to a changed file are read and written. Raises ValueError where a
    path is bad or one is a file and a folder at once, BrokenObject where `base` is damaged.
    """
    changes = {tuple(split(path)): writer.stage("blob", content) for path, content in files.items()}
    return _changed(base, changes, reader, writer)


def walk(tree: str, reader: ObjectReader, prefix: bytes = b"") -> Iterator[tuple[str, str]]:
    """(path, blob id) of every file in `tree` and below, in git's order."""
    if prefix.count(b"/") > _DEEPEST:
        raise BrokenObject(tree, "lies deeper than any tree this program writes")
    for entry in read_tree(tree, reader.read(tree, "tree")):
        path = prefix + entry.name
        if entry.is_folder:
            yield from walk(entry.id, reader, path + b"/")
        else:
            yield path.decode("utf-8", "replace"), entry.id


def find(tree: str, path: str, reader: ObjectReader) -> str | None:
    """The blob at `path` in `tree`, None where there is no such file."""
    *folders, name = [part.encode("utf-8", "replace") for part in path.split("/")]
    for folder in folders:
        entry = _entry(tree, folder, reader)
        if entry is None or not entry.is_folder:
            return None
        tree = entry.id
    entry = _entry(tree, name, reader)
    return entry.id if entry and not entry.is_folder else None


_DEEPEST = 64


def _entry(tree: str, name: bytes, reader: ObjectReader) -> TreeEntry | None:
    entries = read_tree(tree, reader.read(tree, "tree"))
    return next((entry for entry in entries if entry.name == name), None)


def _changed(
    base: str | None,
    changes: Mapping[tuple[bytes, ...], str],
    reader: ObjectReader,
    writer: ObjectWriter,
) -> str:
    entries: dict[bytes, TreeEntry] = {}
    if base is not None:
        staged = writer.staged(base)
        data = staged[1] if staged else reader.read(base, "tree")
        entries = {entry.name: entry for entry in read_tree(base, data)}
    folders: dict[bytes, dict[tuple[bytes, ...], str]] = {}
    for path, blob in changes.items():
        name, *deeper = path
        there = entries.get(name)
        if there is not None and there.is_folder != bool(deeper):
            raise ValueError(f"{name.decode()!r} would be a file and a folder at once")
        if deeper:
            folders.setdefault(name, {})[tuple(deeper)] = blob
        else:
            entries[name] = TreeEntry(FILE_MODE, name, blob)
    for name, inside in folders.items():
        there = entries.get(name)
        if there is not None and not there.is_folder:
            raise ValueError(f"{name.decode()!r} would be a file and a folder at once")
        tree = _changed(there.id if there else None, inside, reader, writer)
        entries[name] = TreeEntry(FOLDER_MODE, name, tree)
    return writer.stage("tree", tree_bytes(list(entries.values())))
