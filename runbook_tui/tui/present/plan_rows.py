"""The list of phases and steps."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content

from runbook_tui.domain.no_return import is_behind
from runbook_tui.domain.preflight import standing
from runbook_tui.domain.runbook import PreflightStep, Step
from runbook_tui.domain.state import SETTLED, RunState, Status, current, is_settled
from runbook_tui.domain.text import safe_line
from runbook_tui.tui.present.marks import NOT_NEEDED, Mark, mark_of
from runbook_tui.tui.present.step_times import fast_style
from runbook_tui.tui.widgets.rows import Row

_PHASE_DONE = Mark("✓", "", "$success")
_PHASE_NOW = Mark("▶", "", "bold $accent")
_PHASE_LATER = Mark("○", "", "$quiet")


def plan_rows(state: RunState) -> list[Row]:
    """One row a phase with its count, one a step with glyph, title and word."""
    backs = _ways_back(state)
    now = current(state)
    now_id = now.id if now is not None else ""
    rows: list[Row] = []
    for number, phase in enumerate(state.plan.runbook.phases, 1):
        settled, needed = _counts(state, phase.steps)
        here = any(step.id == now_id for step in phase.steps)
        mark = _PHASE_NOW if here else _PHASE_LATER
        if settled == needed:
            mark = _PHASE_DONE if needed else NOT_NEEDED
        style = "bold" if here else ""
        name = safe_line(phase.title) if number in backs else f"{number} {safe_line(phase.title)}"
        rows.append(
            Row(
                Content.assemble((f"{mark.glyph} ", mark.style), (name, style)),
                Content.styled(
                    f"{settled}/{needed} " if needed else f"{NOT_NEEDED.word} ", mark.style
                ),
            )
        )
        for step in phase.steps:
            mark = mark_of(state, step, now_id)
            title = "bold" if step.id == now_id else ("$quiet" if mark.style == "$quiet" else "")
            rows.append(
                Row(
                    Content.assemble(
                        "  ", (f"{mark.glyph} ", mark.style), (safe_line(step.title), title)
                    ),
                    Content.assemble(
                        _open_findings(state, step),
                        _pace(state, step),
                        _return(state, step),
                        (f"{mark.word} ", mark.style),
                    ),
                    step.id,
                )
            )
    return rows


def _ways_back(state: RunState) -> frozenset[int]:
    """The numbers of the phases that are ways back, which have a number of their own."""
    if not state.effects.rollbacks:
        return frozenset()
    from runbook_tui.domain.effects.way_back import is_way_back

    phases = enumerate(state.plan.runbook.phases, 1)
    return frozenset(number for number, phase in phases if is_way_back(phase))


def _open_findings(state: RunState, step: Step) -> tuple[str, str]:
    """How many findings of a preflight step nobody has answered."""
    if isinstance(step, PreflightStep) and step.advisory and is_settled(state, step):
        return "", ""  # it was for a decision, which was made
    left = sum(each.is_open for each in standing(state, step, state.at))
    return (f"⚠{left} ", "bold $warning") if left else ("", "")


def _return(state: RunState, step: Step) -> tuple[str, str]:
    """That nothing before this step is taken back past it: said before, and once it was passed."""
    if is_behind(state, step):
        return "past return ", "$warning"
    if step.point_of_no_return and not is_settled(state, step):
        return "no return ", "bold $warning"
    return "", ""


def _pace(state: RunState, step: Step) -> tuple[str, str]:
    """What is odd about how long a finished step took."""
    known = state.of(step.id)
    if known.status is not Status.DONE or known.settled is None or known.started is None:
        return "", ""
    from runbook_tui.domain.schedule.step_time import step_time

    time = step_time(state, step, known.settled)
    if time.pace == "over":
        from runbook_tui.domain.schedule.clock_words import short

        return f"+{short(time.over)} ", "$warning"
    return ("fast? ", fast_style(step)) if time.pace == "fast" else ("", "")


def counts(state: RunState) -> tuple[int, int]:
    """Steps settled, and steps in all. Those that do not apply are in neither: nobody did them."""
    return _counts(state, state.plan.steps)


def _counts(state: RunState, steps: Iterable[Step]) -> tuple[int, int]:
    settled = needed = 0
    for step in steps:
        done = state.of(step.id).status in SETTLED
        settled += done
        needed += done or not is_settled(state, step)
    return settled, needed
