"""Effects on the same thing: what an earlier one hides, and what stands as before it."""

from __future__ import annotations

from msgspec import structs

from runbook_tui.domain import events as ev
from runbook_tui.domain.effects.found import covers, same_place
from runbook_tui.domain.effects.state import EffectsState, EffectState, Said
from runbook_tui.domain.runbook_effects import Effect


def as_before(effects: EffectsState, known: EffectState, digest: str) -> tuple[str, ...]:
    """How it stood before, by digest, also before earlier effects on the same thing."""
    found = [digest] if digest else []
    for other in effects.ledger.values():
        if other.number < known.number and _same_thing(other.effect, known.effect):
            found += other.as_before
    return tuple(dict.fromkeys(found))


def hidden_by(effects: EffectsState, seen: EffectState, entry: ev.Entry) -> list[EffectState]:
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


def unless_hidden(effects: EffectsState, seen: EffectState, entry: ev.Entry) -> EffectState:
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


def changed_by_run(effects: EffectsState, known: EffectState) -> bool:
    """Whether another effect of this run, or the remedy of a check, has acted on the same thing
    since it was last seen: then what is seen now is nobody else's. On a way back nothing is taken
    for ours that was not before it."""
    since = known.last.seq if known.last is not None else 0
    return not effects.rollbacks and any(
        other.acted > since and other.number != known.number and acts_on(other, known)
        for other in effects.ledger.values()
    )


def acts_on(other: EffectState, known: EffectState) -> bool:
    """Whether one effect may have changed the thing of another. What a remedy edits is a file,
    whatever its target is called."""
    edits = other.source == "remedy" and known.effect.at is not None
    if edits and known.effect.at is not None and known.effect.at.tag == "files":
        return True
    return same_place(other.effect, known.effect)


def _same_thing(one: Effect, other: Effect) -> bool:
    return (one.kind, one.target) == (other.kind, other.target) or (
        one.at is not None and one.at == other.at
    )
