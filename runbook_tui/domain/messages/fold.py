"""What events of messages do to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from runbook_tui.domain.fold_rules import FoldRefusedError, require
from runbook_tui.domain.messages import events as ev
from runbook_tui.domain.messages.channels import Outcome
from runbook_tui.domain.messages.state import Agreed, Delivering, Delivery, MessagesState, Update

if TYPE_CHECKING:
    from runbook_tui.domain.events import Entry


def apply_message(state: MessagesState, entry: Entry, event: ev.MessageEvent) -> MessagesState:
    """The messages after one more event. Raises FoldRefusedError."""
    if isinstance(event, ev.UpdateOverdue):
        return replace(state, told_overdue=event.due)
    if isinstance(event, ev.UpdateDrafted):
        return _drafted(state, entry, event)
    update = state.updates.get(event.update)
    if update is None:
        raise FoldRefusedError(f"there is no update {event.update}")
    match event:
        case ev.DeliveryBegun() | ev.DeliveryEnded() | ev.DeliverySettled():
            after = _delivery(update, entry, event)
        case ev.UpdateSent():
            after = _sent(state, update, entry, event)
        case _:
            require(update.is_draft, f"update {update.number} is no draft any more")
            after = _draft(state, update, entry, event)
    updates = {**state.updates, after.number: after}
    if not isinstance(event, ev.UpdateSent):
        return replace(state, updates=updates)
    if after.corrects in updates:
        updates[after.corrects] = replace(updates[after.corrects], corrected_by=after.number)
    return replace(state, updates=updates, told_overdue=None)


def moved(state: MessagesState, seq: int) -> MessagesState:
    """The messages after something changed that they could be about: approvals of what is not sent
    yet are void, for they were given on another state of things."""
    updates = state.updates
    if any(update.is_draft and update.approvals for update in updates.values()):
        updates = {n: _void(u) if u.is_draft else u for n, u in updates.items()}
    return replace(state, updates=updates, moved=seq)


def _void(update: Update) -> Update:
    return replace(update, approvals=(), lapsed=True) if update.approvals else update


def _drafted(state: MessagesState, entry: Entry, e: ev.UpdateDrafted) -> MessagesState:
    before = state.updates.get(e.update)
    if before is None:
        require(e.update == len(state.updates) + 1, f"update {e.update} is not the next one")
        before = Update(e.update, e.kind, {})
    require(before.is_draft, f"update {e.update} is no draft any more")
    require(bool(e.texts), "an update has a text")
    if e.corrects:
        known = state.updates.get(e.corrects)
        require(known is not None and known.sent is not None, "it corrects what was not sent")
    after = replace(
        before,
        kind=e.kind,
        texts=e.texts,
        facts=e.facts,
        step=e.step,
        corrects=e.corrects,
        drafted=entry.at,
        hands=before.hands | {entry.by},
    )
    # Which approval it needs hangs on its step, and what it says on what it corrects.
    if (after.digest, after.step, after.corrects) != (before.digest, before.step, before.corrects):
        after = _void(after)
    return replace(state, updates={**state.updates, e.update: after})


def _draft(state: MessagesState, update: Update, entry: Entry, e: ev.MessageEvent) -> Update:
    match e:
        case ev.UpdateWithdrawn():
            return replace(update, withdrawn=entry.at)
        case ev.RemarkOverruled():
            require(bool(e.reason.strip()), "an overruling has a reason")
            key = (e.audience, e.rule, e.said)
            return replace(update, overruled={**update.overruled, key: e.reason})
        case ev.UpdateApproved():
            require(e.digest == update.digest, "the approval is for other texts")
            require(entry.by not in update.hands, "nobody approves their own words")
            require(entry.by not in [a.by for a in update.approvals], "approved by them already")
            agreed = Agreed(entry.by, entry.at, e.digest, entry.seq)
            return replace(update, approvals=(*update.approvals, agreed), lapsed=False)
        case _:
            raise FoldRefusedError(f"unexpected event {type(e).__name__}")


def _sent(state: MessagesState, update: Update, entry: Entry, e: ev.UpdateSent) -> Update:
    require(update.is_draft, f"update {update.number} is no draft any more")
    require(bool(e.texts), "an update has a text")
    agreed = tuple(each.by for each in update.approvals)
    require(set(e.approved_by) <= set(agreed), "it names an approval that was not given")
    require(
        len({to.channel for to in e.channels}) == len(e.channels), "a channel stands there twice"
    )
    return replace(
        update,
        kind=e.kind,
        texts=e.texts,
        title=e.title,
        sent=entry.at,
        sent_by=entry.by,
        sent_seq=entry.seq,
        next_due=e.next_due,
        approved_by=e.approved_by,
        unapproved=e.unapproved,
        deliveries={to.channel: Delivery(to, at=entry.at) for to in e.channels},
    )


def _delivery(
    update: Update,
    entry: Entry,
    e: ev.DeliveryBegun | ev.DeliveryEnded | ev.DeliverySettled,
) -> Update:
    before = update.deliveries.get(e.channel)
    if before is None:
        raise FoldRefusedError(f"update {update.number} does not go to {e.channel}")
    match e:
        case ev.DeliveryBegun():
            require(before.status in ("waiting", "failed"), f"it is {before.status}")
            require(
                e.attempt == before.attempts + 1, f"attempt {e.attempt} follows {before.attempts}"
            )
            after = replace(before, status="under-way", attempts=e.attempt, at=entry.at)
        case ev.DeliveryEnded():
            if is_late(before, e.attempt, e.outcome):
                return _late(update, before, entry, e)
            require(before.attempts == e.attempt, f"no attempt {e.attempt} is under way")
            # An answer that comes after it was given up for lost still is one.
            require(before.status in ("under-way", "unknown"), f"it is {before.status}")
            after = replace(
                before,
                status="delivered" if before.arrived else e.outcome,
                words=e.words,
                at=entry.at,
                reference=e.reference or before.reference,
                thread=e.thread or before.thread,
                doubtful=before.doubtful or e.doubtful,
            )
        case _:
            require(before.status != "under-way", "it is under way")
            # A person looked, and something may still have been on its way.
            doubtful = before.doubtful or (e.became == "again" and before.status == "unknown")
            after = replace(
                before,
                status=_BECAME[e.became],
                words=e.reason,
                at=entry.at,
                doubtful=doubtful,
            )
    return replace(update, deliveries={**update.deliveries, e.channel: after})


def is_late(known: Delivery, attempt: int, outcome: Outcome) -> bool:
    """Whether an answer says that an attempt arrived which was thought to be over: two programs
    were at it, or a person was faster. It is a fact, and what is done next hangs on it."""
    if outcome != "delivered" or not 0 < attempt <= known.attempts:
        return False
    return attempt < known.attempts or known.status not in ("under-way", "unknown", "delivered")


def _late(update: Update, before: Delivery, entry: Entry, e: ev.DeliveryEnded) -> Update:
    # Where something else was done meanwhile, it is there twice, or may be.
    twice = e.attempt < before.attempts or before.status == "by-hand"
    after = replace(
        before,
        reference=before.reference or e.reference,
        thread=before.thread or e.thread,
        doubtful=before.doubtful or twice,
        arrived=True,
    )
    if before.status in _NOT_THERE:
        after = replace(after, status="delivered", words=e.words, at=entry.at)
    return replace(update, deliveries={**update.deliveries, e.channel: after})


_NOT_THERE = frozenset({"waiting", "failed", "refused", "given-up", "unknown"})
_BECAME: dict[ev.Became, Delivering] = {
    "arrived": "delivered",
    "by-hand": "by-hand",
    "again": "waiting",
    "given-up": "given-up",
}
