"""The leaves of the decoder: text, numbers, true and false, and choices."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from runbook_tui.formats.nodes import MappingNode, Node, ScalarNode, SequenceNode
from runbook_tui.formats.problem import ProblemList, shown

if TYPE_CHECKING:
    from msgspec import inspect

Decode = Callable[[Node, ProblemList, str], Any]
"""Node, where to complain, and the name of the place (the key) for messages; INVALID on error."""

INVALID: Any = object()
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,2})?")


def is_null(node: Node) -> bool:
    """Whether nothing is written here, or a plain null."""
    return isinstance(node, ScalarNode) and node.plain and node.text in _NULLS


def close(word: str, known: list[str]) -> str:
    """``did you mean `x`?``, or nothing where no known word is near."""
    found = get_close_matches(word[:64], known, n=1, cutoff=0.6)
    return f"did you mean `{found[0]}`?" if found else ""


def kind_of(node: Node) -> str:
    if isinstance(node, SequenceNode):
        return "a list"
    if isinstance(node, MappingNode):
        return "a mapping"
    if is_null(node):
        return "nothing"
    assert isinstance(node, ScalarNode)
    return f"the text {shown(node.text, 40)}"


def wrong(node: Node, problems: ProblemList, name: str, wanted: str, hint: str = "") -> Any:
    what = f"`{name}` wants {wanted}" if name else f"{wanted} was expected"
    problems.add(node.at, "wrong-type", f"{what}; here is {kind_of(node)}", hint)
    return INVALID


def text_decoder(kind: inspect.StrType, description: str) -> Decode:
    lowest, highest = kind.min_length, kind.max_length
    pattern = re.compile(kind.pattern) if kind.pattern else None
    to_end = bool(kind.pattern and kind.pattern.endswith("$"))

    def take(node: Node, problems: ProblemList, name: str) -> Any:
        if not isinstance(node, ScalarNode):
            return wrong(node, problems, name, "a text")
        text = node.text
        if not text and node.plain:
            return wrong(node, problems, name, "a text", 'write "" if it shall be empty')
        if pattern is not None:
            match = pattern.search(text)
            # `$` also matches before a last newline, which must not come into an id.
            if match is None or (to_end and match.end() != len(text)):
                problems.add(node.at, "bad-value", f"`{name}` cannot be {shown(text)}", description)
                return INVALID
        if lowest is not None and len(text) < lowest:
            problems.add(node.at, "bad-value", f"`{name}` is empty", description)
            return INVALID
        if highest is not None and len(text) > highest:
            problems.add(
                node.at,
                "bad-value",
                f"`{name}` has {len(text)} characters; {highest} is the most",
                description,
            )
            return INVALID
        return text

    return take


def take_boolean(node: Node, problems: ProblemList, name: str) -> Any:
    if isinstance(node, ScalarNode) and node.plain and node.text in ("true", "false"):
        return node.text == "true"
    return wrong(node, problems, name, "true or false", "without quotes, in lower case")


def number_decoder(kind: inspect.IntType | inspect.FloatType, whole: bool) -> Decode:
    form, make = (_INTEGER, int) if whole else (_NUMBER, float)
    wanted = "a whole number" if whole else "a number"

    def take(node: Node, problems: ProblemList, name: str) -> Any:
        if not isinstance(node, ScalarNode) or not form.fullmatch(node.text):
            return wrong(node, problems, name, wanted)
        if not node.plain:
            return wrong(node, problems, name, wanted, "write it without quotes")
        value = make(node.text)
        low, high = kind.ge, kind.le
        if (low is not None and value < low) or (high is not None and value > high):
            limits = f"from {low}" if low is not None else ""
            limits += f" to {high}" if high is not None else ""
            problems.add(
                node.at, "bad-value", f"`{name}` cannot be {node.text}", f"{limits} is possible"
            )
            return INVALID
        return value

    return take


def choice_decoder(values: tuple[Any, ...]) -> Decode:
    by_text = {str(value): value for value in values}
    names = list(by_text)
    listed = ", ".join(names)

    def take(node: Node, problems: ProblemList, name: str) -> Any:
        if not isinstance(node, ScalarNode):
            return wrong(node, problems, name, f"one of {listed}")
        if node.text in by_text:
            return by_text[node.text]
        hint = close(node.text, names)
        problems.add(
            node.at,
            "bad-value",
            f"`{name}` cannot be {shown(node.text)}",
            f"{hint} possible: {listed}".strip(),
        )
        return INVALID

    return take
