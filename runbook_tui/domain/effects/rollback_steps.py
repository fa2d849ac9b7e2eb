"""The steps of a way back: ordinary steps, made for what each takes back."""

from __future__ import annotations

from msgspec import Struct

from runbook_tui.domain.effects.naming import name_of
from runbook_tui.domain.effects.state import EffectState
from runbook_tui.domain.runbook import ChecklistStep, CommandStep, DecisionStep, Item, Step
from runbook_tui.domain.runbook_effects import Compensation, Snapshot
from runbook_tui.domain.runbook_model import Command
from runbook_tui.domain.state import RunState
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


class Names:
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


def has_own_way(each: EffectState) -> bool:
    """Whether an effect has a way back of its own, beside that of its step."""
    return each.source != "step" and (
        each.effect.compensation is not None
        or (each.effect.at is not None and each.effect.at.restores)
    )


def taking(state: RunState, effects: tuple[EffectState, ...], names: Names) -> Move:
    """The move that takes effects back together."""
    first = effects[0]
    step = state.plan.by_id.get(first.step)
    compensation = first.effect.compensation
    if compensation is None and not has_own_way(first) and step is not None:
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


def restoring(state: RunState, name: str, covered: tuple[EffectState, ...], names: Names) -> Move:
    """The move that restores a snapshot, and all that it covers with it."""
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
        by_itself = compensation is None and has_own_way(first)
        return (VERIFY_SECONDS if by_itself else BY_HAND_SECONDS), not by_itself
    estimate = taking_back(compensation, doing)
    return estimate.mean, compensation.estimate is None
