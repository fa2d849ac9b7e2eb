"""The clocks of a run, as a document for programs and as lines for people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from runbook_tui.domain.schedule.alarm import alarms, unanswered
from runbook_tui.domain.schedule.clock_words import clock_lines, question, question_line
from runbook_tui.domain.schedule.reading import Reading
from runbook_tui.domain.state import RunState


def clocks_json(state: RunState, reading: Reading | None) -> dict[str, Any] | None:
    """What the clocks say, times in UTC and lengths in seconds; docs/cli.md describes its shape."""
    if reading is None:
        return None
    p50, p80, p95 = (_time(when) for when in reading.ends)
    fever = reading.fever
    return {
        "plan": reading.baseline.plan,
        "buffer": {"size": reading.baseline.buffer, "left": round(reading.buffer_left)},
        "fever": {
            "zone": fever.zone,
            "chain_done": round(fever.chain_done, 3),
            "buffer_used": round(fever.buffer_used, 3),
            "trend": fever.trend,
            "drift": round(fever.drift),
        },
        "ends": {"p50": p50, "p80": p80, "p95": p95},
        "slowdown": round(reading.forecast.slowdown, 3),
        "chance": _share(reading.chance),
        "window": {
            "opens": _time(reading.baseline.opens),
            "ends": _time(reading.window_ends),
            "reserve": reading.baseline.reserve,
        },
        "rollback": {
            "needs": round(reading.rollback.p95),
            "decide_by": _time(reading.decide_by),
            "chance": _share(reading.chance_by_rollback),
            "assumed": sum(estimate.source == "assumed" for estimate in reading.work.back),
        },
        "point_of_no_return": {
            "ahead": reading.work.no_return or None,
            "passed": reading.work.passed or None,
        },
        "without_estimate": reading.work.unknown,
        "alarms": [alarm.text for alarm in alarms(state, reading)],
        "unanswered": unanswered(state, reading),
    }


def clocks_text(state: RunState, reading: Reading | None, word: str = "") -> list[str]:
    """What the clocks say, in a few lines; none for a run that is over or has no baseline. `word`
    is what decides about a deadline that has passed, where it is not `decide`."""
    if reading is None or state.is_over:
        return []
    lines = clock_lines(reading)
    lines += [f"! {alarm.text}" for alarm in alarms(state, reading)]
    deadline = unanswered(state, reading)
    ways = " or ".join(question(deadline).acts)
    asked = question_line(deadline, word or f"runbook-tui decide {state.run} - with {ways}")
    return [*lines, asked] if asked else lines


def _share(chance: float | None) -> float | None:
    return round(chance, 3) if chance is not None else None


def _time(when: datetime | None) -> str | None:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when is not None else None
