"""Regular expressions from runbooks: compiled safely, or refused with the reason.

Python's engine backtracks: an expression such as ``(a+)+$`` takes hours on thirty letters and
cannot be stopped meanwhile. So a repeated group is only let through where there is one way to
divide a text among its rounds: between parts that vary and can match the same letters stands
something sure that they cannot match (as the dot in ``(\\.[0-9]+)*``). And at most
`MOST_IN_A_ROW` repeats may compete for the same characters. What is refused can always be put
differently.
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

LONGEST_PATTERN = 1_000
"""Characters of an expression that is still read."""
MOST_IN_A_ROW = 3
"""Repeats such as ``.*`` that can match the same text with nothing sure between them."""
LONGEST_MATCHED = 256
"""Characters of a text that are safe to match with what is let through."""
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT"})
_MANY = 16
"""Rounds from which a counted repeat is as bad as an unlimited one."""
_OTHER = 128
"""Stands for every character beyond ASCII."""
_EVERYTHING = frozenset(range(_OTHER + 1))

Element = tuple[Any, Any]


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> re.Pattern[str] | str:
    """The compiled expression, or in a few words why it is refused. Never raises."""
    if len(pattern) > LONGEST_PATTERN:
        return f"longer than {LONGEST_PATTERN} characters"
    try:
        # Recorded, not raised: the filters are shared with other threads.
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        reason = str(error) or "nested too deeply"
        return reason[0].lower() + reason[1:]
    # "Possible nested set" is what a POSIX class such as [[:alpha:]] gets: it would not match what
    # its writer means.
    if any(issubclass(warning.category, FutureWarning) for warning in said):
        return "a set inside a set, such as [[:alpha:]], is no Python syntax"
    if _explodes(pattern):
        return "it could take for ever on some texts: repeats inside or beside each other"
    return compiled


def _explodes(pattern: str) -> bool:
    try:
        # The parser of `re` itself. It is not public: should it change, nothing is refused.
        parsed = importlib.import_module("re._parser").parse(pattern)
        whole = list(parsed)
        return _crowded(whole) or any(_ambiguous(body) for body in _repeated(whole))
    except (ImportError, AttributeError, TypeError, ValueError, RecursionError):
        return False


def _name(element: Element) -> str:
    return str(element[0])


def _inner(element: Element) -> list[list[Element]]:
    """The sequences that an element encloses."""
    kind, argument = _name(element), element[1]
    if kind in _REPEATS or kind == "POSSESSIVE_REPEAT":
        return [list(argument[2])]
    if kind == "SUBPATTERN":
        return [list(argument[3])]
    if kind == "BRANCH":
        return [list(branch) for branch in argument[1]]
    if kind == "ATOMIC_GROUP":
        return [list(argument)]
    if kind in ("ASSERT", "ASSERT_NOT"):
        return [list(argument[1])]
    if kind == "GROUPREF_EXISTS":
        return [list(part) for part in argument[1:] if part is not None]
    return []


def _repeated(sequence: list[Element]) -> Iterator[list[Element]]:
    """The bodies of all repeats that can go many rounds."""
    for element in sequence:
        for inner in _inner(element):
            if _name(element) in _REPEATS and int(element[1][1]) >= _MANY:
                yield inner
            yield from _repeated(inner)


def _flat(sequence: list[Element]) -> list[Element]:
    """The sequence without the brackets of its groups."""
    found: list[Element] = []
    for element in sequence:
        if _name(element) == "SUBPATTERN":
            found.extend(_flat(list(element[1][3])))
        else:
            found.append(element)
    return found


def _nullable(element: Element) -> bool:
    """Whether it can match nothing at all."""
    kind, argument = _name(element), element[1]
    if kind in _REPEATS or kind == "POSSESSIVE_REPEAT":
        return int(argument[0]) == 0 or _can_be_empty(list(argument[2]))
    if kind in ("BRANCH", "GROUPREF_EXISTS", "ATOMIC_GROUP"):
        return any(map(_can_be_empty, _inner(element)))
    return kind in ("AT", "ASSERT", "ASSERT_NOT", "GROUPREF")


def _can_be_empty(sequence: list[Element]) -> bool:
    return all(map(_nullable, _flat(sequence)))


class _AmbiguousError(Exception):
    """The same text can be matched in more than one way."""


Sets = frozenset[frozenset[int]]
"""What the varying parts before can match, as far as nothing sure has come since."""


def _ambiguous(body: list[Element]) -> bool:
    """Whether a round of `body`, or two rounds on end, can match one text in several ways.

    Doing so in every round doubles the ways with every round: that is what takes for ever.
    """
    try:
        _divide(body, _divide(body, frozenset()))
    except _AmbiguousError:
        return True
    return False


def _divide(sequence: list[Element], before: Sets) -> Sets:
    for element in _flat(sequence):
        before = _compete(element, before)
    return before


def _compete(element: Element, before: Sets) -> Sets:
    """`before` as it is after `element`. Raises _AmbiguousError where both can take one letter."""
    kind = _name(element)
    letters = _letters(element)
    if kind == "BRANCH":
        if _overlaps(element):
            raise _AmbiguousError
        return frozenset().union(*(_divide(inner, before) for inner in _inner(element)))
    touched = frozenset(taken for taken in before if taken & letters)
    if kind in _REPEATS:
        low, high = int(element[1][0]), int(element[1][1])
        inner = _inner(element)[0]
        if touched or _can_be_empty(inner):
            raise _AmbiguousError
        if high < _MANY:
            after = _divide(inner, frozenset())
            if high > 1:
                _divide(inner, after)
        return (before if low == 0 else frozenset()) | {letters}
    if kind in ("GROUPREF", "GROUPREF_EXISTS"):
        raise _AmbiguousError
    # Something sure ends the matter for all that cannot match it.
    return before if _nullable(element) else touched


def _overlaps(branch: Element) -> bool:
    """Whether two alternatives can begin alike, or one can be empty."""
    seen: frozenset[int] = frozenset()
    for alternative in _inner(branch):
        letters = _beginning(alternative)
        if _can_be_empty(alternative) or letters & seen:
            return True
        seen |= letters
    return False


def _beginning(sequence: list[Element]) -> frozenset[int]:
    """The characters that a text matched by `sequence` can begin with."""
    found: frozenset[int] = frozenset()
    for element in _flat(sequence):
        found |= _letters(element)
        if not _nullable(element):
            break
    return found


class _CrowdedError(Exception):
    """Too many repeats in a row compete for the same characters."""


Row = tuple[frozenset[int], ...]
"""What each of the repeats before can match, as far as nothing sure has come since."""


class _Rows:
    """Follows every way through an expression and counts repeats that compete in a row."""

    def __init__(self) -> None:
        self._budget = 5_000

    def through(self, sequence: list[Element], row: Row) -> Row:
        """The row after `sequence` where it was `row` before. Raises _CrowdedError."""
        for element in _flat(sequence):
            self._budget -= 1
            if self._budget < 0:
                raise _CrowdedError
            row = self._after(element, row)
        return row

    def _after(self, element: Element, row: Row) -> Row:
        kind = _name(element)
        if kind in ("ASSERT", "ASSERT_NOT"):  # looks on its own and consumes nothing
            self.through(_inner(element)[0], ())
            return row
        if kind in ("BRANCH", "GROUPREF_EXISTS", "ATOMIC_GROUP"):
            return max((self.through(inner, row) for inner in _inner(element)), key=len)
        if kind in _REPEATS and int(element[1][1]) < _MANY:
            return self._few_rounds(element, row)
        letters = _letters(element)
        # What is sure to be there and cannot match the same ends the competition.
        kept = row if _nullable(element) else tuple(taken for taken in row if taken & letters)
        if kind not in _REPEATS or not letters:
            return kept
        if sum(1 for taken in kept if taken & letters) >= MOST_IN_A_ROW:
            raise _CrowdedError
        return (*kept, letters)

    def _few_rounds(self, element: Element, row: Row) -> Row:
        low, high = int(element[1][0]), int(element[1][1])
        longest = row
        for done in range(1, min(high, MOST_IN_A_ROW + 1) + 1):
            row = self.through(_inner(element)[0], row)
            longest = row if done <= low else max(longest, row, key=len)
        return longest


def _crowded(sequence: list[Element]) -> bool:
    """Whether too many repeats in a row compete for the same characters."""
    try:
        _Rows().through(sequence, ())
    except _CrowdedError:
        return True
    return False


def _letters(element: Element) -> frozenset[int]:
    """The characters an element can match, ASCII one by one; none for what only looks."""
    kind, argument = _name(element), element[1]
    if kind == "LITERAL":
        return frozenset({min(argument, _OTHER)})
    if kind == "NOT_LITERAL":
        return _EVERYTHING - {argument}
    if kind == "ANY":
        return _EVERYTHING
    if kind == "IN":
        return _members(argument)
    if kind in ("AT", "ASSERT", "ASSERT_NOT"):
        return frozenset()
    if kind == "GROUPREF":
        return _EVERYTHING
    inner = [e for sequence in _inner(element) for e in _flat(sequence)]
    return frozenset().union(*map(_letters, inner))


def _members(items: list[Element]) -> frozenset[int]:
    found: set[int] = set()
    negated = False
    for kind, argument in items:
        name = str(kind)
        if name == "NEGATE":
            negated = True
        elif name == "LITERAL":
            found.add(min(argument, _OTHER))
        elif name == "RANGE":
            low, high = argument
            found.update(range(min(low, _OTHER), min(high, _OTHER) + 1))
        elif name == "CATEGORY":
            found.update(_category(str(argument)))
    # A class may hold some of the characters beyond ASCII and lack others.
    return frozenset(_EVERYTHING - (found - {_OTHER})) if negated else frozenset(found)


def _category(name: str) -> frozenset[int]:
    sort = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}.get(name.rsplit("_", 1)[-1], ".")
    inside = frozenset(c for c in range(_OTHER) if re.match(sort, chr(c))) | {_OTHER}
    return (_EVERYTHING - inside) | {_OTHER} if "NOT" in name else inside
