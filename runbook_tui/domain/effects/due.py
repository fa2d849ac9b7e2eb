"""Which looks are due: at what steps left that are done by hand, and at what was cut off."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from runbook_tui.domain.effects.events import Occasion
from runbook_tui.domain.effects.state import EffectState
from runbook_tui.domain.state import SETTLED, RunState, RunStatus, Status, running_steps


class Due(Struct, frozen=True):
    """A look at an effect that should be had now."""

    number: int
    occasion: Occasion


def due(state: RunState) -> tuple[Due, ...]:
    """All of them. Commands of steps are looked round by whoever runs them."""
    if state.mode == "dry-run" or state.is_over or state.status is RunStatus.PAUSED:
        return ()
    return tuple(_due(state))


def _due(state: RunState) -> Iterator[Due]:
    running = frozenset(running_steps(state))
    rolling = state.effects.rolling
    for each in state.effects.ledger.values():
        if not each.can_be_seen or not each.begun or each.step in running:
            continue
        status = state.of(each.step).status
        by_hand = each.attempt == 0 and each.source != "found"
        if by_hand and status is Status.ACTIVE and each.before is None and each.last is None:
            yield Due(each.number, "before")
        elif each.last is None and each.said is None and _acted(state, each, status):
            taking = rolling is not None and _taken_by_running(state, each, running)
            if not taking:
                yield Due(each.number, "after" if each.back is None and rolling is None else "now")


def _acted(state: RunState, each: EffectState, status: Status) -> bool:
    """Whether what made it has come to an end, or was cut off."""
    if status in SETTLED or status in (Status.UNKNOWN, Status.FAILED, Status.DEFERRED):
        return True
    return each.attempt > 0 and status is Status.ACTIVE


def _taken_by_running(state: RunState, each: EffectState, running: frozenset[str]) -> bool:
    rolling = state.effects.rolling
    assert rolling is not None
    return any(
        each.number in (*rolling.takes.get(step, ()), *rolling.covers.get(step, ()))
        for step in running
    )


def before_step(state: RunState, step: str) -> tuple[Due, ...]:
    """The looks that come before a step's command acts."""
    effects = state.effects
    if effects.rollback_of(step) is not None:
        taken = (*effects.taken_by(step), *effects.covered_by(step))
        return tuple(Due(each.number, "now") for each in taken if each.can_be_seen)
    return tuple(
        Due(each.number, "before")
        for each in effects.of_step(step)
        if each.can_be_seen and not each.begun and each.source in ("declared", "step")
    )


def after_step(state: RunState, step: str) -> tuple[Due, ...]:
    """The looks that come once it has acted."""
    effects = state.effects
    if effects.rollback_of(step) is not None:
        taken = (*effects.taken_by(step), *effects.covered_by(step))
        return tuple(Due(each.number, "back") for each in taken if each.can_be_seen)
    return tuple(
        Due(each.number, "after")
        for each in effects.of_step(step)
        if each.can_be_seen and each.begun and each.source in ("declared", "step")
    )
