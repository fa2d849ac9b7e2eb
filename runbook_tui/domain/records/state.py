"""What is folded of decision records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from runbook_tui.domain.figures import Figures
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.records.events import Dissent, Proof, Reversibility, Revisited, Way


class Revisit(Struct, frozen=True):
    """A record was looked at again."""

    outcome: Revisited
    reason: str
    by: str
    at: Moment
    until: datetime | None = None
    record: int = 0


class Record(Struct, frozen=True, kw_only=True):
    """A decision: its own record, or the choice of a decision step with what was added to it."""

    number: int
    question: str
    options: tuple[Way, ...] = ()
    chosen: str
    reason: str = ""
    by: str
    at: Moment
    seq: int
    """Number of the event by which it was decided."""
    figures: Figures | None = None
    """What the clocks said then."""
    proofs: tuple[Proof, ...] = ()
    thresholds: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    dissent: tuple[Dissent, ...] = ()
    reversibility: Reversibility = "not-said"
    reversible_until: datetime | None = None
    revisit: datetime | None = None
    """When it is to be looked at again; None: never, or no more."""
    unvisited: str = ""
    step: str | None = None
    choice: int = 0
    """Number of the event by which its step chose it; 0 for a record of its own."""
    replaces: int = 0
    replaced_by: int = 0
    added: tuple[tuple[str, Moment], ...] = ()
    """Who added to it since, and when."""
    revisits: tuple[Revisit, ...] = ()

    @property
    def way(self) -> Way:
        """The chosen option."""
        known = [way for way in self.options if way.id == self.chosen]
        return known[0] if known else Way(id=self.chosen, title=self.chosen)


class RecordsState(Struct, frozen=True):
    """All decision records of a run."""

    by_number: Mapping[int, Record] = {}
    choices: Mapping[str, tuple[int, ...]] = {}
    """By decision step: the records of what it chose that were not taken back, oldest first."""

    def holds(self, record: Record) -> bool:
        """Whether it is still what was decided last: not replaced, not taken back."""
        if record.replaced_by:
            return False
        last = self.choices.get(record.step or "", ())[-1:]
        return not record.choice or record.number in last

    def was_taken_back(self, record: Record) -> bool:
        """Whether it was a step's choice, and that was taken back."""
        return bool(record.choice) and record.number not in self.choices.get(record.step or "", ())

    def chosen(self, step: str) -> Record | None:
        """The record of what a decision step chose last, if it did."""
        numbers = self.choices.get(step, ())
        return self.by_number[numbers[-1]] if numbers else None

    def later(self, record: Record) -> int:
        """The record that came after it in its place; 0 where none did."""
        if record.replaced_by or not record.choice:
            return record.replaced_by
        numbers = self.choices.get(record.step or "", ())
        follow = [number for number in numbers if number > record.number]
        return follow[0] if follow and record.number in numbers else 0

    @property
    def waiting(self) -> tuple[Record, ...]:
        """What is to be looked at again some day, soonest first."""
        found = [r for r in self.by_number.values() if r.revisit is not None and self.holds(r)]
        return tuple(sorted(found, key=lambda r: (r.revisit, r.number)))

    def due(self, now: datetime) -> tuple[Record, ...]:
        """What is to be looked at again by now, soonest first."""
        return tuple(r for r in self.waiting if r.revisit is not None and r.revisit <= now)
