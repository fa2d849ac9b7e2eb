"""What the events of steps do to their side effects: what acted, what ended, what was cut off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from msgspec import structs

from runbook_tui.domain import events as ev
from runbook_tui.domain.effects.naming import remedy_effect
from runbook_tui.domain.effects.state import EffectsState, EffectState, Said, with_effects
from runbook_tui.domain.state import RunState

_ACTS = (ev.CommandStarted, ev.StepStarted, ev.StepReopened)
_ACTED = (ev.CommandStarted, ev.CommandFinished, ev.CommandInterrupted, ev.ItemTicked)
_SETTLES = (ev.StepDone, ev.StepSkipped, ev.StepOverridden, ev.StepFailed, ev.StepDeferred)
"""With these a person has acted: what was surveyed before that may be old."""


def acted(state: RunState, entry: ev.Entry, event: ev.AnyEvent) -> RunState:
    """What an event of a step does to its effects; `state` is the one after it."""
    if not isinstance(event, ev.StepEvent):
        return state
    effects = state.effects
    of_step = (*effects.of_step(event.step), *effects.taken_by(event.step))
    of_step = (*of_step, *effects.covered_by(event.step))
    if isinstance(event, ev.RemedyBegun | ev.RemedyEnded):
        return replace(state, effects=_remedy(effects, entry, event))
    if isinstance(event, _ACTS) or (
        isinstance(event, _SETTLES) and state.plan.by_id[event.step].kind != "command"
    ):
        effects = structs.replace(effects, surveyed=effects.surveyed - {event.step})
        state = replace(state, effects=effects)
    rolling = effects.rolling
    if rolling is not None and event.step in rolling.takes and isinstance(event, _ACTED):
        rolling = structs.replace(rolling, acted=entry.seq)
        effects = structs.replace(effects, rollbacks=(*effects.rollbacks[:-1], rolling))
        state = replace(state, effects=effects)
    change = _change(state, entry, event)
    if change is None or not of_step:
        return state
    changed = {each.number: change(each) for each in of_step}
    return replace(state, effects=with_effects(effects, *changed.values()))


def _change(
    state: RunState, entry: ev.Entry, event: ev.StepEvent
) -> Callable[[EffectState], EffectState] | None:
    by_hand = state.plan.by_id[event.step].kind != "command"
    match event:
        case ev.CommandStarted(purpose="run", attempt=attempt):
            return lambda each: _acting(each, attempt, entry.seq)
        case ev.StepStarted() | ev.StepReopened() if by_hand:
            if event.step in state.effects.void or state.effects.rollback_of(event.step):
                return None  # on a way back a person looks first, and then acts
            return lambda each: _acting(each, 0, entry.seq)
        case ev.CommandFinished(purpose="run", outcome="ok"):
            return lambda each: structs.replace(each, unsure=False)
        case ev.CommandFinished(purpose="run", outcome="not-started", attempt=attempt):
            return lambda each: _not_acting(each, attempt)
        case ev.UnknownSettled(happened=True):
            return lambda each: structs.replace(each, unsure=False)
        case ev.UnknownSettled(happened=False, reason=reason):
            if state.effects.rollback_of(event.step) is not None:
                return lambda each: structs.replace(each, unsure=False)  # it was not taken back
            return lambda each: _not_by(each, entry, reason)
        case ev.StepDone():
            return lambda each: _step_done(state, each, entry, event)
        case event if by_hand and isinstance(event, _SETTLES):
            started = state.of(event.step).started is not None
            back = state.effects.rollback_of(event.step) is not None
            return (lambda each: _acting(each, 0, entry.seq)) if started and not back else None
        case _:
            return None


def _acting(each: EffectState, attempt: int, seq: int) -> EffectState:
    return structs.replace(
        each,
        begun=True,
        attempt=each.attempt if each.begun else attempt,
        acted=seq,
        unsure=True,
        last=None,
        said=None,
        answer=None,
    )


def _not_acting(each: EffectState, attempt: int) -> EffectState:
    if each.attempt == attempt and each.back is None:
        return structs.replace(each, begun=False, unsure=False)
    return each


def _not_by(each: EffectState, entry: ev.Entry, reason: str) -> EffectState:
    """Somebody found out that its command did nothing: where nothing can look, that is the word."""
    if each.can_be_seen:
        return each
    said = Said(there=False, reason=reason, by=entry.by, at=entry.at, seq=entry.seq)
    return structs.replace(each, said=said, unsure=False)


def _step_done(
    state: RunState, each: EffectState, entry: ev.Entry, event: ev.StepEvent
) -> EffectState:
    rollback = state.effects.rollback_of(event.step)
    if rollback is None:
        if state.plan.by_id[event.step].kind != "command":
            each = _acting(each, 0, entry.seq)  # what was seen while a person was at it is old
        return structs.replace(each, unsure=False)
    if each.number not in rollback.takes.get(event.step, ()) or each.can_be_seen:
        return each
    said = Said(
        there=False, reason=f"taken back by {event.step}", by=entry.by, at=entry.at, seq=entry.seq
    )
    return structs.replace(each, said=said, unsure=False)


def _remedy(
    effects: EffectsState, entry: ev.Entry, event: ev.RemedyBegun | ev.RemedyEnded
) -> EffectsState:
    """What a check's remedy changes belongs on the ledger."""
    survey = f"{event.check}:{event.fingerprint}"
    known = _remedied(effects.ledger.values(), event.step, survey)
    if isinstance(event, ev.RemedyBegun):
        if known is not None or event.undo:
            return effects if known is None else with_effects(effects, _acting(known, 0, entry.seq))
        effect = remedy_effect(event.effect, event.target, event.label, event.compensation)
        if effect is None:
            return effects
        new = EffectState(
            number=effects.next_number,
            step=event.step,
            effect=effect,
            source="remedy",
            at=entry.at,
            by=entry.by,
            survey=survey,
            begun=True,
            acted=entry.seq,
            unsure=True,
        )
        return with_effects(effects, new)
    if known is None or event.outcome == "unknown":
        return effects
    there = event.undo != (event.outcome == "done")
    said = Said(there=there, reason=event.summary, by=entry.by, at=entry.at, seq=entry.seq)
    return with_effects(effects, structs.replace(known, said=said, unsure=False))


def _remedied(ledger: Iterable[EffectState], step: str, survey: str) -> EffectState | None:
    return next(
        (e for e in ledger if e.source == "remedy" and e.step == step and e.survey == survey), None
    )
