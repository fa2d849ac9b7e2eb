"""Where a message goes: channels by their names, what is handed to one, and what it answered.

A channel's address and token are the configuration's, and never come here: they would end up in a
log, on a screen or in an error.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

from runbook_tui.domain.messages.kinds import Audience, Kind

BY_HAND = "by-hand"
"""The kind of a channel that has no interface: somebody copies the text and says that it is out."""
FEED = "status-feed"
"""The name and kind of the program's own feed among the channels."""

Outcome = Literal["delivered", "refused", "failed", "unknown"]
"""`delivered`: the channel says that it has it. `refused`: it says that it will not take it, and
trying again as it is would be in vain. `failed`: it is not there, as far as anybody can tell, and
may be tried again. `unknown`: it may be there or not, and nothing but a look tells."""


class Channel(Struct, frozen=True, kw_only=True):
    """A channel as people and the log know it."""

    name: str
    kind: str
    """``statuspage``, ``cachet``, ``apprise``, ``by-hand``, or one that an extension brings."""
    audience: Audience
    recipients: str = ""
    """Who reads it, in words: shown before anything is sent."""
    longest: int | None = None
    """Characters that it takes."""
    rehearsal: bool = False
    """Whether a rehearsal sends to it; a live run always does, a dry run never."""


class Outgoing(Struct, frozen=True, kw_only=True):
    """One update for one channel: all that a channel is told."""

    entry: str
    """Of the status feed; the same for every audience and channel, unlike that of any other."""
    run: str
    """What belongs together: one incident or maintenance of a status page."""
    kind: Kind
    audience: Audience
    title: str
    """One line."""
    text: str
    attempt: int
    """From 1. Whatever came of an earlier one is known to have been no delivery."""
    at: datetime
    """When it was sent; aware."""
    corrects: str = ""
    """The entry that it corrects."""
    thread: str = ""
    """What the channel called this run's incident or maintenance when it took an earlier update."""
    window: tuple[datetime, datetime] | None = None
    """When the work is announced for; aware."""


class Answered(Struct, frozen=True, kw_only=True):
    """What became of one attempt. All words are one safe line, without any address or token."""

    outcome: Outcome
    words: str
    """``HTTP 201``; ``no connection: refused``; ``HTTP 429, asks for 30 s``."""
    reference: str = ""
    """What the channel calls the update."""
    thread: str = ""
    """What it calls the incident or maintenance that the update belongs to."""
    retry_after: float | None = None
    """Seconds that the channel asks to wait."""
    doubtful: bool = False
    """Of `failed`: it said so itself (HTTP 500), which some say of what they have done all the
    same. Tried again, it may be there twice, and that is told."""


class Carrier(Protocol):
    """Carries messages to channels. `runbook_tui.adapters.channels` is the real one."""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """All that are configured, in the order of the configuration."""
        ...

    async def deliver(self, channel: str, outgoing: Outgoing) -> Answered:
        """Hands a message over, once. Never raises but when it is cancelled; never takes longer
        than the channel's time limit. A cancelled or overlong one is unknown."""
        ...

    async def look(self, channel: str, outgoing: Outgoing) -> Answered | None:
        """Whether the channel has the update: `delivered` where it is found, `failed` where the
        channel answered and has it not, `unknown` where it could not be asked; None where a
        channel of this kind cannot be asked."""
        ...
