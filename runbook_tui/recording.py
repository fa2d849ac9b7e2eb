"""Decision records as people make them: what they typed, its evidence, what is asked of the run.

The command line, line mode and the screen all fill in a `Wish`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.evidence import attached_path, attached_text
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.records.commands import AddToChoice, RecordDecision, RevisitDecision
from runbook_tui.domain.records.events import Dissent, Proof, Reversibility, Revisited, Way
from runbook_tui.domain.records.until import date_ahead
from runbook_tui.domain.rules import LONGEST_NAME, Refusal
from runbook_tui.domain.runbook import DecisionStep
from runbook_tui.domain.text import safe_line
from runbook_tui.session import Recorded, Session

FOLDER = "records"
"""Under ``evidence/`` in the log's tree."""
NEVER = "never"
_NEXT_LOOK = "the next look"
Read = Callable[[str], bytes]
"""Reads a file that a person names. Raises OSError, ValueError."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A decision record as somebody typed it."""

    question: str = ""
    options: tuple[Way, ...] = ()
    chosen: str = ""
    reason: str = ""
    evidence: tuple[str, ...] = ()
    """Each a ``NAME=PATH`` of a file here, or the path of one in the log."""
    thresholds: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    dissent: tuple[str, ...] = ()
    """Each ``NAME: what they said``."""
    reversibility: str = ""
    """``reversible``, ``one-way``, ``until DATE``, or nothing."""
    revisit: str = ""
    """A length, a day, a time, or ``never: why``."""
    step: str | None = None
    replaces: int = 0


@dataclass(frozen=True)
class _Beside:
    """What goes with a decision, read and hashed."""

    proofs: tuple[Proof, ...]
    dissent: tuple[Dissent, ...]
    reversibility: Reversibility
    reversible_until: datetime | None
    revisit: datetime | None
    unvisited: str
    files: Mapping[str, bytes] = field(default_factory=dict)


def record(session: Session, wish: Wish, read: Read) -> tuple[Recorded, ...] | Refusal:
    """Makes the record, or adds to what a decision step chose; where the step has not chosen yet,
    it does so first. Durable when it returns. Raises what the log raises."""
    beside = _beside(session, wish, read)
    if isinstance(beside, Refusal):
        return beside
    step = session.state.plan.by_id.get(wish.step or "")
    if isinstance(step, DecisionStep) and not wish.question.strip():
        return _of_step(session, step, wish, beside)
    command = RecordDecision(
        question=wish.question,
        options=wish.options,
        chosen=wish.chosen,
        reason=wish.reason,
        proofs=beside.proofs,
        thresholds=wish.thresholds,
        present=wish.present,
        dissent=beside.dissent,
        reversibility=beside.reversibility,
        reversible_until=beside.reversible_until,
        revisit=beside.revisit,
        unvisited=beside.unvisited,
        step=wish.step,
        replaces=wish.replaces,
    )
    return session.submit(command, files=beside.files)


def revisit(
    session: Session, number: int, outcome: Revisited, reason: str, until: str = "", by: int = 0
) -> tuple[Recorded, ...] | Refusal:
    """Says what became of a decision that was looked at again; `by` is the record in its place."""
    when: datetime | Refusal | None = None
    if until.strip():
        when = date_ahead(until, session.clock.now(), _NEXT_LOOK)
    if isinstance(when, Refusal):
        return when
    command = RevisitDecision(number=number, outcome=outcome, reason=reason, revisit=when)
    return session.submit(replace(command, record=by))


def option_of(text: str) -> Way | Refusal:
    """``id: title: consequence (costs two days)`` as an option; the last two may be missing."""
    text, cost = text.strip(), ""
    if text.endswith(")") and " (costs " in text:
        text, _, cost = text[:-1].rpartition(" (costs ")
    id_, colon, rest = text.partition(":")
    title, _, consequence = rest.partition(":")
    if not colon or not title.strip():
        return Refusal(
            f"{safe_line(text, 60)!r} is no option", "id: title, or id: title: what follows from it"
        )
    return Way(
        id=id_.strip(), title=title.strip(), consequence=consequence.strip(), cost=cost.strip()
    )


def with_costs(options: tuple[Way, ...], costs: tuple[str, ...]) -> tuple[Way, ...] | Refusal:
    """The options with what they cost, each cost an ``id: text``."""
    known = {way.id: way for way in options}
    for text in costs:
        id_, _, cost = text.partition(":")
        way = known.get(id_.strip())
        if way is None or not cost.strip():
            return Refusal(f"{safe_line(text, 60)!r} is no cost of an option", "id: what it costs")
        known[way.id] = replace(way, cost=cost.strip())
    return tuple(known.get(way.id, way) for way in options)


def _of_step(
    session: Session, step: DecisionStep, wish: Wish, beside: _Beside
) -> tuple[Recorded, ...] | Refusal:
    known = session.state.records.chosen(step.id)
    chose: tuple[Recorded, ...] = ()
    if wish.options:
        return Refusal(f"{step.id} has its own options", "leave them out, or ask another question")
    if wish.replaces:
        return Refusal("a step's choice replaces nothing", "reopen the step and choose again")
    if known is None or session.state.of(step.id).choice is None:
        if not wish.chosen:
            options = ", ".join(option.id for option in step.options)
            return Refusal(f"{step.id} has not chosen yet", f"choose one of {options}")
        answer = session.submit(cmd.ChooseOption(step.id, wish.chosen, wish.reason))
        if isinstance(answer, Refusal):
            return answer
        chose = answer
    elif wish.chosen not in ("", known.chosen):
        return Refusal(
            f"{step.id} chose {known.chosen}, not {wish.chosen}", "reopen it to choose again"
        )
    command = AddToChoice(
        step=step.id,
        proofs=beside.proofs,
        thresholds=wish.thresholds,
        present=wish.present,
        dissent=beside.dissent,
        reversibility=beside.reversibility,
        reversible_until=beside.reversible_until,
        revisit=beside.revisit,
        unvisited=beside.unvisited,
    )
    if chose and command == AddToChoice(step=step.id):
        return chose
    added = session.submit(command, files=beside.files)
    return added if isinstance(added, Refusal) else (*chose, *added)


def _beside(session: Session, wish: Wish, read: Read) -> _Beside | Refusal:
    now = session.clock.now()
    dissent = []
    for text in wish.dissent:
        who, colon, said = text.partition(":")
        if not colon:
            return Refusal("who was of another mind?", "bob: why not wait for a week?")
        dissent.append(Dissent(who=who.strip(), said=said.strip()))
    looked = _again(wish.revisit.strip(), now)
    if isinstance(looked, Refusal):
        return looked
    back = _way_back(wish.reversibility.strip(), now)
    if isinstance(back, Refusal):
        return back
    proofs: list[Proof] = []
    files: dict[str, bytes] = {}
    for text in wish.evidence:
        proof = _proof(session, text, read, len(proofs), files)
        if isinstance(proof, Refusal):
            return proof
        proofs.append(proof)
    return _Beside(tuple(proofs), tuple(dissent), *back, *looked, files)


def _again(text: str, now: Moment) -> tuple[datetime | None, str] | Refusal:
    """When it is looked at again, and why not where never."""
    word, _, why = text.partition(":")
    if not text:
        return None, ""
    if word.strip() == NEVER:
        return (None, why.strip()) if why.strip() else Refusal("never? why not?", "never: why")
    when = date_ahead(text, now, _NEXT_LOOK)
    return when if isinstance(when, Refusal) else (when, "")


def _way_back(text: str, now: Moment) -> tuple[Reversibility, datetime | None] | Refusal:
    match text.split(maxsplit=1):
        case []:
            return "not-said", None
        case ["reversible"]:
            return "reversible", None
        case ["one-way"]:
            return "one-way", None
        case ["until", date]:
            when = date_ahead(date, now, "the end of the way back")
            return when if isinstance(when, Refusal) else ("until", when)
        case _:
            return Refusal("can it be taken back?", "reversible, one-way, or until DATE")


def _proof(
    session: Session, text: str, read: Read, count: int, files: dict[str, bytes]
) -> Proof | Refusal:
    """A piece of evidence: of a file here, which is put into `files`, or of one in the log."""
    name, equals, path = text.partition("=")
    if not equals:
        return in_log(session, text.strip())
    if not name.strip() or not path.strip():
        return Refusal("evidence is NAME=PATH, or the path of a file in the log")
    name = safe_line(session.redactor.text(name.strip()), LONGEST_NAME)
    try:
        content = read(path.strip())
    except OSError as error:
        return Refusal(f"{path}: {error.strerror or error}")
    except ValueError as error:
        return Refusal(str(error))
    stored = attached_text(name, content, session.redactor)
    if isinstance(stored, Refusal):
        return stored
    # By the number of the event to come no two pieces share a path: none hides another.
    mark = f"{count + 1}-{name}" if count else name
    where = attached_path(FOLDER, mark, session.state.seq + 1)
    files[where] = stored
    return Proof(name=name, path=where, sha256=_hash(stored), size=len(stored))


def in_log(session: Session, path: str) -> Proof | Refusal:
    """A file of the run's log as evidence, by what is stored there now."""
    if not path or safe_line(path) != path:
        return Refusal("evidence is NAME=PATH, or the path of a file in the log")
    try:
        stored = session.log.file(path, session.head)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError):
        return Refusal(f"the log has no file {path}", "NAME=PATH takes one from here")
    name = path.rsplit("/", 1)[-1]
    return Proof(name=name, path=path, sha256=_hash(stored), size=len(stored))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
