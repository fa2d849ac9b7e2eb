"""Glyph, word and colour of each status. Never colour alone, and no two alike."""

from __future__ import annotations

from typing import NamedTuple

from runbook_tui.domain.runbook import Step
from runbook_tui.domain.state import RunState, RunStatus, Status, applies, under_way


class Mark(NamedTuple):
    """How a status looks."""

    glyph: str
    word: str
    style: str


_MARKS = {
    Status.PENDING: Mark("○", "to do", "$quiet"),
    Status.ACTIVE: Mark("▶", "under way", "bold $accent"),
    Status.RUNNING: Mark("◐", "running", "bold $accent"),
    Status.UNKNOWN: Mark("?", "UNKNOWN", "bold $error"),
    Status.FAILED: Mark("✗", "failed", "bold $error"),
    Status.DONE: Mark("✓", "done", "$success"),
    Status.SKIPPED: Mark("»", "skipped", "$warning"),
    Status.DEFERRED: Mark("↓", "deferred", "$warning"),
    Status.OVERRIDDEN: Mark("!", "overridden", "$warning"),
}
NOW = Mark("▶", "now", "bold $accent")
LATER = Mark("·", "later", "$quiet")
NOT_NEEDED = Mark("–", "not needed", "$quiet")
OPEN_QUESTION = Mark("·", "undecided", "$quiet")
CHECKING = Mark("◐", "verifying", "bold $accent")
NO_GO = Mark("✗", "NO-GO", "bold $error")
LOCKED = Mark("·", "locked", "$quiet")
LEFT_OFF = Mark("«", "left off", "$quiet")
"""Begun and not done, and not to be done any more: it was rolled back, or the rollback is."""
CHANGED = Mark("✓", "done*", "$warning")


def mark_of(state: RunState, step: Step, current: str) -> Mark:
    """The mark of a step, where `current` is the id of the current one."""
    now = state.of(step.id)
    if now.status in (Status.PENDING, Status.ACTIVE) and under_way(now) is None:
        rolling = state.effects.rolling
        if step.id in state.effects.void:
            return NOT_NEEDED if now.status is Status.PENDING else LEFT_OFF
        if rolling is not None and step.id not in rolling.takes:
            return LOCKED
    if now.status is Status.PENDING:
        return _pending(state, step, current)
    if now.status is Status.ACTIVE and under_way(now) is not None:
        return CHECKING
    if now.status is Status.ACTIVE and step.id == current:
        return NOW
    if now.status is Status.FAILED and now.go is False:
        return NO_GO
    if now.status is Status.DONE and now.changed_since:
        return CHANGED
    return _MARKS[now.status]


def _pending(state: RunState, step: Step, current: str) -> Mark:
    holds = applies(state, step)
    if holds is False:
        return NOT_NEEDED
    if step.id == current and not state.is_over:
        return NOW
    return OPEN_QUESTION if holds is None else LATER


def rolling_mark(state: RunState) -> tuple[str, str]:
    """The word and colour, beside the badge, of a run that is being taken back; "" for any
    other."""
    if state.effects.rolling is None or state.is_over:
        return "", ""
    return " ROLLING BACK ", "bold $badge on $rollback"


class Badge(NamedTuple):
    """The mode badge: word, background style."""

    word: str
    style: str


def badge(state: RunState, review: bool = False) -> Badge:
    """What kind of run this is, told apart by word and colour."""
    if review or state.is_over:
        over = {RunStatus.CLOSED: " CLOSED ", RunStatus.ABORTED: " ABORTED "}
        return Badge(over.get(state.status, " REVIEW "), "bold $foreground on $panel")
    match state.mode:
        case "rehearsal":
            return Badge(" REHEARSAL ", "bold $badge on $rehearsal")
        case "dry-run":
            return Badge(" DRY RUN ", "bold $badge on $dry")
        case _:
            return Badge(" LIVE ", "bold $badge on $live")
