"""Decisions about ways back: beginning one, walking it, ending it, turning forward again."""

from __future__ import annotations

from dataclasses import dataclass

from runbook_tui.domain import events as ev
from runbook_tui.domain.effects.commands import BeginRollback, EndRollback, TurnForward
from runbook_tui.domain.effects.events import RollbackBegun, RollbackEnded
from runbook_tui.domain.effects.rollback import rollback_plan
from runbook_tui.domain.rules import Refusal, Verdict, said
from runbook_tui.domain.runbook import GateStep, Step
from runbook_tui.domain.state import SETTLED, RunState, Status, is_settled, running_steps


@dataclass(frozen=True)
class NotLooked(Refusal):
    """Everything else holds: what is missing is a look, which whoever runs the step has first."""


def decide_rollback(state: RunState, command: BeginRollback | EndRollback | TurnForward) -> Verdict:
    """The events of a decision about a way back, or why there are none."""
    match command:
        case BeginRollback():
            return _begin(state, command)
        case EndRollback():
            return _end(state, command)
        case TurnForward(reason=reason):
            return _forward(state, reason)


def _begin(state: RunState, command: BeginRollback) -> Verdict:
    if state.effects.rolling is not None:
        return Refusal("a rollback is under way", "finish it, or turn forward again")
    if state.effects.rolled_back:
        return Refusal("all of the run was taken back already")
    running = running_steps(state)
    if running:
        return Refusal(f"a command is running in {running[0]}", "cancel it first")
    plan = rollback_plan(state, command.scope, command.of, command.snapshots)
    if isinstance(plan, Refusal):
        return plan
    if command.digest and command.digest != plan.digest:
        return Refusal("the way back is another one by now", "look at it once more")
    if not plan.moves and command.scope != "run":
        return Refusal("nothing of that is there to take back")
    problem = said(command.reason, "rolling back")
    if problem is not None:
        return problem
    return (
        RollbackBegun(
            number=len(state.effects.rollbacks) + 1,
            scope=command.scope,
            of=command.of,
            steps=tuple(move.step for move in plan.moves),
            takes={m.step.id: tuple(e.number for e in m.takes) for m in plan.moves},
            covers={m.step.id: tuple(e.number for e in m.covers) for m in plan.moves if m.covers},
            cannot=tuple(e.number for e in plan.cannot),
            reason=command.reason.strip(),
            seconds=round(plan.seconds, 1),
        ),
    )


def _end(state: RunState, command: EndRollback) -> Verdict:
    rolling = state.effects.rolling
    if rolling is None:
        return Refusal("no rollback is under way")
    left = [i for i in rolling.takes if not is_settled(state, state.plan.by_id[i])]
    if left:
        named = ", ".join(f"{i} {state.of(i).status.word}" for i in left[:3])
        count = "1 step of the way back is" if len(left) == 1 else f"{len(left)} steps of it are"
        return Refusal(f"{count} open: {named}", "do, skip or override each, or turn forward")
    again = _again(state) if rolling.scope == "phase" else ()
    return (
        RollbackEnded(
            number=rolling.number,
            outcome="done",
            again=again,
            differs=command.differs,
            compared=max(0, command.compared),
        ),
    )


def _forward(state: RunState, reason: str) -> Verdict:
    rolling = state.effects.rolling
    if rolling is None:
        return Refusal("no rollback is under way")
    running = running_steps(state)
    if running:
        return Refusal(f"a command is running in {running[0]}", "cancel it first")
    return said(reason, "turning forward again") or (
        RollbackEnded(
            number=rolling.number, outcome="forward", reason=reason.strip(), again=_again(state)
        ),
    )


def _again(state: RunState) -> tuple[str, ...]:
    """The steps that have to be done again, because what they did was taken back, and the gates
    behind the first of them: what they were opened for is no more."""
    rolling = state.effects.rolling
    assert rolling is not None
    meant = [n for m in (rolling.takes, rolling.covers) for numbers in m.values() for n in numbers]
    gone = {
        state.effects.ledger[n].step
        for n in meant
        if state.effects.ledger[n].presence == "not-there" and _is_back(state, n)
    }
    again = [
        step.id
        for step in state.plan.steps
        if step.id in gone and state.of(step.id).status in (*SETTLED, Status.ACTIVE, Status.UNKNOWN)
    ]
    if not again:
        return ()
    first = min(state.plan.position[name] for name in again)
    gates = [
        step.id
        for step in state.plan.steps
        if isinstance(step, GateStep)
        and state.plan.position[step.id] > first
        and state.of(step.id).status in SETTLED
    ]
    return (*again, *gates)


def _is_back(state: RunState, number: int) -> bool:
    """Whether it was this way back that took it away."""
    rolling = state.effects.rolling
    known = state.effects.ledger[number]
    assert rolling is not None
    if known.said is not None:
        return known.said.seq > rolling.seq
    return known.back is not None and known.back.seq > rolling.seq


def guarded(state: RunState, step: Step, verdict: Verdict) -> Verdict:
    """`verdict`, or why not where a way back would act on what nobody looked at, or is not ours."""
    if isinstance(verdict, Refusal) or not any(_acts(event) for event in verdict):
        return verdict
    rollback = state.effects.rollback_of(step.id)
    if rollback is None:
        return verdict
    taken, covered = state.effects.taken_by(step.id), state.effects.covered_by(step.id)
    for each in (*taken, *covered):
        if each.can_be_seen and not rollback.was_looked_at(each):
            return NotLooked(f"effect {each.number} was not looked at since", "look at it first")
        if each.foreign:
            return Refusal(
                f"somebody else has changed effect {each.number} since: it is left as it is",
                "look at it; say that it is there all the same, or skip this with a reason",
            )
    if state.effects.is_gone(step.id):
        return Refusal("it is not there: nothing is to be taken back", "it is done")
    return verdict


def _acts(event: ev.AnyEvent) -> bool:
    return isinstance(event, ev.CommandStarted) and event.purpose == "run"


def elsewhere(state: RunState, step: Step) -> Refusal | None:
    """A refusal for a step that is not to be worked on, because of a way back."""
    rolling = state.effects.rolling
    if rolling is not None and step.id not in rolling.takes:
        return Refusal("a rollback is under way", "finish it, or turn forward again with a reason")
    if step.id in state.effects.void:
        return Refusal(f"{step.id} belongs to what is over: it was rolled back, or the rollback is")
    return None
