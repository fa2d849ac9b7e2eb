"""The runbook's links: where the ticket and the dashboard are."""

from __future__ import annotations

from textual.content import Content

from runbook_tui.domain.state import RunState
from runbook_tui.domain.text import safe_line
from runbook_tui.tui.present.step_parts import words
from runbook_tui.tui.widgets.lines import Line

GOES_ON = Content.assemble(" " * 7, ("↪ ", "$quiet"))


def link_lines(state: RunState) -> list[Line]:
    """``links  ticket  https://…``, one a line; empty where the runbook names none."""
    links = state.plan.runbook.links
    widest = max((len(safe_line(name, 20)) for name in links), default=0)
    return [
        Line(
            Content(safe_line(words(target, state.parameters))),
            Content.styled(f"{'' if n else 'links':<7}{safe_line(name, 20):<{widest}}  ", "$quiet"),
            GOES_ON,
        )
        for n, (name, target) in enumerate(links.items())
    ]


def link_help(state: RunState) -> list[Content]:
    """The links as the head of the help; empty where the runbook names none."""
    lines = [Content.assemble("  ", line.head[7:], line.body) for line in link_lines(state)]
    return [Content.styled("Links", "bold"), *lines, Content("")] if lines else []
