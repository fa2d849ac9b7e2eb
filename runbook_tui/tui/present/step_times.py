"""What is said about a step's time: how long it is thought to take and took, and its rehearsals."""

from __future__ import annotations

from textual.content import Content

from runbook_tui.domain.moment import length_text
from runbook_tui.domain.runbook import CommandStep, Step
from runbook_tui.domain.state import RunState
from runbook_tui.tui.present.step_parts import estimate_text
from runbook_tui.tui.widgets.lines import Line, lines_of

# The machinery of the schedule is needed once the log is open, and not for the first screen.

FAST = "suspiciously fast"


def expected_text(state: RunState, step: Step) -> str:
    """How long it is thought to take, and by what; "" where nobody says it."""
    if state.baseline is not None and step.id in state.baseline.took:
        from runbook_tui.domain.schedule.step_time import source_text

        best, likely, worst, _ = state.baseline.took[step.id]
        span = f"{length_text(likely)} ({length_text(best)}–{length_text(worst)})"
        return f"{span} {source_text(state, step)}"
    return estimate_text(step.estimate) if step.estimate is not None else ""


def took_parts(state: RunState, step: Step) -> list[str | tuple[str, str]]:
    """How long a settled step took, what of that was waiting, and what is odd about it."""
    known = state.of(step.id)
    if known.started is None or known.settled is None:
        return []
    parts: list[str | tuple[str, str]] = [
        (f", took {length_text(state.between(known.started, known.settled))}", "$quiet")
    ]
    if known.waited >= 1:
        parts.append((f", {length_text(known.waited)} of it waiting for people", "$quiet"))
    from runbook_tui.domain.schedule.step_time import step_time

    time = step_time(state, step, known.settled)
    if time.pace == "over":
        parts.append((f", over by {length_text(time.over)}", "$warning"))
    elif time.pace == "fast":
        parts.append((f", {FAST}: done before, or not done?", fast_style(step)))
    return parts


def fast_style(step: Step) -> str:
    """A machine that was too fast did something else; a person may just know the place."""
    return "$warning" if isinstance(step, CommandStep) else "$quiet"


def rehearsed_lines(state: RunState, step: Step) -> list[Line]:
    """Whether a live run's step was rehearsed, when, under what load, and its content hash."""
    if state.baseline is None or state.baseline.rehearsals is None:
        return []
    from runbook_tui.domain.schedule.rehearsal_words import rehearsed_text
    from runbook_tui.domain.schedule.rehearsals import rehearsed

    known = rehearsed(state, step)
    if known is None:
        return []
    # Where nothing was rehearsed that is said once, not as an alarm at every step.
    quiet = known.how == "rehearsed" or not state.baseline.rehearsed
    style = "$quiet" if quiet else "$warning"
    return lines_of(Content.styled(rehearsed_text(known), style))


def rehearsals_lines(state: RunState) -> list[Line]:
    """What a live run tells of its rehearsals as a whole."""
    if state.baseline is None or state.baseline.rehearsals is None:
        return []
    from runbook_tui.domain.schedule.rehearsal_words import rehearsals_text
    from runbook_tui.domain.schedule.rehearsals import rehearsals

    known = rehearsals(state)
    if known is None:
        return []
    whole = "$success" if known.rehearsed == len(known.steps) else "$warning"
    styles = {"rehearsed": whole, "changed": "$warning", "never": "$warning"}
    return [
        line
        for name, words in rehearsals_text(known)
        for line in lines_of(
            Content.assemble((f"{name:<11}", "$quiet"), (words, styles.get(name, "$quiet")))
        )
    ]
