"""Other YAML than runbooks: documents of one type (matrices), and whatever a scan comes across."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from runbook_tui.formats.decode import decode
from runbook_tui.formats.nodes import Document, MappingNode, Node, ScalarNode, SequenceNode, parse
from runbook_tui.formats.problem import (
    Location,
    ProblemList,
    RunbookError,
    TooManyProblemsError,
    fail,
)
from runbook_tui.formats.source import decode_text, read_bytes

S = TypeVar("S", bound=Struct)


def read_document(path: Path, kind: type[S], name: str = "") -> S:
    """The document in a file, called `name` in messages. Raises RunbookError with every mistake."""
    name = name or str(path)
    problems = ProblemList()
    try:
        root = parse(decode_text(read_bytes(path, name), name), name, problems).root
        if root is None:
            raise fail(Location(name), "empty", "is empty")
        found = decode(root, kind, problems)
    except TooManyProblemsError:
        raise RunbookError(problems.found) from None
    if found is None or problems.errors:
        raise RunbookError(problems.found)
    return found


def scalars(text: str) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """Every scalar of a YAML document: its keys and list positions, its text, its line from 1.

    Aliases are followed, within bounds. Raises RunbookError where it is no YAML that is read here.
    """
    problems = ProblemList()
    try:
        document: Document = parse(text, "", problems)
    except TooManyProblemsError:
        raise RunbookError(problems.found) from None
    if document.root is not None:
        yield from _scalars((), document.root)


def _scalars(path: tuple[str, ...], node: Node) -> Iterator[tuple[tuple[str, ...], str, int]]:
    if isinstance(node, ScalarNode):
        yield path, node.text, node.line
    elif isinstance(node, SequenceNode):
        for number, item in enumerate(node.items):
            yield from _scalars((*path, str(number)), item)
    elif isinstance(node, MappingNode):
        for key, value in node.entries:
            if isinstance(value, ScalarNode):
                yield (*path, key.text), value.text, key.line
            else:
                yield from _scalars((*path, key.text), value)
