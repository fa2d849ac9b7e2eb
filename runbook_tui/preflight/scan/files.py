"""Every plain file of a tree, and whether it is text. What cannot be read is told, not skipped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from runbook_tui.preflight.trees import Tree

HEAD = 8192
"""Bytes that are looked at to tell whether a file is text. As git does it."""
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""Marks at the beginning of text that holds NULs. ripgrep knows them, too."""

Nature = Literal["text", "binary", "unreadable", "empty"]


@dataclass(frozen=True, slots=True)
class Found:
    """A file. `path`: absolute."""

    path: str
    size: int
    nature: Nature
    why: str = ""
    """Why it cannot be read."""


def found(tree: Tree) -> Iterator[Found]:
    """The files of a tree in the order of their names; a folder that cannot be read as one of
    them. Links are not followed, and what is no plain file is not opened.
    """
    root = os.fspath(tree.root)
    if tree.root.is_symlink() or not tree.root.is_dir():
        for single in tree.files():
            yield _looked_at(os.fspath(single))
        return
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                ordered = sorted(entries, key=lambda entry: entry.name)
            folders = [e.path for e in ordered if e.is_dir(follow_symlinks=False)]
            files = [e.path for e in ordered if e.is_file(follow_symlinks=False)]
        except OSError as error:
            yield Found(folder, 0, "unreadable", error.strerror or str(error))
            continue
        waiting.extend(reversed(folders))
        for path in files:
            yield _looked_at(path)


def _looked_at(path: str) -> Found:
    try:
        # Between the listing and now it may have become a link or a pipe: neither is opened.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        return Found(path, 0, "unreadable", error.strerror or str(error))
    try:
        size = os.fstat(handle).st_size
        head = os.read(handle, HEAD)
    except OSError as error:
        return Found(path, 0, "unreadable", error.strerror or str(error))
    finally:
        os.close(handle)
    if not head:
        return Found(path, 0, "empty")
    binary = b"\0" in head and not head.startswith(UTF_16)
    return Found(path, size, "binary" if binary else "text")
