"""Events of preflight steps: what a check found, what was waived, what was done about it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from runbook_tui.domain.event_base import StepEvent
from runbook_tui.domain.findings import Severity

Remedied = Literal["done", "failed", "unknown"]


class Found(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A finding as the log keeps it: what has to be answered. All of it is in the evidence."""

    fingerprint: str
    digest: str
    """Of its evidence: another one where what was seen is another."""
    severity: Severity
    key: str
    title: str
    subject: str = ""
    place: str = ""
    """Where it was seen first: ``etc/cron.d/export:3``."""
    places: int = 0
    remedy: str = ""
    """What the program can do about it, where it can: ``Comment the job out``."""


class CheckReported(StepEvent, frozen=True, kw_only=True, tag="check-reported"):
    """A check ended. `check` is its name in the runbook."""

    check: str
    title: str
    digest: str
    """The fingerprint of what it looked at."""
    seconds: float
    ran: bool
    """To its end; where not, an unknown finding says why."""
    found: tuple[Found, ...] = ()
    """What somebody has to answer, worst first."""
    others: int = 0
    """Findings that only inform or pass."""
    evidence: str = ""
    """The path of all findings, as JSON, in the commit's tree."""
    dry: bool = False
    """A dry run: it was only shown, and looked at nothing."""
    seal: str = ""
    """SHA-256 of the evidence: what the tree has under its path is believed only if it matches."""


class FindingWaived(StepEvent, frozen=True, kw_only=True, tag="finding-waived"):
    """Somebody answers for going on in spite of a finding, for a time."""

    check: str
    fingerprint: str
    digest: str
    """Of the evidence that it was given for: it holds for no other."""
    severity: Severity
    title: str
    reason: str
    owner: str
    """Who has to see to it that it is not for ever."""
    until: datetime


class RemedyBegun(StepEvent, frozen=True, kw_only=True, tag="remedy-begun"):
    """The program is about to change something because of a finding: written before it does."""

    check: str
    fingerprint: str
    label: str
    """What it does, as an order: ``Comment the job out``."""
    effect: str
    """The kind of side effect."""
    target: str
    line: str
    """The whole of it in words: a command, or the edits."""
    undo: bool = False
    """It takes an earlier one back."""
    compensation: str = ""
    """What takes it back, in words; it belongs on the ledger."""


class RemedyEnded(StepEvent, frozen=True, kw_only=True, tag="remedy-ended"):
    """How that ended."""

    check: str
    fingerprint: str
    outcome: Remedied
    summary: str = ""
    undo: bool = False
