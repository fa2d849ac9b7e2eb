"""Decision records in line mode: made with questions, listed, looked at again."""

from __future__ import annotations

from typing import Protocol, get_args

from runbook_tui.cli.begin import read_evidence
from runbook_tui.cli.records_text import list_lines, record_lines
from runbook_tui.domain.records.events import RecordEvent, Revisited, Way
from runbook_tui.domain.records.words import due_line
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import DecisionStep, Step
from runbook_tui.domain.text import safe_line
from runbook_tui.recording import Wish, option_of, record, revisit, with_costs
from runbook_tui.session import Recorded, Session

NEW = "new"
HOW = f"records 2; records {NEW}; records {NEW} of the step; records 2 kept, moved or changed"
OF_STEP = "of the step"
OUTCOMES: tuple[Revisited, ...] = get_args(Revisited)


class Person(Protocol):
    """See `runbook_tui.cli.plain.Person`."""

    def tell(self, text: str = "") -> None: ...
    def ask(self, question: str) -> str | None: ...


class Acts(Protocol):
    """See `runbook_tui.cli.plain_acts.Acts`."""

    def refused(self, refusal: Refusal) -> None: ...


class LeftError(Exception):
    """Somebody thought better of it, or is gone."""


class Records:
    """The decision records of a run, for a person."""

    def __init__(self, session: Session, person: Person, acts: Acts) -> None:
        self._session = session
        self._person = person
        self._acts = acts
        self._told = ""

    def remind(self) -> None:
        """Says once what is due for revisiting."""
        line = due_line(self._session.state.records, self._session.clock.now().utc)
        if line and line != self._told:
            self._person.tell(f"! {safe_line(line)}; records shows it")
        self._told = line

    def open(self, step: Step | None, rest: str) -> None:
        """The word ``records``, with what was typed after it."""
        first, _, more = rest.partition(" ")
        try:
            if not first:
                self._list()
            elif first == NEW:
                self._make(step if more.strip() == OF_STEP else None)
            elif first.isdecimal() and len(first) < 7:
                self._one(int(first), more.strip())
            else:
                self._person.tell(f"no such record: {safe_line(first, 40)!r}; {HOW}")
        except LeftError:
            self._person.tell("not done")

    def _list(self) -> None:
        records, now = self._session.state.records, self._session.clock.now().utc
        for line in list_lines(records, now):
            self._person.tell(line)
        if not records.by_number:
            self._person.tell("no decision record yet")
        self._person.tell(HOW)

    def _one(self, number: int, rest: str) -> None:
        records, now = self._session.state.records, self._session.clock.now().utc
        known = records.by_number.get(number)
        if known is None:
            self._person.tell(f"there is no record {number}; records lists them")
            return
        word, _, reason = rest.partition(" ")
        if not word:
            for line in record_lines(records, known, now):
                self._person.tell(line)
            return
        outcome = next((each for each in OUTCOMES if each == word), None)
        if outcome is None:
            self._person.tell(f"{word!r} is not what becomes of one: {', '.join(OUTCOMES)}")
            return
        later, until = 0, ""
        if outcome == "changed":
            answer = self._needed("which record stands in its place: ")
            later = int(answer) if answer.isdecimal() and len(answer) < 7 else 0
        else:
            until = self._asked("look again (14d, a day, nothing for no more): ")
        reason = reason.strip() or self._needed("reason: ")
        self._answer(revisit(self._session, number, outcome, reason, until, later))

    def _make(self, step: Step | None) -> None:
        if step is not None and not isinstance(step, DecisionStep):
            self._person.tell(f"{step.id} is no decision; records {NEW} asks for the question")
            return
        if step is None:
            wish = self._question()
            if wish is None:
                return
        else:
            wish = Wish(step=step.id)
            if self._session.state.of(step.id).choice is None:
                options = ", ".join(option.id for option in step.options)
                chosen = self._needed(f"chosen ({options}): ")
                wish = Wish(step=step.id, chosen=chosen, reason=self._needed("reason: "))
        evidence = self._many("evidence (NAME=PATH, or a path in the log; nothing to go on): ")
        thresholds = self._many("what would change it (nothing to go on): ")
        present = self._many("who decided it with you (nothing to go on): ")
        dissent = self._many("who was of another mind (bob: why; nothing to go on): ")
        back = self._asked("can it be taken back (reversible, one-way, until DATE, nothing): ")
        again = self._asked("look again (14d, a day, never: why): ")
        whole = Wish(
            question=wish.question,
            options=wish.options,
            chosen=wish.chosen,
            reason=wish.reason,
            step=wish.step,
            evidence=evidence,
            thresholds=thresholds,
            present=present,
            dissent=dissent,
            reversibility=back,
            revisit=again,
        )
        self._answer(record(self._session, whole, read_evidence))

    def _question(self) -> Wish | None:
        question = self._needed("question: ")
        options: list[Way] = []
        for text in self._many("option (id: title: what follows; nothing to go on): "):
            way = option_of(text)
            if isinstance(way, Refusal):
                self._acts.refused(way)
                return None
            options.append(way)
        costs = self._many("what an option costs (id: cost; nothing to go on): ")
        whole = with_costs(tuple(options), costs)
        if isinstance(whole, Refusal):
            self._acts.refused(whole)
            return None
        chosen = self._needed(f"chosen ({', '.join(way.id for way in whole)}): ")
        reason = self._needed("reason: ")
        return Wish(question=question, options=whole, chosen=chosen, reason=reason)

    def _answer(self, answer: tuple[Recorded, ...] | Refusal) -> None:
        if isinstance(answer, Refusal):
            self._acts.refused(answer)
            return
        numbers = [r.entry.event.number for r in answer if isinstance(r.entry.event, RecordEvent)]
        if numbers:
            self._one(numbers[0], "")

    def _asked(self, question: str) -> str:
        """An answer, which may be nothing."""
        answer = self._person.ask(question)
        if answer is None:
            raise LeftError
        return answer.strip()

    def _needed(self, question: str) -> str:
        """An answer; nothing leaves."""
        answer = self._asked(question)
        if not answer:
            raise LeftError
        return answer

    def _many(self, question: str) -> tuple[str, ...]:
        found: list[str] = []
        while answer := self._asked(question):
            found.append(answer)
        return tuple(found)
