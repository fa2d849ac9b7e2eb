"""What the program may do by itself on a channel, in which order, and what it hands over."""

from __future__ import annotations

from runbook_tui.domain.messages.channels import BY_HAND, Channel, Outgoing
from runbook_tui.domain.messages.feed import FEED, entry_id
from runbook_tui.domain.messages.held import window_of
from runbook_tui.domain.messages.state import ARRIVED, OPEN, Delivery, Update
from runbook_tui.domain.state import RunState


def owed(state: RunState, channel: Channel) -> tuple[tuple[Update, Delivery], ...]:
    """What waits to be sent, to be tried again or to be looked up on a channel, oldest first.

    What failed is not tried again once a later update arrived there: readers would be taken back,
    and so would the status of a page. A person decides then. The feed is written whole.
    """
    found: list[tuple[Update, Delivery]] = []
    later = False
    for update in reversed(state.messages.sent):
        known = update.deliveries.get(channel.name)
        # What somebody was to copy by hand may be there, whatever the channel has become since.
        if known is None or BY_HAND in (channel.kind, known.to.kind):
            continue
        again = known.status == "failed" and (channel.kind == FEED or not later)
        if again or known.status in ("waiting", "unknown"):
            found.append((update, known))
        later = later or known.status in ARRIVED
    return tuple(reversed(found))


def is_left_behind(state: RunState, channel: Channel, update: Update) -> bool:
    """Whether an update that failed is not tried again because a later one arrived."""
    known = update.deliveries.get(channel.name)
    if known is None or known.status != "failed":
        return False
    return all(each.number != update.number for each, _ in owed(state, channel))


def not_served(state: RunState, names: frozenset[str]) -> tuple[tuple[int, str], ...]:
    """Deliveries that are owed to channels that are not among `names`: update and channel."""
    return tuple(
        (update.number, name)
        for update in state.messages.sent
        for name, known in update.deliveries.items()
        if known.status in OPEN | {"unknown"} and known.to.kind != BY_HAND and name not in names
    )


def outgoing_of(state: RunState, update: Update, known: Delivery, attempt: int) -> Outgoing:
    """A sent update as its channel gets it."""
    assert update.sent is not None
    return Outgoing(
        entry=entry_id(state.run, update.number),
        run=state.run,
        kind=update.kind,
        audience=known.to.audience,
        title=update.title,
        text=update.texts[known.to.audience],
        attempt=attempt,
        at=update.sent.utc,
        corrects=entry_id(state.run, update.corrects) if update.corrects else "",
        thread=state.messages.thread(known.to.channel),
        window=window_of(state, update.sent.utc),
    )
