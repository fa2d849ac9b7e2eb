"""The files of a tree, put together for one search each: the next while the last is searched."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from runbook_tui.preflight.scan.files import Found, found
from runbook_tui.preflight.trees import Tree

Patterns = tuple[str, ...]
T = TypeVar("T")
BATCH_FILES = 3_000
BATCH_SIZE = 64 * 1024**2
BATCH_NAMES = 384 * 1024
"""Bytes of names in one command line; Linux takes two mebibytes with the environment."""
_ODD_NAME = re.compile(r"[\r\n]|(?:^|/)-$")
"""What cannot be told apart in ripgrep's output, or means its standard input."""


@dataclass(slots=True)
class Batch:
    """Files to be searched for the same, or those about which there is something else to say."""

    patterns: Patterns | None
    """None: they are wanted whole."""
    alone: bool = False
    """Whether it cannot be given to ripgrep."""
    files: list[Found] = field(default_factory=list)
    size: int = 0
    names: int = 0

    @property
    def full(self) -> bool:
        """Whether it is enough for one search."""
        return (
            len(self.files) >= BATCH_FILES or self.size >= BATCH_SIZE or self.names >= BATCH_NAMES
        )


@dataclass
class Aside:
    """Files that are not searched."""

    binary: list[str] = field(default_factory=list)
    passed_over: int = 0
    """Files that the check wants nothing of."""
    unreadable: list[tuple[str, str]] = field(default_factory=list)


def batches(
    tree: Tree,
    skip: int,
    choose: Callable[[str], Patterns | None],
    always: Callable[[str], bool],
    aside: Aside,
) -> Iterator[Batch]:
    """All files of a tree, in batches. `skip`: letters of a path before the name in the tree."""
    growing: dict[Patterns, Batch] = {}
    for file in found(tree):
        if file.nature == "unreadable":
            aside.unreadable.append((file.path, file.why))
            continue
        if file.nature == "binary":
            aside.binary.append(file.path)
            continue
        name = file.path[skip:]
        patterns = choose(name)
        if patterns is None:
            aside.passed_over += 1
        elif file.nature == "empty":
            continue
        elif always(name):
            yield Batch(None, True, [file], file.size)
        elif _ODD_NAME.search(name):
            yield Batch(patterns, True, [file], file.size)
        else:
            batch = growing.setdefault(patterns, Batch(patterns))
            batch.files.append(file)
            batch.size += file.size
            batch.names += len(file.path)
            if batch.full:
                yield growing.pop(patterns)
    yield from growing.values()


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, the next one being made while the last one is used. What making it raises is
    raised here; ended early, it waits for the one under way.
    """
    nothing = object()
    with ThreadPoolExecutor(1, thread_name_prefix="scan") as maker:
        coming = maker.submit(next, items, nothing)
        while (item := coming.result()) is not nothing:
            coming = maker.submit(next, items, nothing)
            yield item  # type: ignore[misc]
