"""Decisions, one line each, newest last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import UnsetType
from textual.content import Content

from runbook_tui.domain.figures import Figures
from runbook_tui.domain.moment import clock_text, hour_text
from runbook_tui.domain.narrative import tell
from runbook_tui.domain.schedule.clock_words import short
from runbook_tui.domain.text import safe_line
from runbook_tui.session import Recorded
from runbook_tui.tui.widgets.rows import Row

_MARKS = {"good": "$success", "bad": "bold $error", "warn": "$warning", "plain": ""}


def decision_row(recorded: Recorded) -> Row:
    """``19:31:02Z alice skips purge-cache: reason … a81f2c committed``."""
    entry = recorded.entry
    told = tell(entry.event)
    words = f": {safe_line(told.words, 200)}" if told.words else ""
    return Row(
        Content.assemble(
            (f" {clock_text(entry.at)} ", "$quiet"),
            (f" {safe_line(entry.by, 16)} ", "bold"),
            (told.verb, _MARKS[told.mark]),
            f" {safe_line(told.what)}",
            (words, "$quiet"),
        ),
        Content.assemble(*_figures(recorded.entry.figures), (f"{recorded.commit[:7]} ", "$quiet")),
    )


LEGEND = "Decisions · buffer →end ≤safe rollback"
"""Title of the strip: what the figures beside a decision are."""


def _figures(figures: Figures | UnsetType) -> Iterator[tuple[str, str]]:
    """What the clocks said then: ``27m →20:29 ≤20:12``."""
    if not isinstance(figures, Figures):
        return
    if figures.buffer is not None:
        over = figures.buffer < 0
        words = f"{'over ' if over else ''}{short(figures.buffer)}"
        yield words, "bold $error" if over else "$quiet"
    if figures.ends is not None:
        yield f" →{hour_text(figures.ends)[:-1]}", "$quiet"
    if figures.decide_by is not None:
        yield f" ≤{hour_text(figures.decide_by)[:-1]}", "$quiet"
    yield "  ", ""


def decision_rows(recorded: Sequence[Recorded]) -> list[Row]:
    """Rows for several decisions."""
    return [decision_row(one) for one in recorded]
