"""Which looks are due: at what steps left that are done by hand, and at what was cut off."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from runbook_tui.domain.effects.events import Occasion
from runbook_tui.domain.effects.found import covers, same_place
from runbook_tui.domain.effects.same_thing import acts_on
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
        if rolling is None and each.presence == "there" and _remedied(state, each):
            yield Due(each.number, "now")
            continue
        if each.said is not None or (each.last is not None and each.last.known):
            continue  # else it is asked again, until it answers
        status = state.of(each.step).status
        backs = _ways_back(state, each)
        if backs:
            if not backs & running:
                yield Due(each.number, "back")
        elif each.attempt == 0 and each.source != "found" and status is Status.ACTIVE:
            if each.before is None:
                yield Due(each.number, "before")
        elif _acted(state, each, status):
            yield Due(each.number, "after")


def _acted(state: RunState, each: EffectState, status: Status) -> bool:
    """Whether what made it has come to an end, or was cut off."""
    if status in SETTLED or status in (Status.UNKNOWN, Status.FAILED, Status.DEFERRED):
        return True
    return each.attempt > 0 and status is Status.ACTIVE


def _remedied(state: RunState, each: EffectState) -> bool:
    """Whether the remedy of a check has ended, and may have changed it, since it was seen."""
    since = each.last.seq if each.last is not None else 0
    return any(
        other.source == "remedy" and other.said is not None and other.said.seq > since
        and acts_on(other, each)
        for other in state.effects.ledger.values()
    )  # fmt: skip


def _ways_back(state: RunState, each: EffectState) -> frozenset[str]:
    """The steps of the way back under way that take an effect back, where one has acted."""
    rolling = state.effects.rolling
    if rolling is None or rolling.acted < each.acted:
        return frozenset()
    return frozenset(
        step
        for takes in (rolling.takes, rolling.covers)
        for step, numbers in takes.items()
        if each.number in numbers
    )


def before_step(state: RunState, step: str) -> tuple[Due, ...]:
    """The looks that come before a step's command acts."""
    effects = state.effects
    if effects.rollback_of(step) is not None:
        taken = (*effects.taken_by(step), *effects.covered_by(step))
        numbers = {e.number for e in taken if e.can_be_seen}
        # Where a snapshot took a thing back to before an earlier effect, that one shows it.
        numbers |= {
            earlier.number
            for earlier in effects.ledger.values()
            if earlier.can_be_seen and earlier.begun
            for each in effects.taken_by(step)
            if earlier.number < each.number and covers(earlier.effect, each.effect)
        }
        return tuple(Due(number, "now") for number in sorted(numbers, reverse=True))
    return tuple(
        Due(each.number, "before")
        for each in effects.of_step(step)
        if each.can_be_seen and not each.begun and each.source in ("declared", "step")
    )


def after_step(state: RunState, step: str) -> tuple[Due, ...]:
    """The looks that come once it has acted: at its own effects, and at earlier ones on the same
    things, which may be gone by that."""
    effects = state.effects
    if effects.rollback_of(step) is not None:
        taken = (*effects.taken_by(step), *effects.covered_by(step))
        return tuple(Due(each.number, "back") for each in taken if each.can_be_seen)
    own = [e for e in effects.of_step(step) if e.begun]
    earlier = [
        e
        for e in effects.ledger.values()
        if e.begun and e.step != step and any(same_place(e.effect, each.effect) for each in own)
    ]
    return (
        *(Due(e.number, "after") for e in own if e.can_be_seen),
        *(Due(e.number, "now") for e in earlier if e.can_be_seen),
    )


def unsurveyed_before(state: RunState) -> tuple[str, ...]:
    """Steps that a person has just begun, which no survey has seen from before."""
    if state.mode == "dry-run" or state.is_over or state.effects.rolling is not None:
        return ()
    if not state.plan.runbook.surveys:
        return ()
    return tuple(
        step.id
        for step in state.plan.steps
        if step.mutates
        and step.kind != "command"
        and state.of(step.id).status is Status.ACTIVE
        and step.id not in state.effects.before
        and state.effects.rollback_of(step.id) is None
    )


def unsurveyed_after(state: RunState, *, under_way: bool = False) -> tuple[str, ...]:
    """Steps that have acted, or were cut off, and were not surveyed since; with `under_way` also
    those that a person is still at."""
    if state.mode == "dry-run" or state.is_over or state.effects.rolling is not None:
        return ()
    running = frozenset(running_steps(state))
    return tuple(
        step
        for step in state.effects.before
        if step not in running
        and step in state.plan.by_id
        and (
            # Whatever was seen while a person was at it may be old by now.
            (under_way and state.of(step).status is Status.ACTIVE)
            or (step not in state.effects.surveyed and _has_acted(state, step))
        )
    )


def _has_acted(state: RunState, step: str) -> bool:
    now = state.of(step)
    by_hand = state.plan.by_id[step].kind != "command"
    if by_hand:
        return now.status in SETTLED or now.status in (Status.FAILED, Status.DEFERRED)
    return now.run is not None


def at_the_end(state: RunState) -> tuple[Due, ...]:
    """The looks with which a way back ends. What an earlier effect on the same thing covers was
    proven when it was taken back: by now the thing stands as before that earlier one."""
    rolling = state.effects.rolling
    if rolling is None:
        return ()
    ledger = state.effects.ledger
    numbers = {n for m in (rolling.takes, rolling.covers) for each in m.values() for n in each}
    numbers |= set(rolling.cannot)
    meant = [ledger[n] for n in sorted(numbers) if n in ledger]
    return tuple(
        Due(each.number, "back")
        for each in meant
        if each.can_be_seen
        and (
            each.presence != "not-there"
            or not any(
                other.number < each.number and same_place(other.effect, each.effect)
                for other in meant
            )
        )
    )
