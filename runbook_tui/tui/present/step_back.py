"""What a step of a way back shows: what it takes back, as it was seen, and what is left alone."""

from __future__ import annotations

from textual.content import Content

from runbook_tui.domain.effects.naming import name_of
from runbook_tui.domain.effects.state import EffectState
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.state import RunState
from runbook_tui.domain.text import safe_line
from runbook_tui.tui.present.effects import changed_by, sights, stands
from runbook_tui.tui.widgets.lines import Line


def back_lines(state: RunState, step: Step) -> list[Line]:
    """The effects that the step takes back, or that go back with the snapshot it restores."""
    lines: list[Line] = []
    for title, effects in (
        ("takes back", state.effects.taken_by(step.id)),
        ("goes back with it", state.effects.covered_by(step.id)),
    ):
        for each in effects:
            if lines:
                lines.append(Line(Content("")))
            lines += _effect(state, title, each)
    return lines


def _effect(state: RunState, title: str, each: EffectState) -> list[Line]:
    mark = stands(each)
    of = f"  of {safe_line(each.step)}" if each.step else ""
    lines = [
        Line(
            Content.assemble(
                (f"{title}  ", "$quiet"),
                (f"{each.number} ", "$quiet"),
                (safe_line(name_of(each)), "bold"),
                (of, "$quiet"),
            ),
            act="look",
        ),
        Line(Content.styled(f"{mark.glyph} {mark.word}", mark.style), act="look"),
    ]
    if changed_by(state, each) == "somebody else":
        words = (
            "! Somebody else has changed it since: left as it is. Look, then say that it is ours "
            "all the same (l, s), or skip this with a reason."
        )
        lines.append(Line(Content.styled(words, "bold $warning"), act="look"))
    return [*lines, *sights(each)]
