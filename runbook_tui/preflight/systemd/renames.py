"""Old names of units and their new ones."""

from __future__ import annotations

import re
from collections.abc import Mapping

from runbook_tui.preflight.systemd.names import full_name, is_name
from runbook_tui.preflight.systemd.unit_files import is_unit

LONGEST_LINE = 1_000
MOST = 10_000


def given(renames: Mapping[str, str]) -> dict[str, str]:
    """Renames with full names."""
    return {full_name(old): full_name(new) for old, new in renames.items()}


def table(text: str) -> dict[str, str]:
    """The renames of a text file: lines that begin and end with the name of a unit."""
    found: dict[str, str] = {}
    for line in text.split("\n")[:MOST]:
        words = line[:LONGEST_LINE].split()
        if len(words) < 2 or words[0].startswith("#"):
            continue
        old, new = words[0], words[-1]
        if is_unit(old) and is_unit(new) and is_name(old) and is_name(new) and old != new:
            found[old] = new
    return found


def replacement(written: str, new: str) -> str:
    """A new name in the form that the old one was written in: with or without its ending."""
    if "/" in written:
        return written.rpartition("/")[0] + "/" + replacement(written.rpartition("/")[2], new)
    if not is_unit(written) and new.endswith(".service"):
        return new.removesuffix(".service")
    return new


def stands_alone(line: str, name: str) -> bool:
    """Whether a name is a word of its own wherever it stands in a line: then it can be replaced
    there without anything else being meant.
    """
    alone = re.findall(rf"(?<![^\s\"'=,\[(]){re.escape(name)}(?![^\s\"';,&|)\]])", line)
    return len(alone) == line.count(name) > 0
