"""Decision records in words: their events as sentences, and how a record stands."""

from __future__ import annotations

from datetime import datetime

from runbook_tui.domain.moment import date_text, hour_text, length_text
from runbook_tui.domain.records.events import DecisionRecorded, DecisionRevisited, RecordEvent
from runbook_tui.domain.records.state import Record, RecordsState

_REVISITED = {"kept": "keeps", "changed": "changes", "moved": "puts off"}


def tell_record(event: RecordEvent) -> tuple[str, str, str, str]:
    """Verb, what, mark and the person's own words; not yet made safe."""
    match event:
        case DecisionRecorded(choice=0):
            instead = f", in place of record {event.replaces}" if event.replaces else ""
            what = f"{event.chosen} (record {event.number}{instead}): {event.question}"
            return "decides", what, "good", _whole(event)
        case DecisionRecorded():
            what = f"to what {event.step} chose (record {event.number})"
            return "adds", what, "plain", _beside(event)
        case DecisionRevisited(number=number, outcome=outcome):
            now = f": record {event.record} stands in its place" if event.record else ""
            when = f" until {date_text(event.revisit)}" if event.revisit is not None else ""
            mark = "warn" if outcome == "moved" else "good"
            return _REVISITED[outcome], f"record {number}{when}{now}", mark, event.reason
        case _:
            return "records", type(event).__name__, "plain", ""


def _whole(e: DecisionRecorded) -> str:
    lines = [e.reason, ""]
    for way in e.options:
        mark = "*" if way.id == e.chosen else "-"
        after = f" -> {way.consequence}" if way.consequence else ""
        cost = f" (costs: {way.cost})" if way.cost else ""
        lines.append(f"{mark} {way.id}: {way.title}{after}{cost}")
    beside = _beside(e)
    return "\n".join(lines) + (f"\n\n{beside}" if beside else "")


def _beside(e: DecisionRecorded) -> str:
    lines = [f"evidence: {p.name}, {p.path}, sha256 {p.sha256}" for p in e.proofs]
    lines += [f"would change it: {text}" for text in e.thresholds]
    if e.present:
        lines.append(f"decided with: {', '.join(e.present)}")
    lines += [f"dissent, {d.who}: {d.said}" for d in e.dissent]
    back = reversibility_words(e)
    if back:
        lines.append(back)
    if e.revisit is not None:
        lines.append(f"looked at again: {date_text(e.revisit)}")
    elif e.unvisited:
        lines.append(f"not looked at again: {e.unvisited}")
    return "\n".join(lines)


def reversibility_words(of: DecisionRecorded | Record) -> str:
    """``can be taken back until 2026-05-08 18:00Z``; "" where nobody said."""
    if of.reversibility == "until" and of.reversible_until is not None:
        return f"can be taken back until {date_text(of.reversible_until)}"
    return {"reversible": "can be taken back", "one-way": "one way: no way back"}.get(
        of.reversibility, ""
    )


def standing(state: RecordsState, record: Record, now: datetime) -> tuple[str, str, str]:
    """Glyph, words and mark of how a record stands at `now`."""
    if state.was_taken_back(record):
        return "–", "taken back", "warn"
    later = state.later(record)
    if later:
        return "–", f"replaced by record {later}", "plain"
    if record.revisit is None:
        return "✓", "holds", "good"
    if record.revisit <= now:
        return "!", f"due for revisiting since {date_text(record.revisit)}", "warn"
    return "○", f"looked at again {date_text(record.revisit)}", "plain"


def margin_words(record: Record) -> str:
    """Buffer, rollback margin and forecast end at that moment; "" where no clocks ran."""
    if record.figures is None:
        return ""
    figures, parts = record.figures, []
    if figures.buffer is not None and figures.buffer < 0:
        parts.append(f"buffer overdrawn by {length_text(-figures.buffer)}")
    elif figures.buffer is not None:
        parts.append(f"buffer {length_text(figures.buffer)} left")
    margin = rollback_margin(record)
    if margin is not None:
        how = "left" if margin >= 0 else "past"
        parts.append(f"safe rollback {length_text(abs(margin))} {how}")
    if figures.ends is not None:
        parts.append(f"ends {hour_text(figures.ends)} (80 %)")
    return " · ".join(parts)


def rollback_margin(record: Record) -> float | None:
    """Seconds that were left then until the latest safe rollback, negative where it was past; None
    where nobody could say."""
    if record.figures is None or record.figures.decide_by is None:
        return None
    return (record.figures.decide_by - record.at.utc).total_seconds()


def due_line(records: RecordsState, now: datetime) -> str:
    """``record 2 is due for revisiting since …: which strategy?``; "" where none is."""
    due = records.due(now)
    if not due:
        return ""
    first = due[0]
    since = date_text(first.revisit) if first.revisit is not None else ""
    more = f" (and {len(due) - 1} more)" if len(due) > 1 else ""
    about = first.question or f"what {first.step} chose"
    return f"record {first.number} is due for revisiting since {since}: {about}{more}"
