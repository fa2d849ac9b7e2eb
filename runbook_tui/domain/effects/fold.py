"""The fold of side effects: what their own events do, and what the events of steps do to them."""

from __future__ import annotations

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
from runbook_tui.domain.effects.same_thing import (
    as_before,
    changed_by_run,
    hidden_by,
    unless_hidden,
)
from runbook_tui.domain.effects.state import (
    Answered,
    EffectsState,
    EffectState,
    RollbackState,
    Said,
    Sight,
    Surveyed,
    with_effects,
)
from runbook_tui.domain.effects.way_back import kept_way_back, with_way_back
from runbook_tui.domain.fold_rules import FoldRefusedError, require
from runbook_tui.domain.state import RunState, Status, StepState, running_steps


def apply_effect(state: RunState, entry: ev.Entry, event: EffectEvent) -> RunState:
    """The state after an event about side effects. Raises FoldRefusedError."""
    effects = state.effects
    match event:
        case EffectIntended() | EffectAdded():
            return replace(state, effects=_entered(state, entry, event))
        case EffectSeen():
            known = _known(effects, event.number)
            seen = _seen(effects, known, entry, event, at_it=_at_it(state, known))
            effects = with_effects(effects, unless_hidden(effects, seen, entry))
            effects = with_effects(effects, *hidden_by(effects, seen, entry))
        case EffectSaid():
            told = _said(_known(effects, event.number), entry, event)
            effects = with_effects(effects, told, *hidden_by(effects, told, entry))
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
            effects = with_effects(effects, structs.replace(known, answer=answered))
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
                ours=(),
                after=None,
                back=None,
                last=None,
                said=None,
                answer=None,
            )
        return with_effects(effects, again)
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
            acted=entry.seq,
            survey=event.survey,
            key=event.key,
            kept=event.kept,
            before=was,
            after=now,
            last=now,
            ours=(event.after,) if event.after else (),
        )
        new = structs.replace(new, as_before=as_before(effects, new, event.before))
        if now is None:
            said = Said(there=True, reason="", by=entry.by, at=entry.at, seq=entry.seq)
            new = structs.replace(new, said=said)
    return with_effects(effects, new)


def _at_it(state: RunState, known: EffectState) -> bool:
    """Whether a person is still at the step of an effect, so that what is seen is theirs."""
    step = state.plan.by_id.get(known.step)
    active = state.of(known.step).status is Status.ACTIVE
    return active and step is not None and step.kind != "command" and not state.effects.rolling


def _seen(
    effects: EffectsState,
    known: EffectState,
    entry: ev.Entry,
    event: EffectSeen,
    *,
    at_it: bool,
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
            before = as_before(effects, known, event.digest)
            return structs.replace(known, before=sight, as_before=before)
        case "after":
            known = _ours(known, sight)
        case "back":
            known = structs.replace(known, back=sight)
        case _:
            if known.after is None or at_it:  # the first look since it acted
                known = _ours(known, sight)
            elif sight.digest and changed_by_run(effects, known):
                known = structs.replace(known, ours=(*known.ours, sight.digest))
    if not sight.known:  # what was known before is as old as it was
        return structs.replace(known, last=sight) if known.last is None else known
    return structs.replace(known, last=sight, said=None, unsure=False)


def _ours(known: EffectState, sight: Sight) -> EffectState:
    """With how our step left it, where that was seen."""
    if not sight.known:
        return known
    kept = (known.kept[0], sight.digest) if known.kept is not None else None
    ours = (*known.ours, sight.digest) if sight.digest else known.ours
    return structs.replace(known, after=sight, kept=kept, ours=ours)


def _said(known: EffectState, entry: ev.Entry, event: EffectSaid) -> EffectState:
    said = Said(there=event.there, reason=event.reason, by=entry.by, at=entry.at, seq=entry.seq)
    last = known.last if event.there and known.last is not None and known.last.digest else None
    return structs.replace(
        known,
        said=said,
        unsure=False,
        after=last if last is not None else known.after,
        ours=(*known.ours, last.digest) if last is not None else known.ours,
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
    # What a person is at and has not touched yet stands otherwise now: it is looked at anew.
    anew = [
        structs.replace(
            each, before=None, as_before=(), ours=(), after=None, back=None, last=None, said=None
        )
        for each in effects.ledger.values()
        if each.can_be_seen
        and each.presence == "not-there"
        and each.step not in void
        and _at_it(replace(state, effects=effects), each)
    ]
    return replace(state, steps=steps, effects=with_effects(effects, *anew))


def amended(state: RunState, after: RunState) -> RunState:
    """A run whose runbook was edited keeps the steps of its ways back."""
    plan = after.plan
    for rollback in state.effects.rollbacks:
        plan = kept_way_back(state.plan, plan, rollback.number)
    return replace(after, plan=plan)
