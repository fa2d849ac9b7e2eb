"""What is folded of messages: updates as drafted and sent, and their deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Literal

from msgspec import Struct

from runbook_tui.domain.messages.events import SentTo, UsedFact
from runbook_tui.domain.messages.kinds import Audience, Kind
from runbook_tui.domain.moment import Moment

Delivering = Literal[
    "waiting", "under-way", "delivered", "refused", "failed", "unknown", "by-hand", "given-up"
]
OPEN = frozenset({"waiting", "under-way", "failed"})
"""What the program goes on with by itself."""
ARRIVED = frozenset({"delivered", "by-hand"})


class Delivery(Struct, frozen=True):
    """One update on one channel."""

    to: SentTo
    status: Delivering = "waiting"
    attempts: int = 0
    words: str = ""
    at: Moment | None = None
    """When it came to be so."""
    reference: str = ""
    thread: str = ""
    doubtful: bool = False
    """An earlier attempt may have arrived although the channel said that it failed."""
    arrived: bool = False
    """An earlier attempt did, as was heard while another one was under way."""


class Agreed(Struct, frozen=True):
    """An approval of an update's texts."""

    by: str
    at: Moment
    digest: str
    seq: int


class Update(Struct, frozen=True):
    """One thing that people are told, in a text for each audience."""

    number: int
    kind: Kind
    texts: Mapping[Audience, str]
    facts: tuple[UsedFact, ...] = ()
    step: str | None = None
    corrects: int = 0
    corrected_by: int = 0
    drafted: Moment | None = None
    hands: frozenset[str] = frozenset()
    """Who wrote it."""
    overruled: Mapping[tuple[Audience, str, str], str] = {}
    """The reason, by audience, rule and what was said."""
    approvals: tuple[Agreed, ...] = ()
    lapsed: bool = False
    """An approval was given and is void."""
    withdrawn: Moment | None = None
    sent: Moment | None = None
    sent_by: str = ""
    sent_seq: int = 0
    """Number of the event by which it was sent. The wall clock may be set back; this is not."""
    title: str = ""
    next_due: datetime | None = None
    approved_by: tuple[str, ...] = ()
    unapproved: str = ""
    deliveries: Mapping[str, Delivery] = {}
    """By channel."""

    @property
    def is_draft(self) -> bool:
        """Whether it can still be written, sent or withdrawn."""
        return self.sent is None and self.withdrawn is None

    @property
    def digest(self) -> str:
        """Of its texts: what an approval is bound to."""
        return digest_of(self.kind, self.texts)

    def left(self) -> tuple[Delivery, ...]:
        """The deliveries that nobody knows to have arrived, nor has given up."""
        settled = ARRIVED | {"given-up"}
        return tuple(each for each in self.deliveries.values() if each.status not in settled)


def digest_of(kind: Kind, texts: Mapping[Audience, str]) -> str:
    """The fingerprint of an update's texts: 64 hexadecimal digits."""
    told = sha256(kind.encode())
    for audience in sorted(texts):
        for part in (audience, texts[audience]):
            told.update(b"\x00" + part.encode("utf-8", "surrogatepass"))
    return told.hexdigest()


class MessagesState(Struct, frozen=True):
    """All messages of a run."""

    updates: Mapping[int, Update] = {}
    moved: int = 0
    """Number of the last event that changed what a message could be about."""
    told_overdue: datetime | None = None
    """The last promised time whose passing is in the log, since something was sent."""

    @property
    def sent(self) -> tuple[Update, ...]:
        """What went out, oldest first."""
        gone = (update for update in self.updates.values() if update.sent is not None)
        return tuple(sorted(gone, key=lambda update: update.sent_seq))

    @property
    def drafts(self) -> tuple[Update, ...]:
        """What can still be sent, oldest first."""
        return tuple(u for u in self.updates.values() if u.is_draft)

    def of_step(self, step: str) -> Update | None:
        """The newest update of a message step that was not withdrawn."""
        found = [u for u in self.updates.values() if u.step == step and u.withdrawn is None]
        return found[-1] if found else None

    def thread(self, channel: str) -> str:
        """What a channel calls this run's incident, as far as it said so."""
        for update in reversed(tuple(self.updates.values())):
            known = update.deliveries.get(channel)
            if known is not None and known.thread:
                return known.thread
        return ""
