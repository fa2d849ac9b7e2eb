"""Which row of a matrix a setting means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from runbook_tui.preflight.config.grep import env_name
from runbook_tui.preflight.config.matrix import KeyMatrix, Row
from runbook_tui.preflight.config.settings import LONGEST_LINE, Setting

_ASSIGNED = re.compile(r"(?<![\w.-])([A-Za-z_][\w.-]{2,100}+)=([^\s\"',;]*+)")
_ENV = re.compile(r"[A-Z_][A-Z0-9_]{2,200}")
SHORTEST = 12
"""Letters of a single word from which on it can hardly be anything but this product's key."""


@dataclass(frozen=True)
class Meant:
    """A setting that a row is about."""

    row: Row
    written: str
    """The key as the file writes it."""
    value: str


class Meanings:
    """Looks settings up. `rows`: those that have something to say."""

    def __init__(self, matrix: KeyMatrix, rows: tuple[Row, ...]) -> None:
        self._matrix = matrix
        self._by_last: dict[str, list[Row]] = {}
        self._by_env: dict[str, Row] = {}
        for row in rows:
            last = self._folded(row.key).rsplit(".", 1)[-1]
            self._by_last.setdefault(last, []).append(row)
            if name := env_name(matrix, row):
                self._by_env[name] = row

    def of(self, setting: Setting, *, own: bool) -> Iterator[Meant]:
        """The rows that a setting means. `own`: it stands in one of the product's own files."""
        yield from self._of_key(setting.path, setting.value, own=own)
        if row := self._env_row(setting.name):
            yield Meant(row, setting.name, setting.value)
        if not setting.nested:
            return
        value = setting.value[: LONGEST_LINE * 4]
        if (row := self._env_row(value)) and setting.name == "name":
            yield Meant(row, value, "")
        for match in _ASSIGNED.finditer(value):
            if row := self._env_row(match[1]):
                yield Meant(row, match[1], match[2])
            else:
                yield from self._of_key((match[1],), match[2], own=False)

    def _of_key(self, path: tuple[str, ...], value: str, *, own: bool) -> Iterator[Meant]:
        whole = self._folded(".".join(path))
        for name in self._names(path[-1]):
            ends = whole[: len(whole) - len(path[-1])] + name
            for row in self._by_last.get(name.rsplit(".", 1)[-1], ()):
                if row.contexts and not (len(path) > 1 and path[-2] in row.contexts):
                    continue
                if not _is_end(self._folded(row.name), ends):
                    continue
                if own or not self._matrix.files or _is_distinct(row):
                    yield Meant(row, path[-1], value)

    def _names(self, last: str) -> Iterator[str]:
        """The name, and what it is without an ending that any key can carry."""
        folded = self._folded(last)
        yield folded
        for suffix in self._matrix.suffixes:
            ending = self._folded(suffix)
            if folded.endswith(ending) and len(folded) > len(ending):
                yield folded[: -len(ending)]

    def _env_row(self, text: str) -> Row | None:
        if not self._by_env or not _ENV.fullmatch(text):
            return None
        for suffix in ("", *self._matrix.suffixes):
            if text.endswith(suffix.upper()):
                name = text[: len(text) - len(suffix)]
                if found := self._by_env.get(name):
                    return found
        return None

    def _folded(self, text: str) -> str:
        return text.lower() if self._matrix.ignore_case else text


def _is_end(name: str, whole: str) -> bool:
    return whole == name or whole.endswith(f".{name}")


def _is_distinct(row: Row) -> bool:
    """Whether a key can hardly mean anything else, in a file that is not the product's own."""
    if row.contexts:
        return False
    joined = any(mark in row.key for mark in "_-.")
    return (
        len(row.key) >= SHORTEST
        or (joined and len(row.key) > SHORTEST // 2)
        or (bool(row.section) and joined)
    )
