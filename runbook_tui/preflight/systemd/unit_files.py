"""Unit files and their drop-ins, read as systemd reads them, with the line of every setting.

Source: systemd.syntax(7): ``[Section]``, ``Key=value``, ``#`` and ``;`` begin comments, a ``\\`` at
the end goes on in the next line, an empty value takes back what was set before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = (
    ".service", ".socket", ".target", ".timer", ".path", ".mount", ".automount", ".swap", ".slice",
    ".scope", ".device",
)  # fmt: skip
LARGEST = 1024**2
"""Bytes of a unit file that are read."""
LONGEST_LINE = 4_000


@dataclass(frozen=True)
class Setting:
    """One setting, in its file's line."""

    section: str
    key: str
    value: str
    path: Path
    line: int


def is_unit(name: str) -> bool:
    """Whether a name ends as those of units do."""
    return name.endswith(SUFFIXES) and not name.startswith(".")


def settings(text: str, path: Path) -> Iterator[Setting]:
    """Every setting of a file. What is no setting is passed over, as systemd does."""
    section, whole, begun = "", "", 0
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()[:LONGEST_LINE]
        if line.startswith(("#", ";")) or (not line and not whole):
            continue
        begun = begun or number
        if line.endswith("\\") and len(whole) < LONGEST_LINE:
            whole += line[:-1].rstrip() + " "
            continue
        whole, complete, at, begun = "", whole + line, begun, 0
        if complete.startswith("[") and complete.endswith("]"):
            section = complete[1:-1]
            continue
        key, equals, value = complete.partition("=")
        if equals and section and key.strip():
            yield Setting(section, key.strip(), value.strip(), path, at)


def read(path: Path) -> str | None:
    """A small text file; None where it is none. Raises OSError."""
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST or b"\0" in content[:8192]:
        return None
    return content.decode("utf-8", "replace")


def template_of(name: str) -> str:
    """The template of an instance (``foo@.service`` of ``foo@bar.service``); else the name."""
    stem, dot, suffix = name.rpartition(".")
    prefix, at, _ = stem.partition("@")
    return f"{prefix}@.{suffix}" if at and dot else name
