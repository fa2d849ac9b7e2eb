"""Renames that the program can do itself: one word of one line, and nothing that is in doubt."""

from __future__ import annotations

import re
from pathlib import Path

from runbook_tui.domain.findings import Edit, Remedy, line_digest
from runbook_tui.preflight.config.grep import env_name
from runbook_tui.preflight.config.matrix import KeyMatrix
from runbook_tui.preflight.config.scanning import Hit, Text
from runbook_tui.preflight.config.verdicts import Fate

_KEY = re.compile(r"[A-Za-z_][\w.-]*")


def put_in_place(matrix: KeyMatrix, fate: Fate, written: str) -> str:
    """What to write in place of a key as it is written; empty where that is no plain renaming.

    A key that moves to another section is one in the environment only.
    """
    change, row = fate.change, fate.row
    if change.convert or not _KEY.fullmatch(change.replacement):
        return ""
    section, _, key = (
        change.replacement.rpartition(".") if row.section else ("", "", change.replacement)
    )
    name = env_name(matrix, row)
    if name and written.startswith(name):
        new = matrix.env.replace("{section}", section or row.section).replace("{key}", key)
        return new.upper() + written[len(name) :]
    if section not in ("", row.section):
        return ""
    # As it is written: a suffix that any key can carry stays.
    return key + written[len(row.key) :] if written.lower().startswith(row.key.lower()) else ""


def rename(
    path: Path, place: str, text: Text, hits: list[tuple[Hit, str, str]], words: str
) -> Remedy | None:
    """Renames on their lines, or None where one of them cannot be done. Each hit comes with what
    is found in its line and what is put.
    """
    edits: list[Edit] = []
    for hit, find, put in hits:
        if not put or not 0 < hit.line <= len(text.raw):
            return None
        line = text.raw[hit.line - 1]
        try:
            plain = line.decode("utf-8")
        except UnicodeDecodeError:
            return None
        whole = re.findall(rf"(?<![\w-]){re.escape(find)}(?![\w-])", plain)
        if len(whole) != 1 or plain.count(find) != 1 or put in plain:
            return None
        if any(edit.line == hit.line for edit in edits):
            return None
        edits.append(
            Edit(
                path=str(path.absolute()),
                line=hit.line,
                digest=line_digest(line),
                find=find,
                put=put,
            )
        )
    if not edits:
        return None
    return Remedy(label=words, edits=tuple(edits), target=place)
