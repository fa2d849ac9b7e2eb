"""Events of messages: what was drafted, agreed to and sent, and what each channel made of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from runbook_tui.domain.event_base import Event, StepEvent
from runbook_tui.domain.messages.channels import Outcome
from runbook_tui.domain.messages.kinds import Audience, Kind

Became = Literal["arrived", "by-hand", "again", "given-up"]
"""`arrived`: it is there. `by-hand`: somebody sent it. `again`: it is not there, and the program is
to try once more. `given-up`: it is not there, and stays so."""


class UsedFact(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fact of the run's state, as a text was filled with it."""

    name: str
    words: str
    at: datetime | None = None
    """Of a time: which. Of a range: its end. Aware."""
    since: datetime | None = None
    """Of a range: its beginning. Aware."""


class SentTo(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A channel that an update goes to. Its address is no business of the log's."""

    channel: str
    kind: str
    audience: Audience
    recipients: str = ""


class UpdateDrafted(Event, frozen=True, kw_only=True, tag="update-drafted"):
    """The texts of an update as they stand: a draft survives the program that it was typed in."""

    update: int
    """Its number in the run, from 1."""
    kind: Kind
    texts: dict[Audience, str]
    facts: tuple[UsedFact, ...] = ()
    """What the state said that was filled in."""
    step: str | None = None
    """The message step that it is for."""
    corrects: int = 0
    """The update that it corrects."""


class UpdateWithdrawn(Event, frozen=True, kw_only=True, tag="update-withdrawn"):
    """A draft is not sent."""

    update: int
    reason: str = ""


class RemarkOverruled(Event, frozen=True, kw_only=True, tag="remark-overruled"):
    """Somebody answers for saying it all the same. It holds for these words only."""

    update: int
    audience: Audience
    rule: str
    said: str
    reason: str


class UpdateApproved(Event, frozen=True, kw_only=True, tag="update-approved"):
    """Another person agrees to exactly these texts. Who it is, is what they claim."""

    update: int
    digest: str
    """Of the texts; see `runbook_tui.domain.messages.state.digest_of`."""
    note: str = ""


class UpdateSent(Event, frozen=True, kw_only=True, tag="update-sent"):
    """An update goes out: from here on it is what people were told."""

    update: int
    kind: Kind
    title: str
    texts: dict[Audience, str]
    """Exactly as they are sent."""
    channels: tuple[SentTo, ...] = ()
    approved_by: tuple[str, ...] = ()
    unapproved: str = ""
    """Why it went out without the approval that the runbook asks for."""
    warned: tuple[str, ...] = ()
    """What the lint warned of."""
    next_due: datetime | None = None
    """When the next update was promised for."""
    step: str | None = None
    corrects: int = 0


class DeliveryBegun(Event, frozen=True, kw_only=True, tag="delivery-begun"):
    """An update is about to be handed to a channel: written before it is."""

    update: int
    channel: str
    attempt: int


class DeliveryEnded(Event, frozen=True, kw_only=True, tag="delivery-ended"):
    """What the channel answered. `unknown` where nobody knows whether it arrived."""

    update: int
    channel: str
    attempt: int
    outcome: Outcome
    words: str
    seconds: float = 0.0
    reference: str = ""
    """What the channel calls it."""
    thread: str = ""
    """What it calls the incident that it belongs to."""
    doubtful: bool = False
    """The channel said that it failed, and may have it all the same."""
    looked: bool = False
    """The channel was not given it but asked whether it has it."""


class DeliverySettled(Event, frozen=True, kw_only=True, tag="delivery-settled"):
    """A person looked, and says what became of a delivery or what is to become of it."""

    update: int
    channel: str
    became: Became
    reason: str = ""


class UpdateOverdue(Event, frozen=True, kw_only=True, tag="update-overdue"):
    """The promised time of an update has passed without one."""

    due: datetime


class StepDelegated(StepEvent, frozen=True, kw_only=True, tag="step-delegated"):
    """Somebody else sends the message of this step."""

    to: str
    reason: str = ""


MessageEvent = (
    UpdateDrafted
    | UpdateWithdrawn
    | RemarkOverruled
    | UpdateApproved
    | UpdateSent
    | DeliveryBegun
    | DeliveryEnded
    | DeliverySettled
    | UpdateOverdue
)
