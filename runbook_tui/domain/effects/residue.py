"""Residue: what is still there and should not be, after a rollback and after a success."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from msgspec import Struct

from runbook_tui.domain.effects.state import EffectState
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.state import RunState, Status

Why = Literal["not-back", "undeclared", "temporary", "unknown", "half-done"]
WHY: dict[Why, str] = {
    "not-back": "still there after the rollback",
    "undeclared": "nobody declared it",
    "temporary": "was for the time of the run only",
    "unknown": "nobody knows whether it is there",
    "half-done": "its step was not done",
}


@dataclass(frozen=True)
class LeftOver(Refusal):
    """The run cannot be closed, because nobody answers for what is left over."""


class Residue(Struct, frozen=True):
    """One effect that should not be there, or of which nobody knows."""

    effect: EffectState
    why: Why

    @property
    def words(self) -> str:
        """Why it is on the list."""
        return WHY[self.why]


def residue(state: RunState) -> tuple[Residue, ...]:
    """All of it, answered or not, by number."""
    return tuple(_all(state))


def unanswered(state: RunState, now: datetime | None = None) -> tuple[Residue, ...]:
    """What keeps a run from being closed: nobody answers for it."""
    return tuple(each for each in _all(state) if each.effect.answer is None)


def _all(state: RunState) -> Iterator[Residue]:
    for number in sorted(state.effects.ledger):
        each = state.effects.ledger[number]
        why = _why(state, each)
        if why is not None:
            yield Residue(each, why)


def _why(state: RunState, each: EffectState) -> Why | None:
    presence = each.presence
    if presence in ("intended", "not-there"):
        return None
    if state.effects.rolled_back or _was_to_be_back(state, each):
        return "unknown" if presence == "unknown" else "not-back"
    if presence == "unknown":
        return "unknown"
    if each.source in ("found", "by-hand"):
        return "undeclared"
    if each.effect.temporary:
        return "temporary"
    step = each.step
    status = state.of(step).status
    if status in (Status.DONE, Status.OVERRIDDEN) or step not in state.plan.by_id:
        return None
    return "half-done" if status in (Status.SKIPPED, Status.FAILED, Status.DEFERRED) else None


def _was_to_be_back(state: RunState, each: EffectState) -> bool:
    """Whether a way back that is over was to take it back, and its step was not done again."""
    for rollback in reversed(state.effects.rollbacks):
        meant = {n for numbers in rollback.takes.values() for n in numbers} | set(rollback.cannot)
        if rollback.outcome == "done" and each.number in meant:
            # Done once more since: then it is there because somebody wants it to be.
            return each.last is None or each.back is None or each.back.seq >= each.last.seq
    return False
