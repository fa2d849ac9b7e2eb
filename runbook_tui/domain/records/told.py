"""A decision record whole, as rows that a terminal or a page can lay out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from runbook_tui.domain.moment import date_text
from runbook_tui.domain.records.state import Record, RecordsState
from runbook_tui.domain.records.words import margin_words, reversibility_words, standing
from runbook_tui.domain.text import safe_line, safe_text

_REVISITED = {"kept": "kept", "changed": "changed", "moved": "moved on"}


@dataclass(frozen=True)
class Row:
    """One thing about a record, safe to show."""

    label: str
    text: str
    mark: str = "plain"
    """good, bad, warn or plain."""


def heading(records: RecordsState, record: Record, now: datetime) -> str:
    """``! 2  tune  Does the backoff stay?  due for revisiting since …``."""
    glyph, words, _ = standing(records, record, now)
    about = safe_line(record.question) or safe_line(record.step or "")
    return f"{glyph} {record.number:3}  {safe_line(record.chosen)}  {about}  {words}"


def rows(records: RecordsState, record: Record, now: datetime) -> list[Row]:
    """Everything about a record, in the order in which it is asked for."""
    glyph, words, mark = standing(records, record, now)
    found = [Row("stands", f"{glyph} {words}", mark)]
    found.append(Row("question", safe_line(record.question)))
    found += _options(record)
    if record.reason:
        found.append(Row("because", safe_text(record.reason)))
    found.append(Row("decided", _who(record)))
    if record.step:
        how = "chosen in" if record.choice else "from"
        found.append(Row("step", f"{how} {safe_line(record.step)}"))
    for proof in record.proofs:
        name, path = safe_line(proof.name), safe_line(proof.path)
        found.append(Row("evidence", f"{name}: {path} ({proof.size:,} bytes)"))
        found.append(Row("  sha256", safe_line(proof.sha256)))
    found += [Row("would change", safe_text(text), "warn") for text in record.thresholds]
    found += [
        Row("dissent", f"{safe_line(d.who)}: {safe_text(d.said)}", "warn") for d in record.dissent
    ]
    back = reversibility_words(record)
    one_way = record.reversibility == "one-way"
    found.append(Row("way back", back or "nobody said", "warn" if one_way else "plain"))
    found.append(Row("clocks then", margin_words(record) or "none ran"))
    if record.unvisited:
        found.append(Row("not again", safe_text(record.unvisited)))
    for by, at in record.added:
        found.append(Row("added to", f"by {safe_line(by)}, {date_text(at.utc)}"))
    if record.replaces:
        found.append(Row("replaces", f"record {record.replaces}"))
    for seen in record.revisits:
        until = f", until {date_text(seen.until)}" if seen.until is not None else ""
        who = f"{safe_line(seen.by)}, {date_text(seen.at.utc)}"
        text = f"{_REVISITED[seen.outcome]}{until} ({who}): {safe_text(seen.reason)}"
        found.append(Row("revisited", text))
    return found


def _options(record: Record) -> list[Row]:
    found = []
    for way in record.options:
        chosen = way.id == record.chosen
        after = f" → {safe_text(way.consequence)}" if way.consequence else ""
        cost = f"; costs: {safe_text(way.cost)}" if way.cost else ""
        mark = "●" if chosen else "○"
        text = f"{mark} {safe_line(way.id)}: {safe_text(way.title)}{after}{cost}"
        label = "chosen" if chosen else "option"
        found.append(Row(label, text, "good" if chosen else "plain"))
    if not record.options:
        found.append(Row("chosen", f"● {safe_line(record.chosen)}", "good"))
    return found


def _who(record: Record) -> str:
    others = ", ".join(safe_line(name) for name in record.present)
    with_ = f" with {others}" if others else ""
    return f"by {safe_line(record.by)}{with_}, {date_text(record.at.utc)}"
