"""What is said about a key: titles for somebody tired, and what to do, in words."""

from __future__ import annotations

from runbook_tui.domain.findings import Severity
from runbook_tui.preflight.config.matrix import KeyMatrix, Row
from runbook_tui.preflight.config.verdicts import Fate


def kind(fate: Fate) -> str:
    """The finding's key: what happened, whatever the words."""
    if fate.value:
        return "value-removed" if fate.gone else "value-deprecated"
    if not fate.gone:
        return "deprecated"
    return "renamed" if fate.change.replacement else "removed"


def severity(matrix: KeyMatrix, fate: Fate, *, own: bool) -> Severity:
    """An inhibitor where the product will not start with it; only its own files can say that."""
    if not fate.gone:
        return "warning"
    refuses = fate.change.refuses_to_start
    if refuses is None:
        refuses = matrix.refuses_to_start
    return "inhibitor" if refuses and own else "high"


def title(matrix: KeyMatrix, fate: Fate, value: str, *, own: bool) -> str:
    """``wal_keep_segments: removed in PostgreSQL 13, it will not start``."""
    row = fate.row
    what = f"{row.name} = {value}" if fate.value else row.name
    part = f" ({row.component})" if row.component else ""
    verb = "deprecated"
    if fate.gone:
        verb = "removed" if fate.value or not fate.change.replacement else "renamed"
    words = f"{what}: {verb} in {matrix.product}{part} {fate.since}"
    if severity(matrix, fate, own=own) == "inhibitor":
        words += ", it will not start with it"
    return words


def remediation(matrix: KeyMatrix, fate: Fate) -> str:
    """What a person can do about it, with the source of it."""
    change = fate.change
    parts: list[str] = []
    if change.replacement:
        parts.append(f"Use {change.replacement} in its place.")
        if change.available_in:
            parts.append(f"{matrix.product} knows it from {change.available_in} on.")
    elif fate.value:
        parts.append("Take the value out or choose another one.")
    elif fate.gone:
        parts.append("Take the line out.")
    else:
        parts.append("Plan to do without it.")
    parts += [_sentence(text) for text in (change.convert, change.note) if text]
    if fate.value and fate.row.note:
        parts.append(_sentence(fate.row.note))
    parts.append(f"Source: {fate.row.source}")
    return " ".join(parts)


def default_title(matrix: KeyMatrix, row: Row, before: str, after: str, since: str) -> str:
    """``jit: its default is on, no longer off, from PostgreSQL 12``."""
    old = f", no longer {before}" if before else ""
    return (
        f"{row.name} is not set here: its default is {after}{old} from {matrix.product} {since} on"
    )


def _sentence(text: str) -> str:
    text = text.strip()
    if text.split(" ")[0].isalpha():
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
