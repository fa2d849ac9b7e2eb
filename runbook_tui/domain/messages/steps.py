"""Message steps: done when their message is sent, or when somebody says who sends it or how."""

from __future__ import annotations

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.rules import LONGEST_TEXT, Refusal, Verdict, name_refusal, said
from runbook_tui.domain.runbook import MessageStep, Step
from runbook_tui.domain.state import RunState, Status, StepState


def unsent_refusal(state: RunState, step: Step, note: str) -> Refusal | None:
    """A refusal where a message step is to be done, and neither was its message sent nor is there a
    word on how it reached people."""
    if not isinstance(step, MessageStep) or note.strip():
        return None
    update = state.messages.of_step(step.id)
    if update is not None and update.sent is not None:
        return None
    return Refusal(
        f"the message of {step.id} is not sent",
        "send it (c); if you sent it by other means, say how to be done",
    )


def approval_elsewhere(state: RunState, step: Step) -> Refusal | None:
    """That the approval of a message step is of its text, and where that is given."""
    if not isinstance(step, MessageStep) or step.approval is None:
        return None
    update = state.messages.of_step(step.id)
    if update is None:
        return Refusal(f"{step.id} has no text yet", "what is approved is what is sent")
    return Refusal(
        f"what is approved is the text of update {update.number}",
        f"read it: runbook-tui message {state.run} {update.number} approve --as NAME",
    )


def delegate(step: Step, now: StepState, command: cmd.DelegateStep) -> Verdict:
    """Somebody else sends the message: the step is done with, and the log says who owes it."""
    if not isinstance(step, MessageStep):
        return Refusal(f"{step.id} has no message", "only the message of a step is delegated")
    if now.status is not Status.ACTIVE:
        return Refusal(f"{step.id} is {now.status.word}", "start it first")
    if name_refusal(command.to) is not None:
        return Refusal("say who sends it: their name, a colon, and what was agreed")
    if len(command.reason) > LONGEST_TEXT:
        return said(command.reason, "a delegation") or ()
    return (ev.StepDelegated(step=step.id, to=command.to, reason=command.reason.strip()),)
