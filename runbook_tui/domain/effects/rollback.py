"""The plan of a way back: made from what happened, in reverse causal order.

What was done last is taken back first. A snapshot is restored where the oldest effect that it
covers would be taken back, and what it leaves is taken back after it. Receivers are unhooked before
any flag is flipped: else they are told of what is being undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct, json, structs

from runbook_tui.domain.effects.events import ScopeKind
from runbook_tui.domain.effects.found import same_place
from runbook_tui.domain.effects.rollback_steps import Move, Names, has_own_way, restoring, taking
from runbook_tui.domain.effects.state import EffectState
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook_effects import Snapshot
from runbook_tui.domain.state import RunState, Status
from runbook_tui.domain.systems.seen import digest_of

Snapshots = Literal["auto", "use", "avoid"]
"""Whether snapshots are restored: where one is needed, wherever one can be, or never."""


class RollbackPlan(Struct, frozen=True, kw_only=True):
    """A way back as it would be walked now."""

    scope: ScopeKind
    of: str
    moves: tuple[Move, ...]
    cannot: tuple[EffectState, ...]
    """Nothing takes these back."""
    silent: tuple[str, ...]
    """Steps that changed things and declare no effect: nobody knows what they left."""

    @property
    def seconds(self) -> float:
        """How long it takes, by the means of its moves."""
        return sum(move.seconds for move in self.moves)

    @property
    def digest(self) -> str:
        """Of what it does: another one where it is another plan."""
        moves = [
            (
                json.encode(move.step).decode(),
                [e.number for e in move.takes],
                [e.number for e in move.covers],
            )
            for move in self.moves
        ]
        return digest_of([self.scope, self.of, moves, [e.number for e in self.cannot]])

    @property
    def unknown(self) -> tuple[EffectState, ...]:
        """Effects that have to be looked at before anybody can say what is to be done."""
        found = [e for m in self.moves for e in (*m.takes, *m.covers) if e.presence == "unknown"]
        return tuple({e.number: e for e in found}.values())

    @property
    def foreign(self) -> tuple[EffectState, ...]:
        """Effects that somebody else has changed since: they are left, and shown. What a later
        effect of ours has changed is not among them: that one is taken back before."""
        every = {e.number: e for m in self.moves for e in (*m.takes, *m.covers)}
        newest = {(e.effect.kind, e.effect.target): n for n, e in sorted(every.items())}
        return tuple(
            e
            for n, e in every.items()
            if e.foreign and newest[(e.effect.kind, e.effect.target)] == n
        )


def rollback_plan(
    state: RunState, scope: ScopeKind = "run", of: str = "", snapshots: Snapshots = "auto"
) -> RollbackPlan | Refusal:
    """The way back from here, or why there is none of that scope."""
    steps = _steps_of(state, scope, of)
    if isinstance(steps, Refusal):
        return steps
    candidates = _with_later_ones(
        [
            each
            for each in sorted(state.effects.ledger.values(), key=lambda e: e.number, reverse=True)
            if each.may_be_there and (each.answer is None or each.answer.answer != "none")
        ],
        lambda each: (
            scope == "run"
            or (scope == "effect" and str(each.number) == of)
            or (scope == "phase" and each.step in steps)
        ),
    )
    cannot = tuple(e for e in candidates if e.effect.reversibility == "irreversible")
    able = [e for e in candidates if e.effect.reversibility != "irreversible"]
    number = len(state.effects.rollbacks) + 1
    names = Names(state, number)
    restored = _restored(state, able, snapshots) if scope != "effect" else {}
    moves = _in_turn(_receivers_first(list(_moves(state, able, restored, names))))
    silent = tuple(
        step.id
        for step in state.plan.steps
        if scope != "effect"
        and (scope != "phase" or step.id in steps)
        and step.mutates
        and state.of(step.id).started is not None
        and state.of(step.id).status is not Status.SKIPPED
        and state.effects.rollback_of(step.id) is None
        and not state.effects.of_step(step.id)
    )
    return RollbackPlan(scope=scope, of=of, moves=tuple(moves), cannot=cannot, silent=silent)


def _with_later_ones(
    there: Sequence[EffectState], meant: Callable[[EffectState], bool]
) -> list[EffectState]:
    """The effects that are meant, and with them what was done later to the same things: nothing
    goes back under it. Both newest first."""
    found: list[EffectState] = []
    for each in reversed(there):  # the oldest first: what is later hangs on it
        if meant(each) or any(same_place(older.effect, each.effect) for older in found):
            found.append(each)
    return found[::-1]


def _steps_of(state: RunState, scope: ScopeKind, of: str) -> frozenset[str] | Refusal:
    if scope == "run":
        return frozenset()
    if scope == "effect":
        known = state.effects.ledger.get(int(of)) if of.isdecimal() else None
        if known is None:
            return Refusal(f"there is no effect {of}", "runbook-tui effects lists them")
        return frozenset()
    for phase in state.plan.runbook.phases:
        if phase.id == of:
            return frozenset(step.id for step in phase.steps)
    named = ", ".join(phase.id for phase in state.plan.runbook.phases)
    return Refusal(f"the runbook has no phase {of}", f"it has {named}")


def _moves(
    state: RunState,
    able: Sequence[EffectState],
    restored: Mapping[str, tuple[EffectState, ...]],
    names: Names,
) -> Iterator[Move]:
    """The moves for effects, newest first."""
    grouped: set[int] = set()
    after: list[EffectState] = []  # what comes once a snapshot was restored, newest first
    for each in able:
        if each.number in grouped:
            continue
        snapshot = each.effect.snapshot if each.effect.snapshot in restored else None
        if snapshot is not None:
            covered = restored[snapshot]
            after.append(each)
            if each.number == covered[-1].number:  # the oldest: here the snapshot goes back
                yield restoring(state, snapshot, covered, names)
                others = restored.keys() - {snapshot}
                now = [e for e in after if e.effect.snapshot not in others]
                for left in now:
                    yield taking(state, (left,), names)
                after = [e for e in after if e not in now]
            continue
        if any(same_place(later.effect, each.effect) for later in after):
            after.append(each)  # in its turn: what was done to it later goes back first
            continue
        together = _together(state, each, able) or (each,)
        together = tuple(e for e in together if e.effect.snapshot not in restored)
        grouped |= {e.number for e in together}
        yield taking(state, together, names)
    for left in after:
        yield taking(state, (left,), names)


def _restored(
    state: RunState, able: Sequence[EffectState], snapshots: Snapshots
) -> Mapping[str, tuple[EffectState, ...]]:
    """The snapshots that are restored, and what each covers of what may be there. By itself one
    that takes other things with it is restored only where something that it covers has no way back
    of its own."""
    covered: dict[str, list[EffectState]] = {}
    for each in able:
        name = each.effect.snapshot
        if name is not None and _was_taken(state, name, each):
            covered.setdefault(name, []).append(each)
    return {
        name: tuple(effects)
        for name, effects in covered.items()
        if snapshots == "use"
        or (snapshots == "auto" and _is_needed(state, state.plan.runbook.snapshots[name], effects))
    }


def _is_needed(state: RunState, snapshot: Snapshot, effects: Sequence[EffectState]) -> bool:
    if snapshot.restore is None:
        return False
    return not snapshot.loses or any(not _by_itself(state, each) for each in effects)


def _by_itself(state: RunState, each: EffectState) -> bool:
    """Whether the way back of an effect needs nobody's hands."""
    compensation = each.effect.compensation
    step = state.plan.by_id.get(each.step)
    if compensation is None and not has_own_way(each) and step is not None:
        compensation = step.compensation
    if compensation is None:
        return has_own_way(each) and each.before is not None and bool(each.before.digest)
    return compensation.run is not None


def _was_taken(state: RunState, name: str, each: EffectState) -> bool:
    """Whether there is such a snapshot, of before that effect."""
    snapshot = state.plan.runbook.snapshots.get(name)
    if snapshot is None:
        return False
    if snapshot.step is None:
        return True
    place = state.plan.position
    if place.get(each.step, len(place)) <= place.get(snapshot.step, -1):
        return False
    return state.of(snapshot.step).status in (Status.DONE, Status.OVERRIDDEN)


def _together(
    state: RunState, each: EffectState, able: Sequence[EffectState]
) -> tuple[EffectState, ...]:
    """The effects that go back with `each` by one compensation, that of their step."""
    step = state.plan.by_id.get(each.step)
    if step is None or step.compensation is None or has_own_way(each):
        return ()
    return tuple(e for e in able if e.step == each.step and not has_own_way(e))


def _receivers_first(moves: list[Move]) -> list[Move]:
    """Webhooks before the first flag, in the order they have; never before what was done later to
    the same thing."""
    ordered = list(moves)
    for move in moves:
        if not _has(move, "webhook") or _has(move, "flag"):
            continue
        place = ordered.index(move)
        flags = [n for n, other in enumerate(ordered[:place]) if _has(other, "flag")]
        if not flags:
            continue
        first = max([flags[0], *(n + 1 for n in range(place) if _meet(ordered[n], move))])
        ordered.insert(first, ordered.pop(place))
    return ordered


def _in_turn(moves: list[Move]) -> list[Move]:
    """What was done earlier to a thing waits until what was done to it later is taken back, also
    where that fails and comes back at the end."""
    found: list[Move] = []
    for move in moves:
        needs = tuple(other.step.id for other in found if _meet(other, move))
        found.append(structs.replace(move, step=structs.replace(move.step, needs=needs)))
    return found


def _meet(one: Move, other: Move) -> bool:
    """Whether two moves are about the same thing."""
    return any(
        same_place(a.effect, b.effect)
        for a in (*one.takes, *one.covers)
        for b in (*other.takes, *other.covers)
    )


def _has(move: Move, kind: str) -> bool:
    return any(e.effect.kind == kind for e in (*move.takes, *move.covers))
