"""The mark by which an update is found again on a status page, after a crash or a time-out."""

from __future__ import annotations

import re
from collections.abc import Iterable

WORD = "Ref"
_ANY = re.compile(rf"\b{WORD}\s+(\S+)/(\d+)\b")


def marked(text: str, entry: str, longest: int | None = None) -> str:
    """The text with ``Ref 20261124-190000-full-upgrade-4f2a/3`` as its last line; without it where
    the text fits into `longest` characters and both together do not."""
    whole = f"{text.rstrip()}\n\n{WORD} {entry}"
    if longest is not None and len(whole) > longest >= len(text):
        return text
    return whole


def names_entry(body: object, entry: str) -> bool:
    """Whether a body found on a page is that of the entry."""
    return isinstance(body, str) and any(f"{run}/{n}" == entry for run, n in _ANY.findall(body))


def names_run(bodies: Iterable[object], run: str) -> bool:
    """Whether one of the bodies is of an update of the run."""
    return any(
        found == run for body in bodies if isinstance(body, str) for found, _ in _ANY.findall(body)
    )


def number(entry: str) -> int:
    """Which update of its run it is, from 1; 0 where the id does not tell."""
    last = entry.rpartition("/")[2]
    return int(last) if last.isdecimal() else 0
