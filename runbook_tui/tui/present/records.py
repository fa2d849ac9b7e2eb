"""Decision records as the screen shows them: the list, and one of them whole."""

from __future__ import annotations

from datetime import datetime

from textual.content import Content

from runbook_tui.domain.records import told
from runbook_tui.domain.records.state import Record, RecordsState
from runbook_tui.domain.records.words import standing
from runbook_tui.domain.text import safe_line
from runbook_tui.tui.widgets.lines import Line
from runbook_tui.tui.widgets.rows import Row

STYLES = {"good": "$success", "bad": "bold $error", "warn": "bold $warning", "plain": ""}
_HEAD = 13


def record_rows(records: RecordsState, now: datetime) -> list[Row]:
    """Every record in a line; what is due first, then the newest."""
    due = {record.number for record in records.due(now)}
    order = sorted(records.by_number.values(), key=lambda r: (r.number not in due, -r.number))
    return [_row(records, record, now) for record in order]


def _row(records: RecordsState, record: Record, now: datetime) -> Row:
    glyph, words, mark = standing(records, record, now)
    due = record.revisit is not None and record.revisit <= now
    short = words
    if records.holds(record) and record.revisit is not None:
        short = "due" if due else f"again {record.revisit:%Y-%m-%d}"
    elif records.later(record):
        short = f"now {records.later(record)}"
    about = safe_line(record.question) or safe_line(record.step or "")
    quiet = "" if records.holds(record) else "$quiet"
    return Row(
        Content.assemble(
            (f"{glyph} ", STYLES[mark]),
            (f"{record.number} ", "$quiet"),
            (safe_line(record.chosen), quiet or "bold"),
            (f"  {about}", quiet),
        ),
        Content.styled(f" {short} ", STYLES[mark] or "$quiet"),
        str(record.number),
    )


def record_lines(records: RecordsState, record: Record, now: datetime) -> list[Line]:
    """Everything about one record."""
    lines = []
    for row in told.rows(records, record, now):
        style = STYLES[row.mark]
        if row.label == "question":
            style = "bold"
        head = Content.styled(f"{row.label:<{_HEAD}}", "$quiet")
        for part in row.text.split("\n"):
            lines.append(Line(Content.styled(part, style), head, Content(" " * _HEAD)))
            head = Content(" " * _HEAD)
    return lines
