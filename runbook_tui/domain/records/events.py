"""Events of decision records: that one was made or added to, and that somebody looked again."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from runbook_tui.domain.event_base import Event

Reversibility = Literal["not-said", "reversible", "one-way", "until"]
"""`until`: it can be taken back, but not for ever."""
Revisited = Literal["kept", "changed", "moved"]
"""`kept`: it still holds. `changed`: another record stands in its place. `moved`: nobody can say
yet; it is looked at again later."""


class Way(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of the options of a decision."""

    id: str
    title: str
    consequence: str = ""
    """What follows from it."""
    cost: str = ""
    """What it costs."""


class Proof(Struct, frozen=True, kw_only=True):
    """A piece of evidence, by the hash of what is stored."""

    name: str
    path: str
    """Where it lies in the log's tree."""
    sha256: str
    size: int


class Dissent(Struct, frozen=True, kw_only=True):
    """Somebody was of another mind."""

    who: str
    said: str


class RecordEvent(Event, frozen=True, kw_only=True):
    """Base of events about one decision record."""

    number: int
    """The record's number in the run, from 1. The choice of a decision step has one, too."""


class DecisionRecorded(RecordEvent, frozen=True, kw_only=True, tag="decision-recorded"):
    """A decision with all that speaks for and against it.

    With `choice` it adds to the record that a decision step's choice is: its number is known, and
    question, options, chosen one and reason are those of the step.
    """

    question: str
    options: tuple[Way, ...]
    chosen: str
    """The id of one of the options."""
    reason: str
    proofs: tuple[Proof, ...] = ()
    thresholds: tuple[str, ...] = ()
    """What would change the decision."""
    present: tuple[str, ...] = ()
    """Who decided it together with the one who wrote it down, as that one says."""
    dissent: tuple[Dissent, ...] = ()
    reversibility: Reversibility = "not-said"
    reversible_until: datetime | None = None
    """Aware."""
    revisit: datetime | None = None
    """When to look at it again; aware. None: never."""
    unvisited: str = ""
    """Why nobody needs to look at it again."""
    step: str | None = None
    """The step that it comes from."""
    choice: int = 0
    """Number of the event by which that step chose; 0 where the record is no step's choice."""
    replaces: int = 0
    """The earlier record in whose place it stands."""


class DecisionRevisited(RecordEvent, frozen=True, kw_only=True, tag="decision-revisited"):
    """Somebody looked at a decision again."""

    outcome: Revisited
    reason: str
    revisit: datetime | None = None
    """When to look again; aware. None: no more."""
    record: int = 0
    """The record that stands in its place now, where it was changed."""
