"""A sensible operator: does what the program says comes next, and answers what it asks."""

from __future__ import annotations

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.advance import next_act
from runbook_tui.domain.effects import commands as ecmd
from runbook_tui.domain.effects.residue import unanswered
from runbook_tui.domain.hands import hands
from runbook_tui.domain.messages import commands as mcmd
from runbook_tui.domain.messages.decide import approval_of
from runbook_tui.domain.messages.events import SentTo
from runbook_tui.domain.messages.remarks import Audience
from runbook_tui.domain.runbook import DecisionStep, Step
from runbook_tui.domain.state import RunState, RunStatus, current, outstanding, under_way

from .worlds import PEOPLE, VALUES

ACT_OF = {
    "continue": "continue",
    "start": "start",
    "tick": "tick",
    "run": "run",
    "verify": "verify",
    "settle-unknown": "happened",
    "observe": "observe",
    "evidence": "attach",
    "choose": "choose",
    "gate": "go",
    "wait": "wait",
    "approve": "approve",
    "retry": "retry",
    "done": "done",
    "look": "look",
}
"""Which of the registered acts an answer of `next_act` stands for."""


def holds_role(state: RunState, role_id: str | None, person: str) -> bool:
    role = state.plan.runbook.roles.get(role_id or "")
    return role is None or not role.people or person in role.people


def worker(state: RunState, step: Step) -> str:
    """Somebody who may work on the step, the driver where that is possible."""
    people = (state.driver, *PEOPLE)
    return next(person for person in people if holds_role(state, step.role, person))


def approver(state: RunState, step: Step) -> str | None:
    """Somebody who may approve the step, if there is anyone."""
    role = step.approval.role if step.approval else None
    now = state.of(step.id)
    taken = {state.driver, *hands(now), *(name for name, _ in now.approvals)}
    able = (p for p in PEOPLE if p not in taken and holds_role(state, role, p))
    return next(able, None)


def end_of(state: RunState, step_id: str, outcome: ev.Outcome) -> cmd.AnyCommand | None:
    """The end of what is under way in a step."""
    result = under_way(state.of(step_id))
    if result is None:
        return None
    return cmd.FinishCommand(step_id, result.purpose, result.attempt, outcome, 0, 1.0)


def next_command(state: RunState, good: bool = True) -> tuple[cmd.AnyCommand, str] | None:
    """What a sensible operator does now; None where there is nothing to do.

    With `good` false what runs fails, and a gate is no-go.
    """
    if state.is_over or state.status is RunStatus.NOT_STARTED:
        return None
    step = current(state)
    if step is None:
        if state.status is RunStatus.PAUSED:
            return cmd.ContinueRun(), state.driver
        return _unsaid(state) or _left(state) or cmd.CloseRun("all done"), state.driver
    ending = end_of(state, step.id, "ok" if good else "failed")
    if ending is not None:
        return ending, state.driver
    by = worker(state, step)
    act = next_act(state, step)
    now = state.of(step.id)
    if act == "approve":
        other = approver(state, step)
        if other is None:
            return cmd.OverrideStep(step.id, "nobody else is here"), by
        return cmd.Approve(step.id), other
    if act == "message":
        return _message(state, step, by)
    if act == "retry" and now.attempts > 3:
        return cmd.OverrideStep(step.id, "it will not work today"), by
    return _command(state, step, act, good), by


TOLD = "Placing an order may fail for some seconds. Next update in half an hour."
CHANNELS = (SentTo(channel="page", kind="statuspage", audience="customers", recipients="all"),)


def _message(state: RunState, step: Step, by: str) -> tuple[cmd.AnyCommand, str]:
    """Drafts the message of a step, has it agreed to, sends it."""
    update = state.messages.of_step(step.id)
    if update is None or TOLD not in update.texts.values():
        number = update.number if update is not None else 0
        texts: dict[Audience, str] = {"customers": TOLD}
        return mcmd.DraftUpdate(kind="progress", texts=texts, step=step.id, update=number), by
    needs = approval_of(state, update)
    able = (p for p in PEOPLE if p not in update.hands and p != state.driver)
    other = next((p for p in able if holds_role(state, needs.role if needs else None, p)), None)
    if needs is not None and not update.approvals and other is not None:
        return mcmd.ApproveUpdate(update.number, update.digest), other
    return (
        mcmd.SendUpdate(
            update=update.number,
            digest=update.digest,
            title="Orders",
            channels=CHANNELS,
            unapproved="nobody else is here",
        ),
        by,
    )


def _unsaid(state: RunState) -> cmd.AnyCommand | None:
    """What a run is not closed without."""
    for update in state.messages.updates.values():
        if update.is_draft:
            return mcmd.WithdrawUpdate(update.number)
        for channel, delivery in update.deliveries.items():
            if delivery.status == "unknown":
                return mcmd.SettleDelivery(update.number, channel, "arrived", "looked")
    return None


def _left(state: RunState) -> cmd.AnyCommand | None:
    """A way back that is walked, and what nobody answers for yet."""
    if state.effects.rolling is not None:
        return ecmd.EndRollback()
    for each in unanswered(state):
        number = each.effect.number
        return ecmd.AnswerEffect(number=number, answer="ticket", reason="later", ticket="OPS-1")
    return None


def _command(state: RunState, step: Step, act: str, good: bool) -> cmd.AnyCommand:
    now = state.of(step.id)
    unticked = [item.key for item in step.checklist if item.key not in now.ticked]
    match act:
        case "continue":
            return cmd.ContinueRun()
        case "start":
            return cmd.StartStep(step.id, agreed=True)
        case "tick":
            return cmd.Tick(step.id, unticked[0])
        case "run" | "verify":
            purpose: ev.Purpose = "run" if act == "run" else "verify"
            return cmd.BeginCommand(step.id, purpose=purpose, line="true")
        case "settle-unknown":
            return cmd.SettleUnknown(step.id, happened=good, reason="looked at it")
        case "observe":
            assert step.observe is not None
            return cmd.ObserveValue(step.id, VALUES[step.observe.label])
        case "evidence":
            name = next(n for n in step.evidence if n not in now.evidence)
            return cmd.AddEvidence(step.id, name, "evidence/x.txt", 3)
        case "choose":
            assert isinstance(step, DecisionStep)
            return cmd.ChooseOption(step.id, step.options[0 if good else 1].id)
        case "gate":
            return cmd.DecideGate(step.id, go=good, reason="criteria looked at")
        case "look":
            number = state.effects.taken_by(step.id)[0].number
            return ecmd.ReportLook(number=number, occasion="back", holds=False)
        case "wait":
            return cmd.EndWait(step.id, "5m have passed")
        case "retry":
            return cmd.ReopenStep(step.id, "once more", retry=True)
        case "done" if step.kind == "message" and outstanding(state, step):
            # Sent without its approval, which the sending has said; then begun once more.
            return cmd.OverrideStep(step.id, "it was sent without the approval")
        case "done":
            return cmd.FinishStep(step.id, "done by hand")
        case _:
            raise AssertionError(f"stuck: next of {step.id} ({now.status}) is {act!r}")
