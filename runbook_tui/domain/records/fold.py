"""What events do to the decision records of a run. It needs no runbook: a list of runs folds them
without one, and then knows less of what a step chose, but the same of what is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from runbook_tui.domain.figures import Figures
from runbook_tui.domain.fold_rules import FoldRefusedError, require
from runbook_tui.domain.records.events import DecisionRecorded, DecisionRevisited, RecordEvent, Way
from runbook_tui.domain.records.state import Record, RecordsState, Revisit

if TYPE_CHECKING:
    from runbook_tui.domain.events import Entry


def apply_record(state: RecordsState, entry: Entry, event: RecordEvent) -> RecordsState:
    """The records after one more event about one of them. Raises FoldRefusedError."""
    match event:
        case DecisionRecorded(choice=0):
            return _recorded(state, entry, event)
        case DecisionRecorded():
            return _added(state, entry, event)
        case DecisionRevisited():
            return _revisited(state, entry, event)
        case _:
            raise FoldRefusedError(f"unexpected event {type(event).__name__}")


def step_chose(
    state: RecordsState,
    entry: Entry,
    step: str,
    option: str,
    reason: str,
    question: str = "",
    options: tuple[Way, ...] = (),
) -> RecordsState:
    """The records after a decision step chose: that is one. The newest of a step counts."""
    number = len(state.by_number) + 1
    record = Record(
        number=number,
        question=question,
        options=options,
        chosen=option,
        reason=reason,
        by=entry.by,
        at=entry.at,
        seq=entry.seq,
        figures=_figures(entry),
        step=step,
        choice=entry.seq,
    )
    choices = {**state.choices, step: (*state.choices.get(step, ()), number)}
    return RecordsState({**state.by_number, number: record}, choices)


def step_took_back(state: RecordsState, step: str, seq: int) -> RecordsState:
    """The records after a step's decision `seq` was taken back: the choice before it counts."""
    numbers = state.choices.get(step, ())
    left = tuple(n for n in numbers if state.by_number[n].choice != seq)
    return state if left == numbers else replace(state, choices={**state.choices, step: left})


def _recorded(state: RecordsState, entry: Entry, e: DecisionRecorded) -> RecordsState:
    require(e.number == len(state.by_number) + 1, f"record {e.number} is not the next one")
    require(len(e.options) >= 2, "a decision has two options or more")
    ids = [way.id for way in e.options]
    require(len(set(ids)) == len(ids), "an option stands there twice")
    require(e.chosen in ids, f"there is no option {e.chosen!r}")
    require(bool(e.question.strip()) and bool(e.reason.strip()), "question and reason are needed")
    _check_dates(e)
    records = dict(state.by_number)
    if e.replaces:
        old = _live(state, e.replaces)
        records[old.number] = replace(old, replaced_by=e.number)
    records[e.number] = Record(
        number=e.number,
        question=e.question,
        options=e.options,
        chosen=e.chosen,
        reason=e.reason,
        by=entry.by,
        at=entry.at,
        seq=entry.seq,
        figures=_figures(entry),
        proofs=e.proofs,
        thresholds=e.thresholds,
        present=e.present,
        dissent=e.dissent,
        reversibility=e.reversibility,
        reversible_until=e.reversible_until,
        revisit=e.revisit,
        unvisited=e.unvisited,
        step=e.step,
        replaces=e.replaces,
    )
    return replace(state, by_number=records)


def _added(state: RecordsState, entry: Entry, e: DecisionRecorded) -> RecordsState:
    known = _live(state, e.number)
    require(known.choice == e.choice and known.step == e.step, "it is no choice of that step")
    require(known.chosen == e.chosen, "the step chose another option")
    require(not e.replaces, "a step's choice replaces nothing")
    _check_dates(e)
    said = e.reversibility != "not-said"
    dated = e.revisit is not None or bool(e.unvisited)
    after = replace(
        known,
        question=known.question or e.question,
        options=known.options or e.options,
        proofs=(*known.proofs, *e.proofs),
        thresholds=(*known.thresholds, *e.thresholds),
        present=(*known.present, *(n for n in e.present if n not in known.present)),
        dissent=(*known.dissent, *e.dissent),
        reversibility=e.reversibility if said else known.reversibility,
        reversible_until=e.reversible_until if said else known.reversible_until,
        revisit=e.revisit if dated else known.revisit,
        unvisited=e.unvisited if dated else known.unvisited,
        added=(*known.added, (entry.by, entry.at)),
    )
    return replace(state, by_number={**state.by_number, after.number: after})


def _revisited(state: RecordsState, entry: Entry, e: DecisionRevisited) -> RecordsState:
    known = state.by_number.get(e.number)
    if known is None:
        raise FoldRefusedError(f"there is no record {e.number}")
    require(bool(e.reason.strip()), "a revisit has a reason")
    require(_aware(e.revisit), "a date has its zone")
    if e.outcome == "changed":
        require(e.record in state.by_number and e.record > e.number, "no later record replaces it")
        # The record that replaces it may have said so itself, one event before.
        require(known.replaced_by in (0, e.record), f"record {e.number} is replaced")
        known = replace(known, replaced_by=e.record, revisit=None)
    else:
        known = replace(_live(state, e.number), revisit=e.revisit)
        require(not e.record, "only what was changed is replaced")
        require(e.outcome == "kept" or e.revisit is not None, "moved to when?")
    seen = Revisit(e.outcome, e.reason, entry.by, entry.at, e.revisit, e.record)
    after = replace(known, revisits=(*known.revisits, seen))
    return replace(state, by_number={**state.by_number, e.number: after})


def _live(state: RecordsState, number: int) -> Record:
    known = state.by_number.get(number)
    if known is None:
        raise FoldRefusedError(f"there is no record {number}")
    require(state.holds(known), f"record {number} is replaced or taken back")
    return known


def _check_dates(e: DecisionRecorded) -> None:
    require(_aware(e.revisit) and _aware(e.reversible_until), "a date has its zone")
    until = e.reversibility == "until"
    require(until == (e.reversible_until is not None), "reversible until when?")


def _aware(when: object) -> bool:
    return when is None or getattr(when, "tzinfo", None) is not None


def _figures(entry: Entry) -> Figures | None:
    return entry.figures if isinstance(entry.figures, Figures) else None
