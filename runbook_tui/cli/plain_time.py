"""The clocks in line mode: a line before each prompt, alarms once each, and `time`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from runbook_tui.cli import say
from runbook_tui.cli.clocks import clocks_text
from runbook_tui.cli.plain_acts import Acts
from runbook_tui.cli.plain_words import parse
from runbook_tui.domain.acts import ACTS, why_not
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.schedule.alarm import alarms, unanswered
from runbook_tui.domain.schedule.bell import Bell
from runbook_tui.domain.schedule.clock_words import brief, question, question_line
from runbook_tui.messaging import Messaging
from runbook_tui.session import Session


class Person(Protocol):
    """See `runbook_tui.cli.plain.Person`."""

    def tell(self, text: str = "") -> None: ...
    def ask(self, question: str) -> str | None: ...


class Clocks:
    """Tells a person what the clocks say, and what can be done about it."""

    def __init__(
        self,
        session: Session,
        person: Person,
        acts: Acts,
        messaging: Messaging,
        ring: Callable[[], None] = say.bell,
    ) -> None:
        self._session = session
        self._person = person
        self._acts = acts
        self._messaging = messaging
        self._ring = ring
        self._bell = Bell()

    def tell(self) -> None:
        """What is to be known before anything is decided: deadlines that are newly near or have
        passed, the question that one of them asks, and the clocks in a line."""
        if self._session.state.is_over:
            return
        now = self._session.clock.now()
        self._messaging.tell_overdue(now)
        state, reading = self._session.state, self._session.reading(now)
        if reading is None:
            return
        fresh = self._bell.fresh(alarms(state, reading))
        for alarm in fresh:
            self._person.tell(f"! {alarm.text}")
        if fresh:
            self._ring()
        for line in (question_line(unanswered(state, reading), "time"), brief(reading)):
            if line:
                self._person.tell(line)

    def show(self, step: Step | None) -> None:
        """The clocks in full, and what can be done: a deadline that has passed comes first."""
        state = self._session.state
        reading = self._session.reading()
        if reading is None or state.is_over:
            self._person.tell("no clock runs here: the run is over, or was begun without a plan")
            return
        for line in clocks_text(state, reading, "one of these"):
            self._person.tell(line)
        names = []
        for name in question(unanswered(state, reading)).acts:
            act = ACTS[name]
            target = None if act.on_run else step
            if target is None and not act.on_run:
                continue
            refusal = why_not(state, act, target, self._session.who.name)
            about = f" ({target.id})" if target is not None else ""
            help_ = f"not now: {refusal}" if refusal is not None else act.help
            names.append(name)
            self._person.tell(f"  {len(names)}. {name}{about}  {help_}")
        answer = (
            self._person.ask("a number or word, then what it asks for; Enter for none: ")
        ) or ""
        said = parse(answer)
        if said.word.isdecimal() and len(said.word) < 3 and 0 < int(said.word) <= len(names):
            self._acts.act(names[int(said.word) - 1], step, said.rest)
        elif said.word in names:
            self._acts.act(said.word, step, said.rest)
        elif said.word:
            self._person.tell(f"{said.word!r} is none of them: nothing was done")
