"""What can be asked about the decision records of a run."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from runbook_tui.domain.records.events import Dissent, Proof, Reversibility, Revisited, Way


class RecordDecision(Struct, frozen=True, kw_only=True):
    """A record of its own. Whoever gives `proofs` has them in the log, or gives them with it."""

    question: str
    options: tuple[Way, ...]
    chosen: str
    reason: str
    proofs: tuple[Proof, ...] = ()
    thresholds: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    dissent: tuple[Dissent, ...] = ()
    reversibility: Reversibility = "not-said"
    reversible_until: datetime | None = None
    revisit: datetime | None = None
    unvisited: str = ""
    step: str | None = None
    replaces: int = 0


class AddToChoice(Struct, frozen=True, kw_only=True):
    """More about what a decision step chose: its choice is a record already."""

    step: str
    proofs: tuple[Proof, ...] = ()
    thresholds: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    dissent: tuple[Dissent, ...] = ()
    reversibility: Reversibility = "not-said"
    reversible_until: datetime | None = None
    revisit: datetime | None = None
    unvisited: str = ""


class RevisitDecision(Struct, frozen=True, kw_only=True):
    """Somebody looked at a decision again."""

    number: int
    outcome: Revisited
    reason: str
    revisit: datetime | None = None
    record: int = 0


RecordCommand = RecordDecision | AddToChoice | RevisitDecision
