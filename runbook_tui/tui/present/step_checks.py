"""Checks in the step pane: what a preflight step came to, and what keeps a gate closed."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content

from runbook_tui.domain.findings import SEVERITIES
from runbook_tui.domain.moment import clock_text
from runbook_tui.domain.preflight import checks_of, closes, standing
from runbook_tui.domain.preflight_words import counted
from runbook_tui.domain.runbook import GateStep, PreflightStep
from runbook_tui.domain.state import RunState, is_settled
from runbook_tui.domain.text import safe_line
from runbook_tui.tui.present.findings import LOOKING, MARKS, NOT_LOOKED

HELD = 6
"""Reasons shown in the pane; the findings screen has all."""


def check_lines(state: RunState, step: PreflightStep, progress: Mapping[str, str]) -> list[Content]:
    """A line a check: its mark, name, and what is open of what it found. `progress`: of those
    under way."""
    kept = state.of(step.id).checks
    stands = standing(state, step, state.at)
    names = checks_of(state, step)
    if not names:
        return [Content.styled(f"by hand: {', '.join(map(safe_line, step.checks))}", "$quiet")] * (
            bool(step.checks)
        )
    wide = max(map(len, names))
    lines = []
    for name in names:
        result = kept.get(name)
        if name in progress:
            lines.append(
                Content.assemble((f"{LOOKING.glyph} ", LOOKING.style), f"{name:<{wide}}  ",
                                 (LOOKING.word, LOOKING.style), (f"  {progress[name]}", "$quiet"))
            )  # fmt: skip
            continue
        if result is None:
            lines.append(
                Content.assemble((f"{NOT_LOOKED.glyph} ", "$quiet"), f"{name:<{wide}}  ",
                                 (NOT_LOOKED.word, "$quiet"))
            )  # fmt: skip
            continue
        mine = [each for each in stands if each.check == name]
        left = [each.found.severity for each in mine if each.is_open]
        worst = min(left, key=SEVERITIES.index, default=None)
        mark = MARKS[worst or "pass"]
        words = counted(left) or ("all answered" if mine else "nothing to answer")
        when = "dry run: only shown" if result.dry else clock_text(result.at)
        lines.append(
            Content.assemble(
                (f"{mark.glyph} ", mark.style), f"{name:<{wide}}  ", (words, mark.style),
                (f"  {when}", "$quiet"),
            )
        )  # fmt: skip
    lines.append(Content.styled("p shows what was found: open, fix, waive, look again.", "$quiet"))
    return lines


def held_lines(state: RunState, gate: GateStep) -> list[Content]:
    """Why preflight keeps a gate closed."""
    if is_settled(state, gate):
        return []
    reasons = closes(state, gate, state.at)
    lines = [Content.styled(f"✗ {safe_line(reason)}", "$warning") for reason in reasons[:HELD]]
    if len(reasons) > HELD:
        lines.append(Content.styled(f"and {len(reasons) - HELD} more", "$warning"))
    if lines:
        lines.insert(0, Content.styled("Preflight keeps it closed (p answers):", "bold $warning"))
    return lines
