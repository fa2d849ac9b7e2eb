"""Decisions about messages: what may be drafted, agreed to, sent, and what became of it."""

from __future__ import annotations

import math
import re
from datetime import datetime

from runbook_tui.domain import events as ev
from runbook_tui.domain.decide_begin import begin
from runbook_tui.domain.hands import NOT_APPROVED
from runbook_tui.domain.messages import commands as cmd
from runbook_tui.domain.messages import events as mev
from runbook_tui.domain.messages.cadence import messages_of, promised
from runbook_tui.domain.messages.fold import is_late
from runbook_tui.domain.messages.held import NEVER_OVERRULED, Held, held
from runbook_tui.domain.messages.lint import LONGEST
from runbook_tui.domain.messages.state import Update, digest_of
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.no_return import is_ahead
from runbook_tui.domain.rules import (
    OPEN_TO_START,
    Refusal,
    Verdict,
    condition_refusal,
    not_in_role,
    role_refusal,
    said,
)
from runbook_tui.domain.runbook import MessageStep, Step
from runbook_tui.domain.runbook_model import Approval
from runbook_tui.domain.state import RunState, RunStatus, Status, StepState, outstanding
from runbook_tui.domain.text import safe_line, safe_text

SHORTEST_DIGEST = 8
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
DeliveryCommand = cmd.BeginDelivery | cmd.EndDelivery | cmd.SettleDelivery
"""What is recorded of a run that is over, too."""


def decide_message(
    state: RunState, command: cmd.MessageCommand, by: str, at: Moment | None
) -> Verdict:
    """The events that follow from a command about messages, or why none do."""
    if isinstance(command, cmd.DraftUpdate):
        return _draft(state, command)
    if isinstance(command, cmd.TellOverdue):
        told = state.messages.told_overdue
        # When it is due may change to and fro with the forecast; late is late.
        if told is not None and command.due <= told:
            return Refusal("that is told already")
        return (mev.UpdateOverdue(due=command.due),)
    update = state.messages.updates.get(command.update)
    if update is None:
        return Refusal(f"there is no update {command.update}")
    match command:
        case cmd.BeginDelivery() | cmd.EndDelivery() | cmd.SettleDelivery():
            return _delivery(update, command)
        case _ if not update.is_draft:
            how = "sent" if update.sent is not None else "withdrawn"
            return Refusal(
                f"update {update.number} is {how}: it cannot be changed",
                "write a correction" if update.sent is not None else "write another one",
            )
        case cmd.WithdrawUpdate(reason=reason):
            return (mev.UpdateWithdrawn(update=update.number, reason=reason.strip()),)
        case cmd.OverruleRemark():
            return _overrule(state, update, command, at)
        case cmd.ApproveUpdate():
            return _approve(state, update, command, by)
        case cmd.SendUpdate():
            return _send(state, update, command, by, at)


def _draft(state: RunState, command: cmd.DraftUpdate) -> Verdict:
    number = command.update or len(state.messages.updates) + 1
    before = state.messages.updates.get(number)
    if before is None and command.update:
        return Refusal(f"there is no update {command.update}")
    if before is not None and not before.is_draft:
        return Refusal(f"update {number} is sent or withdrawn", "write another one")
    if not command.texts:
        return Refusal("a message has a text for somebody")
    too_long = [a for a, text in command.texts.items() if len(text) > LONGEST]
    if too_long:
        return Refusal(f"the text to {too_long[0]} is longer than {LONGEST:,} characters")
    # A draft outlives its step: an amendment may have taken it out of the plan.
    if command.step is not None and (before is None or before.step != command.step):
        step = state.plan.by_id.get(command.step)
        if not isinstance(step, MessageStep):
            return Refusal(f"{command.step} is no message step")
    corrected = state.messages.updates.get(command.corrects)
    if command.corrects and (corrected is None or corrected.sent is None):
        return Refusal(f"update {command.corrects} was not sent: there is nothing to correct")
    if before is not None and _same(before, command):
        return Refusal("nothing has changed")
    return (
        mev.UpdateDrafted(
            update=number,
            kind=command.kind,
            texts={audience: safe_text(text) for audience, text in command.texts.items()},
            facts=command.facts,
            step=command.step,
            corrects=command.corrects,
        ),
    )


def _same(before: Update, command: cmd.DraftUpdate) -> bool:
    texts = {audience: safe_text(text) for audience, text in command.texts.items()}
    return (before.digest, before.facts, before.step, before.corrects) == (
        digest_of(command.kind, texts),
        command.facts,
        command.step,
        command.corrects,
    )


def approval_of(state: RunState, update: Update) -> Approval | None:
    """The approval that an update needs: its step's, or the runbook's for what people outside are
    told."""
    step = state.plan.by_id.get(update.step or "")
    if isinstance(step, MessageStep) and step.approval is not None:
        return step.approval
    outside = any(audience != "internal" for audience in update.texts)
    return messages_of(state).approval if outside else None


def _overrule(
    state: RunState, update: Update, command: cmd.OverruleRemark, at: Moment | None
) -> Verdict:
    if command.rule in NEVER_OVERRULED:
        return Refusal(f"{command.rule} is never overruled", "change the text")
    now = at or state.at
    found = held(state, update, now.utc) if now is not None else ()
    key = (command.audience, command.rule, command.said)
    # What only a channel or a secret brings up is not known here, and answered all the same.
    if command.rule != "too-long" and key not in [each.key for each in found]:
        return Refusal(f"nothing of that kind stands in update {update.number} any more")
    return said(command.reason, "an overruling") or (
        mev.RemarkOverruled(
            update=update.number,
            audience=command.audience,
            rule=command.rule,
            said=command.said,
            reason=command.reason.strip(),
        ),
    )


def _approve(state: RunState, update: Update, command: cmd.ApproveUpdate, by: str) -> Verdict:
    needs = approval_of(state, update)
    if needs is None:
        return Refusal(f"update {update.number} needs no approval")
    if by in update.hands or by == state.driver:
        return Refusal(
            "nobody approves their own words",
            f"another person: runbook-tui message {state.run} {update.number} approve --as NAME",
        )
    if by in [each.by for each in update.approvals]:
        return Refusal(f"{by} has approved it already")
    digest = command.digest.strip().lower()
    if len(digest) < SHORTEST_DIGEST or not update.digest.startswith(digest):
        return Refusal(
            "the text is not the one that was read", "read it again: it may have been changed"
        )
    return not_in_role(state, needs.role, by, "approval is for") or (
        mev.UpdateApproved(update=update.number, digest=update.digest, note=command.note.strip()),
    )


def blocking(
    state: RunState, update: Update, command: cmd.SendUpdate, at: Moment | None
) -> tuple[Held, ...]:
    """The remarks that keep the update from being sent."""
    now = at or state.at
    if now is None:
        return ()
    return tuple(e for e in held(state, update, now.utc, command.longest) if e.blocks)


def _send(
    state: RunState, update: Update, command: cmd.SendUpdate, by: str, at: Moment | None
) -> Verdict:
    if command.digest != update.digest:
        return Refusal("the text is another one by now", "read it again before it is sent")
    now = at or state.at
    if now is None:
        return Refusal("nobody knows what time it is")
    found = held(state, update, now.utc, command.longest)
    blocks = [each for each in found if each.blocks]
    if blocks:
        first = blocks[0]
        words = f"“{safe_line(first.remark.said, 40)}”: " if first.key[2] else ""
        more = f" (and {len(blocks) - 1} more)" if len(blocks) > 1 else ""
        return Refusal(
            f"{first.remark.rule} in the text to {first.audience}: {words}{first.remark.why}{more}",
            "change the text, or overrule it with a reason"
            if first.remark.rule not in NEVER_OVERRULED
            else "change the text",
        )
    lacking = _not_approved(state, update)
    if lacking is not None:
        if not command.unapproved.strip():
            return lacking
        refusal = said(command.unapproved, "sending without approval")
        if refusal is not None:
            return refusal
    strange = [to for to in command.channels if to.audience not in update.texts]
    if strange:
        return Refusal(f"there is no text to {strange[0].audience} for {strange[0].channel}")
    if any(not _NAME.fullmatch(to.channel) for to in command.channels):
        return Refusal("a channel has a name that is none")
    sent = mev.UpdateSent(
        update=update.number,
        kind=update.kind,
        title=safe_line(command.title, 200),
        texts=dict(update.texts),
        channels=command.channels,
        approved_by=tuple(each.by for each in update.approvals),
        unapproved=command.unapproved.strip() if lacking is not None else "",
        warned=tuple(dict.fromkeys(each.remark.rule for each in found)),
        next_due=_next_due(update, now),
        step=update.step,
        corrects=update.corrects,
    )
    return _with_its_step(state, update, sent, by)


def _not_approved(state: RunState, update: Update) -> Refusal | None:
    needs = approval_of(state, update)
    if needs is None or update.approvals:
        return None
    who = f" ({needs.role})" if needs.role else ""
    void = "; the one that was given is void, things have changed since" if update.lapsed else ""
    return Refusal(
        f"update {update.number} needs another person's approval{who}{void}",
        f"runbook-tui message {state.run} {update.number} approve --as NAME",
    )


def _next_due(update: Update, now: Moment) -> datetime | None:
    """The earliest that any reader was promised."""
    promises = (promised(text, now.utc) for text in update.texts.values())
    first = min((each for each in promises if each is not None), default=None)
    return first.replace(microsecond=0) if first is not None else None


def _with_its_step(state: RunState, update: Update, sent: mev.UpdateSent, by: str) -> Verdict:
    """The update, and what it does to its step: sent is done."""
    step = state.plan.by_id.get(update.step or "")
    if not isinstance(step, MessageStep) or state.status is RunStatus.PAUSED:
        return (sent,)
    now = state.of(step.id)
    if now.status not in OPEN_TO_START and now.status is not Status.ACTIVE:
        return (sent,)
    refusal = role_refusal(state, step, by) or condition_refusal(state, step)
    if refusal is not None:
        return refusal
    if now.status in OPEN_TO_START and is_ahead(state, step):
        return Refusal(f"{step.id} is a point of no return", "start it first, and agree to it")
    start = begin(state, step, now)
    if isinstance(start, Refusal):
        return start
    left = [one for one in outstanding(state, step) if one != NOT_APPROVED]
    if sent.unapproved and left:
        return Refusal(f"{step.id} asks for more first: {'; '.join(left)}")
    # First of all, on the state that was approved: the start of its own step changes that.
    return (sent, *start, *_step_done(state, step, now, sent))


def _step_done(
    state: RunState, step: Step, now: StepState, sent: mev.UpdateSent
) -> tuple[ev.AnyEvent, ...]:
    missing = outstanding(state, step)
    if any(one != NOT_APPROVED for one in missing):
        return ()
    words = f"update {sent.update} sent"
    if NOT_APPROVED in missing and not sent.approved_by:
        return (ev.StepOverridden(step=step.id, reason=sent.unapproved, missing=missing),)
    return (ev.StepDone(step=step.id, note=words),)


def _delivery(update: Update, command: DeliveryCommand) -> Verdict:
    known = update.deliveries.get(command.channel)
    if known is None:
        return Refusal(f"update {update.number} does not go to {safe_line(command.channel, 64)}")
    match command:
        case cmd.BeginDelivery(channel=channel):
            if known.status not in ("waiting", "failed"):
                return Refusal(f"update {update.number} on {channel} is {known.status}")
            number = known.attempts + 1
            return (mev.DeliveryBegun(update=update.number, channel=channel, attempt=number),)
        case cmd.EndDelivery():
            usual = known.attempts == command.attempt and known.status in ("under-way", "unknown")
            late = not command.looked and is_late(known, command.attempt, command.outcome)
            if not usual and not late:
                return Refusal(f"no attempt {command.attempt} is under way")
            length = command.seconds if math.isfinite(command.seconds) else 0.0
            return (
                mev.DeliveryEnded(
                    update=update.number,
                    channel=command.channel,
                    attempt=command.attempt,
                    outcome=command.outcome,
                    words=safe_line(command.words, 200),
                    seconds=round(max(0.0, length), 3),
                    reference=safe_line(command.reference, 100),
                    thread=safe_line(command.thread, 100),
                    doubtful=command.doubtful,
                    looked=command.looked,
                ),
            )
        case cmd.SettleDelivery(became=became, reason=reason):
            if known.status == "under-way":
                return Refusal(f"it is being handed to {command.channel} right now", "wait for it")
            if known.status == "delivered":
                return Refusal(f"update {update.number} is at {command.channel} already")
            if became != "by-hand":
                problem = said(reason, "saying what became of it")
                if problem is not None:
                    return problem
            settled = mev.DeliverySettled(
                update=update.number, channel=command.channel, became=became, reason=reason.strip()
            )
            return (settled,)
