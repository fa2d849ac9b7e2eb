"""What can be asked of the messages of a run."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from runbook_tui.domain.messages.channels import Outcome
from runbook_tui.domain.messages.events import Became, SentTo, UsedFact
from runbook_tui.domain.messages.kinds import Audience, Kind


class DraftUpdate(Struct, frozen=True, kw_only=True):
    kind: Kind
    texts: dict[Audience, str]
    facts: tuple[UsedFact, ...] = ()
    update: int = 0
    """0 for one that is new."""
    step: str | None = None
    corrects: int = 0


class WithdrawUpdate(Struct, frozen=True):
    update: int
    reason: str = ""


class OverruleRemark(Struct, frozen=True):
    update: int
    audience: Audience
    rule: str
    said: str
    reason: str


class ApproveUpdate(Struct, frozen=True):
    update: int
    digest: str
    """Of the texts that the person has read, or a beginning of eight digits or more."""
    note: str = ""


class SendUpdate(Struct, frozen=True, kw_only=True):
    update: int
    digest: str
    """Of the texts that were shown."""
    title: str
    channels: tuple[SentTo, ...]
    longest: dict[Audience, int] = {}
    """Characters that the narrowest channel of an audience takes."""
    unapproved: str = ""
    """Why it must go out without the approval that it needs."""


class BeginDelivery(Struct, frozen=True):
    update: int
    channel: str


class EndDelivery(Struct, frozen=True, kw_only=True):
    """What an attempt, or a look, came to: a fact."""

    update: int
    channel: str
    attempt: int
    outcome: Outcome
    words: str
    seconds: float = 0.0
    reference: str = ""
    thread: str = ""
    doubtful: bool = False
    looked: bool = False


class SettleDelivery(Struct, frozen=True):
    update: int
    channel: str
    became: Became
    reason: str = ""


class TellOverdue(Struct, frozen=True):
    """That the time of the next update has passed."""

    due: datetime


MessageCommand = (
    DraftUpdate
    | WithdrawUpdate
    | OverruleRemark
    | ApproveUpdate
    | SendUpdate
    | BeginDelivery
    | EndDelivery
    | SettleDelivery
    | TellOverdue
)
