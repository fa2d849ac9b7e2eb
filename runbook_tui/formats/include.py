"""Fragments: ``{include: relative/path.yaml}`` inside `phases` or `steps` stands for what is in it.

A fragment holds one phase or step, or a list of them, and may include further ones. Paths are
relative to the including file and stay inside the folder of the main runbook, so that a runbook is
one folder that can be copied, pinned and reviewed as a whole.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import Protocol

from runbook_tui.formats.nodes import MAX_NODES, MappingNode, Node, ScalarNode, SequenceNode, parse
from runbook_tui.formats.problem import Location, ProblemList, RunbookError, fail, shown
from runbook_tui.formats.source import decode_text

MAX_INCLUDES = 100
"""Include elements resolved in one runbook, repeated ones counted each time."""
MAX_CHAIN = 8
"""Files that include one another in a row."""


class Source(Protocol):
    """Bytes by slash-separated path, relative to the main runbook's folder."""

    def __getitem__(self, name: str, /) -> bytes:
        """The bytes of the file `name`. Raises KeyError or RunbookError where it cannot be had."""


class Files:
    """Reads the files of one runbook by relative path and remembers the exact bytes of each.

    `prefix` is put before names in messages.
    """

    def __init__(self, source: Source, prefix: str = "") -> None:
        self._source = source
        self._prefix = prefix
        self.read: dict[str, bytes] = {}
        self._roots: dict[str, tuple[Node | None, int]] = {}

    def shown_name(self, name: str) -> str:
        """What messages call the file `name`."""
        return shown(self._prefix + name, 200)[1:-1]

    def root(self, name: str, problems: ProblemList) -> tuple[Node | None, int]:
        """The root node of a file and the number of nodes in it.

        Raises KeyError where there is no such file, RunbookError where it cannot be read.
        """
        known = self._roots.get(name)
        if known is None:
            data = self._source[name]
            self.read[name] = data
            label = self.shown_name(name)
            document = parse(decode_text(data, label), label, problems)
            known = self._roots[name] = (document.root, document.size)
        return known


class _Resolver:
    def __init__(self, files: Files, problems: ProblemList, size: int) -> None:
        self.files = files
        self.problems = problems
        self.size = size
        self.count = 0

    def phases(self, items: tuple[Node, ...], chain: tuple[str, ...]) -> tuple[Node, ...]:
        """The phases with every include in them and in their steps resolved."""
        found: list[Node] = []
        for item in items:
            fragment = self._fragment(item, chain)
            if fragment is not None:
                found.extend(self.phases(*fragment))
            elif isinstance(item, MappingNode):
                found.append(_replace(item, "steps", lambda steps: self.steps(steps, chain)))
            else:
                found.append(item)
        return tuple(found)

    def steps(self, items: tuple[Node, ...], chain: tuple[str, ...]) -> tuple[Node, ...]:
        """The steps with every include resolved."""
        found: list[Node] = []
        for item in items:
            fragment = self._fragment(item, chain)
            if fragment is not None:
                found.extend(self.steps(*fragment))
            else:
                found.append(item)
        return tuple(found)

    def _fragment(
        self, item: Node, chain: tuple[str, ...]
    ) -> tuple[tuple[Node, ...], tuple[str, ...]] | None:
        """What an include element stands for and the chain of files to it; None for others."""
        if not isinstance(item, MappingNode):
            return None
        target = item.get("include")
        if target is None:
            return None
        nothing: tuple[tuple[Node, ...], tuple[str, ...]] = ((), chain)
        if len(item.entries) > 1:
            other = next(key for key, _ in item.entries if key.text != "include")
            self._refuse(other.at, "an include stands alone, without other keys")
            return nothing
        name = self._name(target, chain)
        if name is None:
            return nothing
        return self._read(name, target.at, chain)

    def _name(self, target: Node, chain: tuple[str, ...]) -> str | None:
        """The path of the fragment, relative to the main runbook's folder."""
        if not isinstance(target, ScalarNode) or not target.text.strip():
            self._refuse(target.at, "`include` wants the path of a file")
            return None
        text = target.text
        if text.startswith(("/", "~")) or "\\" in text or "://" in text:
            self._refuse(target.at, f"{shown(text)} is no relative path with slashes")
            return None
        name = posixpath.normpath(posixpath.join(posixpath.dirname(chain[-1]), text))
        if name == ".." or name.startswith("../"):
            self._refuse(target.at, f"{shown(text)} lies outside the folder of the runbook")
            return None
        return name

    def _read(
        self, name: str, at: Location, chain: tuple[str, ...]
    ) -> tuple[tuple[Node, ...], tuple[str, ...]]:
        nothing: tuple[tuple[Node, ...], tuple[str, ...]] = ((), chain)
        if name in chain:
            ring = " → ".join([*chain[chain.index(name) :], name])
            self._refuse(at, f"the includes go round in a circle: {ring}", "remove one of them")
            return nothing
        self.count += 1
        if len(chain) >= MAX_CHAIN:
            self._refuse(at, f"more than {MAX_CHAIN} files include one another in a row")
            return nothing
        if self.count > MAX_INCLUDES:
            raise self._over(at, f"more than {MAX_INCLUDES} includes in one runbook")
        try:
            root, size = self.files.root(name, self.problems)
        except KeyError:
            self._refuse(at, f"the fragment {shown(name)} is not there", "paths are relative")
            return nothing
        except RunbookError as error:
            # The message names the fragment; the place of the include helps to find the way back.
            for problem in error.problems:
                self.problems.found[problem] = None
            self._refuse(at, f"the fragment {shown(name)} cannot be used")
            return nothing
        self.size += size
        if self.size > MAX_NODES:
            raise self._over(at, f"more than {MAX_NODES:,} values with all includes")
        longer = (*chain, name)
        if isinstance(root, SequenceNode):
            return root.items, longer
        if isinstance(root, MappingNode):
            return (root,), longer
        place = Location(self.files.shown_name(name))
        self._refuse(place, "a fragment is a list of phases or steps, or a single one")
        return nothing

    def _over(self, at: Location, message: str) -> RunbookError:
        return RunbookError([*self.problems.found, *fail(at, "include", message).problems])

    def _refuse(self, at: Location, message: str, hint: str = "") -> None:
        self.problems.add(at, "include", message, hint)


def resolve(root: Node, size: int, main: str, files: Files, problems: ProblemList) -> Node:
    """`root` with its includes resolved; the same node where it has none.

    `main` is the relative path of the file that `root` came from and `size` its number of nodes.
    Adds to `problems` what is wrong with an include; raises RunbookError where a limit is passed.
    """
    if not isinstance(root, MappingNode):
        return root
    resolver = _Resolver(files, problems, size)
    return _replace(root, "phases", lambda phases: resolver.phases(phases, (main,)))


def _replace(
    node: MappingNode, key: str, change: Callable[[tuple[Node, ...]], tuple[Node, ...]]
) -> MappingNode:
    """`node` with the list under `key` changed; `node` itself where nothing changes."""
    entries = list(node.entries)
    for index, (name, value) in enumerate(entries):
        if name.text == key and isinstance(value, SequenceNode):
            items = change(value.items)
            if len(items) != len(value.items) or any(
                a is not b for a, b in zip(items, value.items, strict=True)
            ):
                sequence = SequenceNode(value.file, value.line, value.col, items)
                entries[index] = (name, sequence)
                return MappingNode(node.file, node.line, node.col, tuple(entries))
    return node
