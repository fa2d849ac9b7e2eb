"""The status feed: what was told, one entry an update, in the order in which it was sent.

It is made from the log and never from itself, so that it can be written anew at any time.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from runbook_tui.domain.messages.channels import FEED as FEED
from runbook_tui.domain.messages.kinds import Audience, Kind
from runbook_tui.domain.state import RunState


class FeedEntry(Struct, frozen=True, kw_only=True):
    """What one audience was told by one update."""

    id: str
    """The same for every audience and channel: ``20261124-190000-full-upgrade-4f2a/3``."""
    run: str
    number: int
    """Of the update in its run, from 1."""
    kind: Kind
    audience: Audience
    title: str
    """One line: ``Order service: maintenance in progress``."""
    text: str
    """Plain text. Paragraphs are parted by an empty line."""
    at: datetime
    """When it was sent; aware."""
    next_update: datetime | None = None
    """When the next one was promised for; aware."""
    corrects: str = ""
    """The id of the entry that it corrects."""
    rehearsal: bool = False
    """Of a rehearsal: told nobody but a feed that is for rehearsals."""


def entry_id(run: str, number: int) -> str:
    """What an update is called everywhere: in the feed, at every channel, in the log."""
    return f"{run}/{number}"


def entries_of(state: RunState) -> tuple[FeedEntry, ...]:
    """All that a run has told anybody, oldest first."""
    return tuple(
        FeedEntry(
            id=entry_id(state.run, update.number),
            run=state.run,
            number=update.number,
            kind=update.kind,
            audience=audience,
            title=update.title,
            text=text,
            at=update.sent.utc,
            next_update=update.next_due,
            corrects=entry_id(state.run, update.corrects) if update.corrects else "",
            rehearsal=state.mode != "live",
        )
        for update in state.messages.sent
        if update.sent is not None
        for audience, text in update.texts.items()
    )
