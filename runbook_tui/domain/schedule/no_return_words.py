"""What a person is told before a point of no return is passed: what it means, what is given up."""

from __future__ import annotations

from runbook_tui.domain.moment import hour_text
from runbook_tui.domain.no_return import given_up
from runbook_tui.domain.parameters import substituted
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.schedule.buffer import compensations
from runbook_tui.domain.schedule.clock_words import brief, way_back
from runbook_tui.domain.schedule.reading import Reading
from runbook_tui.domain.state import RunState
from runbook_tui.domain.text import safe_line

LONGEST = 160
"""Characters of a compensation's words."""


def no_return_lines(state: RunState, step: Step, reading: Reading | None) -> list[str]:
    """The consequences, a line each; the first says what it is."""

    def words(text: str) -> str:
        return safe_line(substituted(text, state.parameters), LONGEST)

    lines = [f"Past this there is no way back: {words(step.title)}."]
    lost = given_up(state, step)
    if lost:
        lines.append("Can no longer be taken back once it has begun:")
    else:
        lines.append("Nothing done so far has a way back that would be given up.")
    for other in reversed(lost):
        ways = "; ".join(words(way.text) for way in compensations(other))
        lines.append(f"- {other.id}: {ways}")
    lines += _figures(reading)
    if state.mode == "dry-run":
        lines.append("This is a dry run: nothing is changed.")
    return lines


def _figures(reading: Reading | None) -> list[str]:
    if reading is None:
        return []
    lines = []
    left, by = reading.rollback_left, reading.decide_by
    if by is not None and left is not None and not reading.work.passed:
        lines.append(f"{way_back(reading)}: until then you may still decide to go back.")
        if left < 0:
            lines[-1] = f"The latest safe rollback was at {hour_text(by)}: it has passed."
    told = brief(reading)
    return [*lines, told] if told else lines
