"""What is found of a key in a file, as findings: evidence, words, and what can be done."""

from __future__ import annotations

from pathlib import Path

from runbook_tui.domain.findings import Evidence, Finding, Remedy
from runbook_tui.domain.redact import redact
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.config import wording
from runbook_tui.preflight.config.edits import put_in_place, rename
from runbook_tui.preflight.config.matrix import KeyMatrix
from runbook_tui.preflight.config.scanning import Hit, Text
from runbook_tui.preflight.config.settings import Trouble
from runbook_tui.preflight.config.verdicts import Fate, has_value
from runbook_tui.preflight.trees import Tree

NAME = "config-keys"
SHOWN = 160
MOST_PLACES = 50
"""Places of one key in one file that are shown."""


def with_value(fate: Fate, hits: list[Hit]) -> list[tuple[Hit, str]]:
    found = [(hit, has_value(fate.row, fate.value, hit.meant.value)) for hit in hits]
    return [(hit, word) for hit, word in found if word]


def finding_of(
    matrix: KeyMatrix,
    fate: Fate,
    path: Path,
    tree: Tree,
    text: Text,
    meant: list[tuple[Hit, str]],
    *,
    own: bool,
) -> Finding:
    """One key in one file. `meant`: its places, each with the word of its value that is meant."""
    place = tree.place(path)
    written = meant[0][0].meant.written
    value = safe_line(meant[0][1], 60)
    subject = f"{place}: {written}{'=' + fate.value if fate.value else ''}"
    return Finding(
        check=NAME,
        key=wording.kind(fate),
        severity=wording.severity(matrix, fate, own=own),
        title=safe_line(wording.title(matrix, fate, value, own=own), 200),
        subject=safe_line(subject),
        evidence=tuple(_seen(place, hit.line, text, written) for hit, _word in meant[:MOST_PLACES]),
        remediation=wording.remediation(matrix, fate),
        remedies=_remedies(matrix, fate, path, tree, text, meant),
    )


def _remedies(
    matrix: KeyMatrix, fate: Fate, path: Path, tree: Tree, text: Text, meant: list[tuple[Hit, str]]
) -> tuple[Remedy, ...]:
    if not tree.editable or not fate.change.replacement or len(meant) > MOST_PLACES:
        return ()
    written = meant[0][0].meant.written
    if fate.value:
        put = "" if fate.change.convert else fate.change.replacement
        what = meant[0][1]
    else:
        put, what = put_in_place(matrix, fate, written), written
    place = tree.place(path)
    since = fate.change.available_in
    label = f"Write {put} for {what} in {place}" + (f" (for {since} and later)" if since else "")
    pairs = [(hit, word or written, put) for hit, word in meant]
    remedy = rename(path, place, text, pairs, safe_line(label, 200))
    return (remedy,) if remedy else ()


def _seen(place: str, number: int, text: Text, written: str = "") -> Evidence:
    line = text.line(number)
    at = line.find(written) if written else 0
    if at > SHOWN // 2:  # a whole document in one line
        line = line[at - 20 : at + SHOWN]
    return Evidence(place=place, line=number, text=safe_line(redact(line[:2_000].strip()), SHOWN))


def not_read(why: str, key: str, place: str) -> Finding:
    return Finding(check=NAME, key=key, severity="unknown", title=why, subject=place)


def not_parsed(place: str, troubles: list[Trouble], text: Text) -> Finding:
    first = troubles[0]
    more = f", and {len(troubles) - 1} more places" if len(troubles) > 1 else ""
    why = f"{place}:{first.line}: {first.why}{more}; looked through line by line instead"
    return Finding(
        check=NAME,
        key="not-parsed",
        severity="unknown",
        title=safe_line(why, 300),
        subject=place,
        evidence=tuple(_seen(place, each.line, text) for each in troubles[:MOST_PLACES]),
        remediation="Look at the file by hand, or leave it out of the paths.",
    )
