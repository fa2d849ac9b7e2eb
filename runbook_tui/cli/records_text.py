"""Decision records as lines, and as documents for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from runbook_tui.cli.lines import time_json
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.records.state import Record, RecordsState
from runbook_tui.domain.records.told import heading, rows
from runbook_tui.domain.records.words import due_line, rollback_margin, standing

_LABEL = 13
"""Columns of a label."""


def record_lines(records: RecordsState, record: Record, now: datetime) -> list[str]:
    """A record whole."""
    found = [f"record {record.number}"]
    for row in rows(records, record, now):
        first, *more = row.text.split("\n")
        found.append(f"  {row.label:{_LABEL}} {first}")
        found += [f"  {'':{_LABEL}} {line}" for line in more]
    return found


def list_lines(records: RecordsState, now: datetime) -> list[str]:
    """Every record in a line."""
    return [heading(records, record, now) for record in records.by_number.values()]


def short_records(records: RecordsState, now: datetime) -> list[str]:
    """What of the records somebody has to look at; nothing where that is nothing."""
    line = due_line(records, now)
    return [f"! {line}"] if line else []


def records_json(records: RecordsState, now: datetime) -> list[dict[str, Any]]:
    """Every record, by number."""
    return [_record(records, record, now) for record in records.by_number.values()]


def revisits_json(records: RecordsState, now: datetime) -> list[dict[str, Any]]:
    """What is to be looked at again, soonest first."""
    return [
        {
            "number": record.number,
            "question": record.question,
            "due": date_json(record.revisit),
            "overdue": record.revisit is not None and record.revisit <= now,
        }
        for record in records.waiting
    ]


def date_json(when: datetime | None) -> str | None:
    """``2026-05-01T19:31:02.000Z``; None where there is none."""
    return time_json(Moment(when, 0.0, "")) if when is not None else None


def _record(records: RecordsState, record: Record, now: datetime) -> dict[str, Any]:
    figures = record.figures
    return {
        "number": record.number,
        "question": record.question,
        "options": [
            {"id": w.id, "title": w.title, "consequence": w.consequence, "cost": w.cost}
            for w in record.options
        ],
        "chosen": record.chosen,
        "reason": record.reason,
        "by": record.by,
        "present": list(record.present),
        "at": time_json(record.at),
        "step": record.step,
        "source": "step" if record.choice else "record",
        "evidence": msgspec.to_builtins(record.proofs),
        "thresholds": list(record.thresholds),
        "dissent": msgspec.to_builtins(record.dissent),
        "reversibility": record.reversibility,
        "reversible_until": date_json(record.reversible_until),
        "clocks": {
            "buffer": figures.buffer,
            "decide_by": date_json(figures.decide_by),
            "rollback_margin": rollback_margin(record),
            "ends": date_json(figures.ends),
            "chance": figures.chance,
        }
        if figures is not None
        else None,
        "holds": records.holds(record),
        "taken_back": records.was_taken_back(record),
        "replaces": record.replaces or None,
        "replaced_by": records.later(record) or None,
        "revisit": date_json(record.revisit),
        "unvisited": record.unvisited,
        "due": record in records.due(now),
        "stands": standing(records, record, now)[1],
        "revisits": [
            {
                "outcome": seen.outcome,
                "reason": seen.reason,
                "by": seen.by,
                "at": time_json(seen.at),
                "revisit": date_json(seen.until),
                "record": seen.record or None,
            }
            for seen in record.revisits
        ],
    }
