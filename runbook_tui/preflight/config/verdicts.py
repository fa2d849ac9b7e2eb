"""What becomes of each key of a matrix on the way from one version to another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from runbook_tui.preflight.config.matrix import Change, DefaultChange, KeyMatrix, Row

# Of a list of words: what stands between them, and the marks that add, remove and move (sshd).
_BETWEEN = re.compile(r"[\s,]+")
_MARKS = "+-^"


@dataclass(frozen=True)
class Fate:
    """What becomes of a key (`value` empty) or of one of its values at the version to reach."""

    row: Row
    change: Change
    gone: bool
    """Whether it is removed by then; else it is deprecated."""
    value: str = ""
    """The value's pattern, as the matrix writes it."""

    @property
    def since(self) -> str:
        """The version in which it happened."""
        return (self.change.removed_in if self.gone else self.change.deprecated_in) or ""


@dataclass(frozen=True)
class Fates:
    """Everything that a matrix says for one way."""

    keys: tuple[Fate, ...]
    values: tuple[Fate, ...]
    defaults: tuple[tuple[Row, DefaultChange], ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows with something to say about a key that is set."""
        seen: dict[str, Row] = {}
        for fate in (*self.keys, *self.values):
            seen.setdefault(f"{fate.row.name}|{fate.row.contexts}", fate.row)
        return tuple(seen.values())


def fates(matrix: KeyMatrix, version: Callable[[str], Any], start: str | None, to: str) -> Fates:
    """What the matrix says for the way from `start` (None: not known) to `to`.

    What was removed before `start` is in it too: a file may be older than what runs. Raises
    BadVersionError.
    """
    reached, left = version(to), version(start) if start else None

    def fate(row: Row, change: Change, value: str = "") -> Iterator[Fate]:
        if change.removed_in and version(change.removed_in) <= reached:
            yield Fate(row, change, gone=True, value=value)
        elif change.deprecated_in and version(change.deprecated_in) <= reached:
            yield Fate(row, change, gone=False, value=value)

    defaults = tuple(
        (row, each)
        for row in matrix.keys
        for each in row.defaults
        if version(each.changed_in) <= reached and (left is None or version(each.changed_in) > left)
    )
    return Fates(
        keys=tuple(each for row in matrix.keys for each in fate(row, row)),
        values=tuple(
            each
            for row in matrix.keys
            for value, change in row.values.items()
            for each in fate(row, change, value)
        ),
        defaults=defaults,
    )


def has_value(row: Row, pattern: str, value: str) -> str:
    """The word of a setting's value that the pattern means; empty where none does.

    A word with `-` before it takes something out of a list, so it is no use of it.
    """
    if not row.each_word:
        return value if fnmatchcase(value.lower(), pattern.lower()) else ""
    words = [word for word in _BETWEEN.split(value) if word]
    if words and words[0][0] == "-":
        return ""
    for word in words:
        bare = word.lstrip(_MARKS)
        if fnmatchcase(bare.lower(), pattern.lower()):
            return bare
    return ""
