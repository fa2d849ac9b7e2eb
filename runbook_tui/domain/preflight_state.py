"""What is folded of a preflight step: results, waivers, remedies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from runbook_tui.domain.checks.every import CheckConfig
from runbook_tui.domain.findings import Severity
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.preflight_events import Found, Remedied


@dataclass(frozen=True, slots=True)
class CheckState:
    """The last result of a check."""

    title: str
    digest: str
    at: Moment
    by: str
    seconds: float
    ran: bool
    found: tuple[Found, ...]
    others: int
    evidence: str
    dry: bool = False
    seal: str = ""
    """SHA-256 of the evidence."""
    config: CheckConfig | None = None
    """What the check looked at, as the runbook had it then."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """That somebody answers for a finding. `until`: aware."""

    digest: str
    severity: Severity
    reason: str
    owner: str
    until: datetime
    by: str
    at: Moment


@dataclass(frozen=True, slots=True)
class RemedyState:
    """What the program did about a finding. `outcome`: None while it works on it, and after it
    died at it: nobody knows then."""

    label: str
    effect: str
    target: str
    compensation: str
    at: Moment
    by: str
    outcome: Remedied | None = None
    summary: str = ""
    undone: bool = False
