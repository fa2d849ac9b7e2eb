"""YAML text to frozen nodes that know their place, by the C parser's flat stream of events.

Refused, each with its place: nesting deeper than `MAX_DEPTH`, more than `MAX_NODES` nodes with
aliases counted as if written out (an alias bomb therefore stops at once), recursive aliases, tags
of any kind (the model decides the types), merge keys ``<<`` (they hide which key wins; an alias or
an include says the same in the open), keys that are not plain text, duplicate keys, and more than
one document.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from runbook_tui.formats.problem import (
    Location,
    ProblemList,
    RunbookError,
    fail,
    shown,
)
from runbook_tui.formats.source import refuse_invisible
from runbook_tui.formats.syntax import explain

if TYPE_CHECKING:
    from yaml.error import YAMLError

MAX_DEPTH = 40
"""Levels of lists and mappings inside each other."""
MAX_NODES = 200_000
"""Scalars, lists and mappings of a runbook, aliases and includes counted as if written out."""


class Node(Struct, frozen=True, gc=False):
    """A piece of YAML and its place; line and column count from 1."""

    file: str
    line: int
    col: int

    @property
    def at(self) -> Location:
        """The place of its first character."""
        return Location(self.file, self.line, self.col)


class ScalarNode(Node, frozen=True, gc=False):
    """Text. `plain` where it stands without quotes and is no block text."""

    text: str
    plain: bool


class SequenceNode(Node, frozen=True, gc=False):
    """A list."""

    items: tuple[Node, ...]


class MappingNode(Node, frozen=True, gc=False):
    """A mapping, its keys in the order written and without duplicates."""

    entries: tuple[tuple[ScalarNode, Node], ...]

    def get(self, key: str) -> Node | None:
        """The value of `key`."""
        return next((value for name, value in self.entries if name.text == key), None)


class Document(Struct, frozen=True):
    """What one file holds: its root (None where it is empty) and how many nodes are under it."""

    root: Node | None
    size: int


@cache
def _parser() -> tuple[Callable[[str], Any], type[YAMLError]]:
    """The C parser and the error it raises; imported late because it takes tens of milliseconds."""
    try:
        from yaml._yaml import CParser
    except ImportError:
        raise fail(
            Location("PyYAML"),
            "no-c-parser",
            "PyYAML is installed without its C parser (libyaml), which reading runbooks needs",
            "reinstall it from a wheel: pip install --force-reinstall --only-binary :all: PyYAML",
        ) from None
    from yaml.error import YAMLError

    return CParser, YAMLError


class _Frame:
    """A list or mapping whose end has not come yet."""

    __slots__ = ("anchor", "col", "entries", "height", "items", "key", "line", "seen", "size")

    def __init__(self, mapping: bool, line: int, col: int, anchor: str | None) -> None:
        self.line = line
        self.col = col
        self.anchor = anchor
        self.items: list[Node] = []
        self.entries: list[tuple[ScalarNode, Node]] = []
        self.seen: dict[str, int] | None = {} if mapping else None
        self.key: Node | None = None
        self.size = 1
        self.height = 1


def parse(text: str, file: str, problems: ProblemList) -> Document:
    """The nodes of the one YAML document in `text`; `file` is its name in every place.

    Adds to `problems` what does not hinder reading on (duplicate keys, tags, merge keys).
    Raises RunbookError at what does, and TooManyProblemsError.
    """
    make, yaml_error = _parser()
    try:
        return _Reader(file, problems).read(make(text).get_event)
    except yaml_error as error:
        at, message, hint = explain(error, text, file)
        raise RunbookError([*problems.found, *fail(at, "syntax", message, hint).problems]) from None
    except RunbookError as error:
        raise RunbookError([*problems.found, *error.problems]) from None


class _Reader:
    """Builds nodes from events, on a stack of its own."""

    def __init__(self, file: str, problems: ProblemList) -> None:
        self.file = file
        self.problems = problems
        self.stack: list[_Frame] = []
        self.anchors: dict[str, tuple[Node, int, int]] = {}
        self.root: Node | None = None
        self.size = 0
        self.documents = 0

    def read(self, next_event: Callable[[], Any]) -> Document:
        take = {
            "ScalarEvent": self._scalar,
            "MappingStartEvent": self._open,
            "SequenceStartEvent": self._open,
            "MappingEndEvent": self._close,
            "SequenceEndEvent": self._close,
            "AliasEvent": self._alias,
            "DocumentStartEvent": self._document,
        }
        by_type: dict[type, Callable[[Any], None] | None] = {}
        while (event := next_event()) is not None:
            kind = type(event)
            try:
                action = by_type[kind]
            except KeyError:
                action = by_type[kind] = take.get(kind.__name__)
            if action is not None:
                action(event)
        if isinstance(self.root, ScalarNode) and not self.root.text and self.root.plain:
            return Document(None, 0)  # only a `---`
        return Document(self.root, self.size)

    def _place(self, event: Any) -> Location:
        return Location(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            raise fail(
                self._place(event),
                "many-documents",
                "a second document begins here; a runbook file holds one",
                "remove the --- line, or put the rest in another file",
            )

    def _scalar(self, event: Any) -> None:
        mark = event.start_mark
        style = event.style
        node = ScalarNode(self.file, mark.line + 1, mark.column + 1, event.value, not style)
        if style == '"':  # the only style that can write what is not in the file itself
            refuse_invisible(node.text, node.at)
        if event.tag is not None:
            self._tag(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = (node, 1, 0)
        self._put(node, 1, 0)

    def _open(self, event: Any) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise self._too_deep(self._place(event))
        if event.tag is not None:
            self._tag(event)
        mapping = type(event).__name__ == "MappingStartEvent"
        mark = event.start_mark
        self.stack.append(_Frame(mapping, mark.line + 1, mark.column + 1, event.anchor))

    def _close(self, event: Any) -> None:
        frame = self.stack.pop()
        node: Node
        if frame.seen is None:
            node = SequenceNode(self.file, frame.line, frame.col, tuple(frame.items))
        else:
            node = MappingNode(self.file, frame.line, frame.col, tuple(frame.entries))
        if frame.anchor is not None:
            self.anchors[frame.anchor] = (node, frame.size, frame.height)
        self._put(node, frame.size, frame.height)

    def _alias(self, event: Any) -> None:
        at = self._place(event)
        known = self.anchors.get(event.anchor)
        if known is None:
            if any(frame.anchor == event.anchor for frame in self.stack):
                raise fail(
                    at, "alias", f"the alias {shown('*' + event.anchor)} stands inside itself"
                )
            raise fail(
                at,
                "alias",
                f"the alias {shown('*' + event.anchor)} has no anchor before it",
                "quote the text if it should begin with an asterisk",
            )
        node, size, height = known
        if len(self.stack) + height > MAX_DEPTH:
            raise self._too_deep(at)
        self._put(node, size, height, at)

    def _put(self, node: Node, size: int, height: int, at: Location | None = None) -> None:
        """Hangs a finished node where it belongs. `at` is the place of an alias."""
        if not self.stack:
            self.root = node
            self.size = size
            return
        frame = self.stack[-1]
        frame.size += size
        if frame.size > MAX_NODES:
            raise fail(
                at or node.at,
                "too-many-nodes",
                f"more than {MAX_NODES:,} values"
                + (" once its aliases are written out" if at else ""),
                "a runbook of this size cannot be read by people either: split it",
            )
        if height >= frame.height:
            frame.height = height + 1
        if frame.seen is None:
            frame.items.append(node)
        elif frame.key is None:
            frame.key = node
        else:
            key, frame.key = frame.key, None
            self._entry(frame, key, node)

    def _entry(self, frame: _Frame, key: Node, value: Node) -> None:
        if not isinstance(key, ScalarNode):
            self.problems.add(key.at, "key", "a key must be a word, not a list or mapping")
            return
        seen = frame.seen
        assert seen is not None
        if key.text in seen:
            self.problems.add(
                key.at,
                "duplicate-key",
                f"the key {shown(key.text)} stands here a second time; first in line"
                f" {seen[key.text]}",
                "remove one of them",
            )
        elif key.text == "<<" and key.plain:
            self.problems.add(
                key.at,
                "merge-key",
                "merge keys (<<) are not read: they hide which value wins",
                "write the keys out, use an alias for a whole value, or include a fragment",
            )
        else:
            seen[key.text] = key.line
            frame.entries.append((key, value))

    def _tag(self, event: Any) -> None:
        self.problems.add(
            self._place(event),
            "tag",
            f"the tag {shown(event.tag)} is refused; a runbook has no tags",
            "write the value without it: the key decides its type",
        )

    def _too_deep(self, at: Location) -> RunbookError:
        return fail(at, "too-deep", f"nested deeper than {MAX_DEPTH} levels")
