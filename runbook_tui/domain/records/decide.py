"""Decisions about decision records: what one needs, and when it may be looked at again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from runbook_tui.domain.moment import Moment
from runbook_tui.domain.records.commands import (
    AddToChoice,
    RecordCommand,
    RecordDecision,
    RevisitDecision,
)
from runbook_tui.domain.records.events import (
    DecisionRecorded,
    DecisionRevisited,
    Dissent,
    Proof,
    Way,
)
from runbook_tui.domain.records.state import Record
from runbook_tui.domain.records.until import EXAMPLES, date_refusal
from runbook_tui.domain.rules import LONGEST_TEXT, Refusal, Verdict, name_refusal, said
from runbook_tui.domain.runbook import DecisionStep
from runbook_tui.domain.state import RunState
from runbook_tui.domain.text import safe_line
from runbook_tui.domain.units import SLUG_PATTERN

LONGEST_QUESTION = 300
MOST = 40
"""Options, pieces of evidence, thresholds, people, dissents: of each at most."""
LONGEST_PATH = 300
_SLUG = re.compile(SLUG_PATTERN)
_SHA256 = re.compile(r"[0-9a-f]{64}")


def decide_record(state: RunState, command: RecordCommand, now: Moment) -> Verdict:
    """The events that follow from a command about decision records, or why none do."""
    match command:
        case RecordDecision():
            return _record(state, command, now)
        case AddToChoice():
            return _add(state, command, now)
        case RevisitDecision():
            return _revisit(state, command, now)


def _record(state: RunState, command: RecordDecision, now: Moment) -> Verdict:
    refusal = (
        _question(command)
        or said(command.reason, "a decision")
        or _beside(command, now)
        or _where(state, command)
        or _replaced(state, command.replaces)
    )
    if refusal is not None:
        return refusal
    if command.revisit is None and not command.unvisited.strip():
        return Refusal(
            "when is this looked at again?", f"{EXAMPLES}; or say why nobody needs to look again"
        )
    number = len(state.records.by_number) + 1
    made = DecisionRecorded(
        number=number,
        question=safe_line(command.question, LONGEST_QUESTION),
        options=command.options,
        chosen=command.chosen,
        reason=command.reason.strip(),
        proofs=command.proofs,
        thresholds=_words(command.thresholds),
        present=command.present,
        dissent=command.dissent,
        reversibility=command.reversibility,
        reversible_until=_utc(command.reversible_until),
        revisit=_utc(command.revisit),
        unvisited="" if command.revisit else command.unvisited.strip(),
        step=command.step,
        replaces=command.replaces,
    )
    if not command.replaces:
        return (made,)
    return made, DecisionRevisited(
        number=command.replaces, outcome="changed", reason=made.reason, record=number
    )


def _add(state: RunState, command: AddToChoice, now: Moment) -> Verdict:
    known = state.records.chosen(command.step)
    if known is None:
        return Refusal(
            f"{command.step} has not chosen anything", "choose first; that is the decision"
        )
    if not state.records.holds(known):
        return _gone(state, known)
    refusal = _beside(command, now)
    if refusal is not None:
        return refusal
    parts = (command.proofs, command.thresholds, command.present, command.dissent)
    said_more = command.reversibility != "not-said" or bool(command.unvisited.strip())
    if not said_more and command.revisit is None and not any(parts):
        return Refusal("there is nothing to add")
    return (
        DecisionRecorded(
            number=known.number,
            question=known.question,
            options=known.options,
            chosen=known.chosen,
            reason=known.reason,
            proofs=command.proofs,
            thresholds=_words(command.thresholds),
            present=command.present,
            dissent=command.dissent,
            reversibility=command.reversibility,
            reversible_until=_utc(command.reversible_until),
            revisit=_utc(command.revisit),
            unvisited="" if command.revisit else command.unvisited.strip(),
            step=command.step,
            choice=known.choice,
        ),
    )


def _revisit(state: RunState, command: RevisitDecision, now: Moment) -> Verdict:
    known = state.records.by_number.get(command.number)
    if known is None:
        return Refusal(f"there is no record {command.number}")
    if not state.records.holds(known):
        return _gone(state, known)
    refusal = said(command.reason, "a revisit")
    if refusal is not None:
        return refusal
    if command.outcome == "changed":
        later = state.records.by_number.get(command.record)
        if later is None or later.number <= known.number or not state.records.holds(later):
            return Refusal(
                "which record stands in its place now?",
                f"make the new one so that it replaces record {known.number}",
            )
    elif command.record:
        return Refusal("only what was changed has another record in its place")
    elif command.outcome == "moved" and command.revisit is None:
        return Refusal("moved to when?", EXAMPLES)
    refusal = date_refusal(command.revisit, now, "the next look")
    if refusal is not None:
        return refusal
    changed = command.outcome == "changed"
    return (
        DecisionRevisited(
            number=known.number,
            outcome=command.outcome,
            reason=command.reason.strip(),
            revisit=None if changed else _utc(command.revisit),
            record=command.record,
        ),
    )


def _gone(state: RunState, record: Record) -> Refusal:
    if state.records.was_taken_back(record):
        return Refusal(f"record {record.number} was taken back")
    later = state.records.later(record)
    return Refusal(f"record {later} stands in the place of record {record.number}")


def _replaced(state: RunState, number: int) -> Refusal | None:
    old = state.records.by_number.get(number)
    if not number:
        return None
    if old is None:
        return Refusal(f"there is no record {number} that could be replaced")
    return None if state.records.holds(old) else _gone(state, old)


def _where(state: RunState, command: RecordDecision) -> Refusal | None:
    if command.step is None:
        return None
    step = state.plan.by_id.get(command.step)
    if step is None:
        return Refusal(f"the runbook has no step {command.step}")
    # A step's question is decided in the step: two answers to it would be one too many.
    if isinstance(step, DecisionStep) and command.question.strip() == step.question.strip():
        return Refusal(
            f"{step.id} asks that itself", "choose in the step, then add to what it chose"
        )
    return None


def _question(command: RecordDecision) -> Refusal | None:
    question = command.question.strip()
    if not question:
        return Refusal("what was the question?")
    if len(question) > LONGEST_QUESTION:
        return Refusal(f"a question is at most {LONGEST_QUESTION} characters")
    if not 2 <= len(command.options) <= MOST:
        return Refusal("a decision has two options or more", "what else could have been done?")
    ids = [way.id for way in command.options]
    for way in command.options:
        refusal = _way(way)
        if refusal is not None:
            return refusal
        if ids.count(way.id) > 1:
            return Refusal(f"two options are called {way.id}")
    if command.chosen not in ids:
        return Refusal(f"which option was chosen? one of {', '.join(ids)}")
    return None


def _way(way: Way) -> Refusal | None:
    if _SLUG.fullmatch(way.id) is None:
        return Refusal(
            f"{safe_line(way.id, 40)!r} cannot name an option",
            "lower-case letters, digits, - and _",
        )
    if not way.title.strip():
        return Refusal(f"what is the option {way.id}?")
    if max(len(way.title), len(way.consequence), len(way.cost)) > LONGEST_TEXT:
        return Refusal(f"the option {way.id} is longer than {LONGEST_TEXT:,} characters")
    return None


def _beside(command: RecordDecision | AddToChoice, now: Moment) -> Refusal | None:
    """What is wrong with all that goes with a decision."""
    for part in (command.proofs, command.thresholds, command.present, command.dissent):
        if len(part) > MOST:
            return Refusal(f"more than {MOST} of one kind", "say it in fewer")
    until = command.reversibility == "until"
    if until != (command.reversible_until is not None):
        return Refusal("until when can it be taken back?" if until else "it has no such end")
    return (
        _first(_proof(each) for each in command.proofs)
        or _first(_threshold(each) for each in command.thresholds)
        or _first(name_refusal(name) for name in command.present)
        or _first(_dissent(each) for each in command.dissent)
        or (said(command.unvisited, "no look back") if command.unvisited else None)
        or date_refusal(command.reversible_until, now, "the end of the way back")
        or date_refusal(command.revisit, now, "the next look")
    )


def _first(refusals: Iterable[Refusal | None]) -> Refusal | None:
    return next((one for one in refusals if one is not None), None)


def _proof(proof: Proof) -> Refusal | None:
    if not proof.name.strip() or len(proof.name) > LONGEST_QUESTION:
        return Refusal("a piece of evidence has a name")
    path = proof.path
    if not path or safe_line(path) != path or len(path) > LONGEST_PATH:
        return Refusal("that is no path in the log")
    if _SHA256.fullmatch(proof.sha256) is None or proof.size < 0:
        return Refusal(f"{path} is not named by its hash")
    return None


def _threshold(text: str) -> Refusal | None:
    return said(text, "a threshold")


def _dissent(dissent: Dissent) -> Refusal | None:
    return name_refusal(dissent.who) or said(dissent.said, "a dissent")


def _words(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text.strip() for text in texts)


def _utc(when: datetime | None) -> datetime | None:
    return when.astimezone(UTC) if when is not None else None
