"""The fold of side effects: what their own events do, and what the events of steps do to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from msgspec import structs

from runbook_tui.domain import events as ev
from runbook_tui.domain.effects.events import (
    EffectAdded,
    EffectAnswered,
    EffectEvent,
    EffectIntended,
    EffectSaid,
    EffectSeen,
    RollbackBegun,
    RollbackEnded,
    SurveyTaken,
)
from runbook_tui.domain.effects.found import covers
from runbook_tui.domain.effects.state import (
    Answered,
    EffectsState,
    EffectState,
    RollbackState,
    Said,
    Sight,
    Surveyed,
)
from runbook_tui.domain.effects.way_back import kept_way_back, with_way_back
from runbook_tui.domain.fold_rules import FoldRefusedError, require
from runbook_tui.domain.runbook_effects import Effect
from runbook_tui.domain.state import RunState, StepState, running_steps


def apply_effect(state: RunState, entry: ev.Entry, event: EffectEvent) -> RunState:
    """The state after an event about side effects. Raises FoldRefusedError."""
    effects = state.effects
    match event:
        case EffectIntended() | EffectAdded():
            return replace(state, effects=_entered(state, entry, event))
        case EffectSeen():
            seen = _seen(effects, _known(effects, event.number), entry, event)
            effects = _with(effects, _unless_hidden(effects, seen, entry))
            effects = _with(effects, *_hidden_by(effects, seen, entry))
        case EffectSaid():
            told = _said(_known(effects, event.number), entry, event)
            effects = _with(effects, told, *_hidden_by(effects, told, entry))
        case EffectAnswered():
            answered = Answered(
                answer=event.answer,
                reason=event.reason,
                owner=event.owner,
                until=event.until,
                ticket=event.ticket,
                by=entry.by,
                at=entry.at,
            )
            known = _known(effects, event.number)
            effects = _with(effects, structs.replace(known, answer=answered))
        case SurveyTaken():
            effects = _surveyed(effects, entry, event)
        case RollbackBegun():
            return _rollback_begun(state, entry, event)
        case RollbackEnded():
            return _rollback_ended(state, entry, event)
        case _:
            raise FoldRefusedError(f"unexpected event {type(event).__name__}")
    return replace(state, effects=effects)


def _known(effects: EffectsState, number: int) -> EffectState:
    known = effects.ledger.get(number)
    if known is None:
        raise FoldRefusedError(f"there is no effect {number}")
    return known


def _with(effects: EffectsState, *changed: EffectState) -> EffectsState:
    if not changed:
        return effects
    ledger = {**effects.ledger, **{each.number: each for each in changed}}
    return structs.replace(effects, ledger=ledger)


def _entered(state: RunState, entry: ev.Entry, event: EffectIntended | EffectAdded) -> EffectsState:
    effects = state.effects
    known = effects.ledger.get(event.number)
    if known is not None:
        require(isinstance(event, EffectIntended), f"there is an effect {event.number} already")
        require(known.step == event.step, f"effect {event.number} is of {known.step}")
        again = structs.replace(known, effect=event.effect)
        proven = known.said is not None or (known.before is not None and known.before.digest)
        if known.presence == "not-there" and proven:
            # Taken back meanwhile, or never there: what stands before is seen anew.
            again = structs.replace(
                again,
                begun=False,
                unsure=False,
                before=None,
                as_before=(),
                after=None,
                back=None,
                last=None,
                said=None,
                answer=None,
            )
        return _with(effects, again)
    require(event.number == effects.next_number, f"effect {event.number} is out of order")
    new = EffectState(
        number=event.number,
        step=event.step,
        effect=event.effect,
        source=event.source,
        at=entry.at,
        by=entry.by,
    )
    if isinstance(event, EffectAdded):
        was = Sight(at=entry.at, seq=entry.seq, digest=event.before) if event.before else None
        now = Sight(at=entry.at, seq=entry.seq, digest=event.after) if event.after else None
        new = structs.replace(
            new,
            begun=True,
            survey=event.survey,
            key=event.key,
            kept=event.kept,
            before=was,
            after=now,
            last=now,
        )
        new = structs.replace(new, as_before=_as_before(effects, new, event.before))
        if now is None:
            said = Said(there=True, reason="", by=entry.by, at=entry.at, seq=entry.seq)
            new = structs.replace(new, said=said)
    return _with(effects, new)


def _as_before(effects: EffectsState, known: EffectState, digest: str) -> tuple[str, ...]:
    """How it stood before, by digest, also before earlier effects on the same thing."""
    found = [digest] if digest else []
    for other in effects.ledger.values():
        if other.number < known.number and _same_thing(other.effect, known.effect):
            found += other.as_before
    return tuple(dict.fromkeys(found))


def _hidden_by(effects: EffectsState, seen: EffectState, entry: ev.Entry) -> list[EffectState]:
    """On a way back: once a thing stands as before one effect, no later effect on it is there."""
    if not effects.rollbacks or seen.presence != "not-there":
        return []
    reason = f"it stands as before effect {seen.number}"
    said = Said(there=False, reason=reason, by=entry.by, at=entry.at, seq=entry.seq)
    return [
        structs.replace(later, said=said, unsure=False)
        for later in effects.ledger.values()
        if later.number > seen.number
        and later.begun
        and later.presence in ("there", "unknown", "unprobed")
        and covers(seen.effect, later.effect)
    ]


def _unless_hidden(effects: EffectsState, seen: EffectState, entry: ev.Entry) -> EffectState:
    """What was seen, but for an effect on a thing that stands as before an earlier one."""
    if not effects.rollbacks or seen.presence != "there":
        return seen
    for earlier in effects.ledger.values():
        known = max(
            earlier.last.seq if earlier.last is not None else 0,
            earlier.said.seq if earlier.said is not None else 0,
        )
        if (
            earlier.number < seen.number
            and earlier.presence == "not-there"
            and known > seen.acted
            and covers(earlier.effect, seen.effect)
        ):
            reason = f"it stands as before effect {earlier.number}"
            said = Said(there=False, reason=reason, by=entry.by, at=entry.at, seq=entry.seq)
            return structs.replace(seen, said=said)
    return seen


def _same_thing(one: Effect, other: Effect) -> bool:
    return (one.kind, one.target) == (other.kind, other.target) or (
        one.at is not None and one.at == other.at
    )


def _seen(
    effects: EffectsState, known: EffectState, entry: ev.Entry, event: EffectSeen
) -> EffectState:
    sight = Sight(
        at=entry.at,
        seq=entry.seq,
        digest=event.digest,
        holds=event.holds,
        words=event.words,
        way_back=bool(effects.rollbacks),
    )
    match event.occasion:
        case "before":
            late = known.begun and (known.attempt > 0 or known.last is not None)
            if late or (known.before is not None and known.before.known):
                return known
            before = _as_before(effects, known, event.digest)
            return structs.replace(known, before=sight, as_before=before)
        case "after":
            known = _ours(known, sight)
        case "back":
            known = structs.replace(known, back=sight)
        case _:
            if known.after is None:  # the first look since it acted
                known = _ours(known, sight)
    if not sight.known:  # what was known before is as old as it was
        return structs.replace(known, last=sight) if known.last is None else known
    return structs.replace(known, last=sight, said=None, unsure=False)


def _ours(known: EffectState, sight: Sight) -> EffectState:
    """With how our step left it, where that was seen."""
    if not sight.known:
        return known
    kept = (known.kept[0], sight.digest) if known.kept is not None else None
    return structs.replace(known, after=sight, kept=kept)


def _said(known: EffectState, entry: ev.Entry, event: EffectSaid) -> EffectState:
    said = Said(there=event.there, reason=event.reason, by=entry.by, at=entry.at, seq=entry.seq)
    ours = known.last if event.there and known.last is not None and known.last.digest else None
    return structs.replace(
        known, said=said, unsure=False, after=ours if ours is not None else known.after
    )


def _surveyed(effects: EffectsState, entry: ev.Entry, event: SurveyTaken) -> EffectsState:
    taken = Surveyed(seq=entry.seq, digest=event.digest, evidence=event.evidence)
    if event.occasion == "after" and event.step:
        effects = structs.replace(effects, surveyed=effects.surveyed | {event.step})
    if event.occasion == "before" and event.step:
        of_step = {**effects.before.get(event.step, {}), event.survey: taken}
        effects = structs.replace(effects, before={**effects.before, event.step: of_step})
    if event.occasion == "before":
        # Also where nothing could be seen: what comes later is not how it was before all of it.
        effects = structs.replace(effects, first={event.survey: taken, **effects.first})
    return effects


def _rollback_begun(state: RunState, entry: ev.Entry, event: RollbackBegun) -> RunState:
    effects = state.effects
    require(effects.rolling is None, "a rollback is under way")
    require(event.number == len(effects.rollbacks) + 1, f"rollback {event.number} is out of order")
    require(not running_steps(state), "a command is running")
    require(all(step.id in event.takes for step in event.steps), "a step of it takes nothing back")
    require(
        not any(step.id in state.plan.by_id for step in event.steps), "its steps are known already"
    )
    begun = RollbackState(
        number=event.number,
        scope=event.scope,
        of=event.of,
        # In the order of the steps: JSON objects come back from the log sorted by their keys.
        takes={step.id: event.takes[step.id] for step in event.steps},
        covers=event.covers,
        cannot=event.cannot,
        reason=event.reason,
        by=entry.by,
        at=entry.at,
        seq=entry.seq,
        seconds=event.seconds,
    )
    return replace(
        state,
        plan=with_way_back(state.plan, event.number, event.steps, event.reason),
        effects=structs.replace(effects, rollbacks=(*effects.rollbacks, begun)),
    )


def _rollback_ended(state: RunState, entry: ev.Entry, event: RollbackEnded) -> RunState:
    effects = state.effects
    rolling = effects.rolling
    if rolling is None or rolling.number != event.number:
        raise FoldRefusedError(f"rollback {event.number} is not under way")
    require(not running_steps(state), "a command is running")
    ended = structs.replace(
        rolling,
        ended=entry.at,
        outcome=event.outcome,
        differs=event.differs,
        compared=event.compared,
    )
    void = effects.void | set(rolling.takes)
    if event.outcome == "done" and rolling.scope == "run":
        void |= {step.id for step in state.plan.steps}
    steps = dict(state.steps)
    for name in event.again:
        if name in state.plan.by_id:
            # The numbers of its attempts go on: they name its evidence.
            steps[name] = StepState(attempts=state.of(name).attempts)
    effects = structs.replace(
        effects,
        rollbacks=(*effects.rollbacks[:-1], ended),
        void=void,
        before={},  # what a way back changed is no change by any step: they are looked round anew
        surveyed=frozenset(),
    )
    return replace(state, steps=steps, effects=effects)


def amended(state: RunState, after: RunState) -> RunState:
    """A run whose runbook was edited keeps the steps of its ways back."""
    plan = after.plan
    for rollback in state.effects.rollbacks:
        plan = kept_way_back(state.plan, plan, rollback.number)
    return replace(after, plan=plan)


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
    return replace(state, effects=_with(effects, *changed.values()))


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
            return effects if known is None else _with(effects, _acting(known, 0, entry.seq))
        effect = _effect_of(event)
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
            unsure=True,
        )
        return _with(effects, new)
    if known is None or event.outcome == "unknown":
        return effects
    there = event.undo != (event.outcome == "done")
    said = Said(there=there, reason=event.summary, by=entry.by, at=entry.at, seq=entry.seq)
    return _with(effects, structs.replace(known, said=said, unsure=False))


def _remedied(ledger: Iterable[EffectState], step: str, survey: str) -> EffectState | None:
    return next(
        (e for e in ledger if e.source == "remedy" and e.step == step and e.survey == survey), None
    )


def _effect_of(event: ev.RemedyBegun) -> Effect | None:
    from runbook_tui.domain.effects.naming import remedy_effect

    return remedy_effect(event.effect, event.target, event.label, event.compensation)
