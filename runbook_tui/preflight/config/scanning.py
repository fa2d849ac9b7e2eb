"""Reads one file for a matrix: which format, which settings mean a row, what it stumbles over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from runbook_tui.preflight.config.formats import by_name, guessed, is_own, reader_of
from runbook_tui.preflight.config.matrix import Format, KeyMatrix
from runbook_tui.preflight.config.meanings import Meanings, Meant
from runbook_tui.preflight.config.settings import (
    LONGEST_LINE,
    Include,
    Setting,
    Trouble,
)
from runbook_tui.preflight.config.yaml_reader import Scalars

LARGEST = 4 * 1024**2
"""Bytes of a file that are read."""
HEAD = 8192
"""Bytes in which a NUL tells that it is no text."""
# Any line that looks like a key and a value: for files that cannot be read as their format says.
_ANY_KEY = re.compile(
    r"[\s\-]*[\"']?([A-Za-z_][\w.-]{0,200}+)[\"']?(?:\s*[=:]\s*|\s+)(.*)", re.DOTALL
)


@dataclass(frozen=True)
class Text:
    """What was read of a file."""

    lines: tuple[str, ...]
    raw: tuple[bytes, ...]
    cut: bool
    """Whether there was more of it."""

    def line(self, number: int) -> str:
        """The line of that number, from 1; empty where there is none."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


@dataclass(frozen=True)
class Hit:
    """A setting that a row of the matrix is about, and where it stands."""

    meant: Meant
    line: int


def read_text(path: Path) -> Text | None:
    """The text of a file; None where it is none. Raises OSError."""
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if b"\0" in data[:HEAD]:
        return None
    cut, data = len(data) > LARGEST, data[:LARGEST]
    raw = tuple(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"))
    return Text(tuple(line.decode("utf-8", "replace") for line in raw), raw, cut)


def format_of(matrix: KeyMatrix, path: str, text: Text, *, own: bool) -> tuple[Format, bool]:
    """How a file is written: by its name, else as the product's own are, else as it looks; and
    whether it is meant to be written so, which what it looks like does not tell.
    """
    named = by_name(PurePosixPath(path).name)
    if own and matrix.format in ("php", "postgresql", "sshd", "words", "nginx", "env"):
        return named if named in ("json", "toml", "yaml", "env") else matrix.format, True
    meant = named or (matrix.format if own else None)
    return (meant, True) if meant else (guessed("\n".join(text.lines)), False)


class Scanner:
    """Reads files for one matrix. `meanings`: knows the rows with something to say."""

    def __init__(self, matrix: KeyMatrix, meanings: Meanings, scalars: Scalars) -> None:
        self._matrix = matrix
        self._meanings = meanings
        self._scalars = scalars

    def scan(
        self, path: str, text: Text, *, own: bool, every_key: Callable[[str], None]
    ) -> Iterator[Hit | Include | Trouble | None]:
        """What one file says. `every_key` is told of each key that the product's file sets."""
        whole = "\n".join(text.lines)
        form, sure = format_of(self._matrix, path, text, own=own)
        broken = False
        for count, found in enumerate(reader_of(form, self._scalars)(whole)):
            if count % 500 == 0:
                yield None
            if isinstance(found, Setting):
                self._tell(found, every_key, own=own)
                yield from self._hits(found, text, own=own)
            elif isinstance(found, Trouble):
                broken = True
                if sure:
                    yield found
            elif own:
                yield found
        if broken and form in ("json", "toml", "yaml", "nginx"):
            for setting in _any_lines(text):
                yield from self._hits(setting, text, own=own)

    def _tell(self, setting: Setting, every_key: Callable[[str], None], *, own: bool) -> None:
        """Tells of keys that are set: in the product's files, and by variables anywhere."""
        if own or (self._matrix.env and setting.name.isupper()):
            every_key(setting.name)
        if self._matrix.env and setting.nested:
            every_key(setting.value.partition("=")[0][:200])

    def _hits(self, setting: Setting, text: Text, *, own: bool) -> Iterator[Hit]:
        for meant in self._meanings.of(setting, own=own):
            yield Hit(meant, _line_with(meant.written, setting, text))
        if not (setting.nested and "\n" in setting.value):
            return
        # A file inside of a file: `nginx.conf: |` of a ConfigMap.
        name = setting.name
        if not (is_own(self._matrix, f"/{name}") or by_name(name)):
            return
        inner = tuple(setting.value.split("\n"))
        inside = Text(inner, (), cut=False)
        own_inside = is_own(self._matrix, f"/{name}") or not self._matrix.files
        form, _sure = format_of(self._matrix, name, inside, own=own_inside)
        if form in ("yaml", "json", "toml"):
            return
        for found in reader_of(form, self._scalars)(setting.value):
            if isinstance(found, Setting):
                there = Setting(found.path, found.value, setting.line + found.line)
                for meant in self._meanings.of(there, own=own_inside):
                    yield Hit(meant, _line_with(meant.written, there, text))


def _line_with(written: str, setting: Setting, text: Text) -> int:
    """The line that has the key as it is written: for what stands inside of a longer value."""
    if written in text.line(setting.line):
        return setting.line
    ahead = setting.value.count("\n") + 2
    for number in range(setting.line, min(setting.line + ahead, len(text.lines)) + 1):
        if written in text.line(number):
            return number
    return setting.line


def _any_lines(text: Text) -> Iterator[Setting]:
    for number, line in enumerate(text.lines, 1):
        bare = line.lstrip()
        if bare[:1] in ("#", ";") or bare.startswith("//"):
            continue
        if match := _ANY_KEY.match(line[:LONGEST_LINE]):
            value = match[2].strip().rstrip(",;").strip("\"' ")
            yield Setting((match[1],), value, number, nested=True)
