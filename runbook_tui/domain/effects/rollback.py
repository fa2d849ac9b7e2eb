"""The plan of a way back: made from what happened, in reverse causal order.

What was done last is taken back first. A snapshot is restored where the oldest effect that it
covers would be taken back, and what it leaves is taken back after it. Receivers are unhooked before
any flag is flipped: else they are told of what is being undone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, structs

from runbook_tui.domain.effects.events import ScopeKind
from runbook_tui.domain.effects.found import same_place
from runbook_tui.domain.effects.naming import name_of
from runbook_tui.domain.effects.state import EffectState
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import ChecklistStep, CommandStep, DecisionStep, Item, Step
from runbook_tui.domain.runbook_effects import Compensation, Snapshot
from runbook_tui.domain.runbook_model import Command
from runbook_tui.domain.state import RunState, Status
from runbook_tui.domain.systems.seen import digest_of
from runbook_tui.domain.text import safe_line

PUT_BACK = "put-back"
"""The first word of the command of a step that the program carries out by itself."""
LONGEST_TITLE = 120
VERIFY_SECONDS = 10.0
"""Assumed for looking whether one effect is gone."""
BY_HAND_SECONDS = 300.0
"""Assumed for a compensation that says no length and whose step has none: a guess."""


class Move(Struct, frozen=True, kw_only=True):
    """One step of a way back."""

    step: Step
    takes: tuple[EffectState, ...]
    covers: tuple[EffectState, ...] = ()
    """Where it restores a snapshot: the effects that go with it."""
    seconds: float
    """Mean length, the look after it included."""
    assumed: bool = False
    """Nobody said how long it takes."""
    loses: str = ""


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
            (move.step.kind, move.step.title, [e.number for e in move.takes]) for move in self.moves
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
    state: RunState, scope: ScopeKind = "run", of: str = ""
) -> RollbackPlan | Refusal:
    """The way back from here, or why there is none of that scope."""
    steps = _steps_of(state, scope, of)
    if isinstance(steps, Refusal):
        return steps
    candidates = [
        each
        for each in sorted(state.effects.ledger.values(), key=lambda e: e.number, reverse=True)
        if each.may_be_there
        and (each.answer is None or each.answer.answer != "none")
        and (scope != "effect" or str(each.number) == of)
        and (scope != "phase" or each.step in steps)
    ]
    cannot = tuple(e for e in candidates if e.effect.reversibility == "irreversible")
    able = [e for e in candidates if e.effect.reversibility != "irreversible"]
    number = len(state.effects.rollbacks) + 1
    names = _Names(state, number)
    moves = _in_turn(_receivers_first(list(_moves(state, able, scope, names))))
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


class _Names:
    """Ids of the steps of a way back: slugs that no step has yet."""

    def __init__(self, state: RunState, number: int) -> None:
        self._taken = set(state.plan.by_id) | set(state.steps)
        self._number = number

    def new(self, what: str) -> str:
        """``back-1-7``, and more of it where a step has that name."""
        base = f"back-{self._number}-{what}"[:60]
        name, more = base, 1
        while name in self._taken:
            more += 1
            name = f"{base}-{more}"
        self._taken.add(name)
        return name


def _moves(
    state: RunState, able: Sequence[EffectState], scope: ScopeKind, names: _Names
) -> Iterator[Move]:
    """The moves for effects, newest first."""
    restored = _restored(state, able) if scope != "effect" else {}
    grouped: set[int] = set()
    after: list[EffectState] = []
    for each in able:
        snapshot = each.effect.snapshot
        if each.number in grouped:
            continue
        if snapshot is not None and snapshot in restored:
            covered = restored[snapshot]
            after.append(each)
            if each.number == covered[-1].number:  # the oldest: here the snapshot goes back
                yield _restoring(state, snapshot, covered, names)
                for left in after:
                    if left.effect.snapshot == snapshot:
                        yield _taking(state, (left,), names)
                after = [left for left in after if left.effect.snapshot != snapshot]
            continue
        together = _together(state, each, able) or (each,)
        together = tuple(e for e in together if e.effect.snapshot not in restored)
        grouped |= {e.number for e in together}
        yield _taking(state, together, names)


def _restored(
    state: RunState, able: Sequence[EffectState]
) -> Mapping[str, tuple[EffectState, ...]]:
    """The snapshots that can be restored, and what each covers of what may be there."""
    covered: dict[str, list[EffectState]] = {}
    for each in able:
        name = each.effect.snapshot
        if name is not None and _was_taken(state, name, each):
            covered.setdefault(name, []).append(each)
    return {name: tuple(effects) for name, effects in covered.items()}


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
    if step is None or step.compensation is None or _own(each):
        return ()
    return tuple(e for e in able if e.step == each.step and not _own(e))


def _own(each: EffectState) -> bool:
    return each.source != "step" and (
        each.effect.compensation is not None
        or (each.effect.at is not None and each.effect.at.restores)
    )


def _taking(state: RunState, effects: tuple[EffectState, ...], names: _Names) -> Move:
    first = effects[0]
    step = state.plan.by_id.get(first.step)
    compensation = first.effect.compensation
    if compensation is None and not _own(first) and step is not None:
        compensation = step.compensation
    what = ", ".join(name_of(e) for e in effects)
    seconds, assumed = _length(state, compensation, first)
    made = _step(names.new(str(first.number)), what, compensation, first)
    return Move(
        step=made,
        takes=effects,
        seconds=seconds + VERIFY_SECONDS * len(effects),
        assumed=assumed,
    )


def _step(id_: str, what: str, compensation: Compensation | None, first: EffectState) -> Step:
    title = safe_line(f"Take back {what}", LONGEST_TITLE)
    text = compensation.text if compensation is not None else ""
    estimate = compensation.estimate if compensation is not None else None
    if compensation is not None and compensation.run is not None:
        return CommandStep(
            id=id_, title=title, instruction=text, run=compensation.run, mutates=True,
            estimate=estimate,
        )  # fmt: skip
    if compensation is not None and len(compensation.options) >= 2:
        return DecisionStep(
            id=id_, title=title, instruction=text, mutates=True, estimate=estimate,
            question=safe_line(f"How is {what} taken back?", LONGEST_TITLE),
            options=compensation.options,
        )  # fmt: skip
    at = first.effect.at
    was_seen = first.before is not None and bool(first.before.digest)
    if compensation is None and at is not None and at.restores and was_seen:
        command = Command(argv=(PUT_BACK, at.tag, str(first.number)), timeout=at.timeout)
        text = "The program puts it back as it was before, where it stands as the step left it."
        return CommandStep(id=id_, title=title, instruction=text, run=command, mutates=True)
    todo = text.strip().split("\n")[0] or f"put back as it was: {first.effect.before or 'before'}"
    return ChecklistStep(
        id=id_, title=title, instruction=text, mutates=True, estimate=estimate,
        items=(Item(text=safe_line(todo, LONGEST_TITLE), id="by-hand"),),
    )  # fmt: skip


def _restoring(state: RunState, name: str, covered: tuple[EffectState, ...], names: _Names) -> Move:
    snapshot: Snapshot = state.plan.runbook.snapshots[name]
    id_ = names.new(f"snapshot-{name}")
    title = safe_line(f"Restore the snapshot {name}", LONGEST_TITLE)
    loses = f"\n\nIt takes with it: {snapshot.loses}" if snapshot.loses else ""
    text = f"{snapshot.text}{loses}".strip()
    compensation = Compensation(text=text, run=snapshot.restore, estimate=snapshot.estimate)
    seconds, assumed = _length(state, compensation, covered[-1])
    step: Step
    if snapshot.restore is not None:
        step = CommandStep(
            id=id_, title=title, instruction=text, run=snapshot.restore, mutates=True,
            verify=snapshot.verify, estimate=snapshot.estimate,
        )  # fmt: skip
    else:
        step = ChecklistStep(
            id=id_, title=title, instruction=text, items=(Item(text=title, id="by-hand"),),
            mutates=True, verify=snapshot.verify, estimate=snapshot.estimate,
        )  # fmt: skip
    return Move(
        step=step,
        takes=(),
        covers=covered,
        seconds=seconds + VERIFY_SECONDS,
        assumed=assumed,
        loses=snapshot.loses,
    )


def _length(
    state: RunState, compensation: Compensation | None, first: EffectState
) -> tuple[float, bool]:
    """Mean seconds of a compensation, and whether that is assumed."""
    # Late: all of the forecast comes with it.
    from runbook_tui.domain.schedule.buffer import taking_back
    from runbook_tui.domain.schedule.route import length_of

    step = state.plan.by_id.get(first.step)
    doing = length_of(step) if step is not None else None
    if compensation is None or (compensation.estimate is None and doing is None):
        by_itself = compensation is None and _own(first)
        return (VERIFY_SECONDS if by_itself else BY_HAND_SECONDS), not by_itself
    estimate = taking_back(compensation, doing)
    return estimate.mean, compensation.estimate is None


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
