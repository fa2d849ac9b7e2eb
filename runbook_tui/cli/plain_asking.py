"""What line mode asks a person for, and how it says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from runbook_tui.cli.plain_view import words
from runbook_tui.cli.plain_words import item_of, option_of
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.act import Act
from runbook_tui.domain.decide_preflight import find_open
from runbook_tui.domain.preflight import open_lines
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import Step
from runbook_tui.session import Session

SURE = "yes"


class Person(Protocol):
    """See `runbook_tui.cli.plain.Person`."""

    def tell(self, text: str = "") -> None: ...
    def ask(self, question: str) -> str | None: ...
    async def answer(self, question: str) -> str | None: ...


class Asking:
    """Asks a person, decides through the session, and says a refusal."""

    def __init__(self, session: Session, person: Person) -> None:
        self._session = session
        self._person = person
        self.left_over: Callable[[], None] = lambda: None
        """Says how what keeps the run from being closed is answered for."""
        self.changed = False
        """Whether something was recorded since this was last set to false."""

    def _answer(self, act: Act, step: Step | None, rest: str) -> str | None:
        """What the act asks for; None where it is not given."""
        match act.asks:
            case "nothing":
                return ""
            case "maybe-reason":
                return self._maybe(act, step, rest)
            case "item" if step is not None:
                key = item_of(act, self._session.state, step, rest)
                if key is None:
                    self._person.tell("which item? give its number or how it begins")
                return key
            case "option" if step is not None:
                given = rest or self.ask("which option (number or name, then why)? ")
                return option_of(step, given) if given else None
            case "value" if step is not None and step.observe is not None:
                label = words(step.observe.label, self._session.state.parameters)
                return rest or self.ask(f"{label}, as you see it: ")
            case "length":
                return rest or self.ask("how long and why (10m the copy is slow): ")
            case "text":
                return rest or self.ask("words: ")
            case "waiver" if step is not None:
                return rest or self._waiver(step)
            case _:
                return rest or self.ask("reason: ")

    def _maybe(self, act: Act, step: Step | None, rest: str) -> str | None:
        if rest:
            return rest
        refusal = self._session.ask(act.make(step.id if step is not None else "", ""))
        if refusal is None:
            return ""
        self._not_now(act, refusal)
        # Would any words help? If not, none are asked for.
        wordy = self._session.ask(act.make(step.id if step is not None else "", "…"))
        return None if wordy is not None else self.ask("reason: ")

    def ask(self, question: str) -> str | None:
        """Words, or None where nothing was typed, which is said."""
        answer = (self._person.ask(question) or "").strip()
        if not answer:
            self._person.tell("nothing was done")
        return answer or None

    def sure(self, what: str) -> bool:
        """Whether the person types that it is to be done."""
        mode = self._session.state.mode.upper()
        answer = self._person.ask(f"{what} ({mode})? Type {SURE} to do it: ")
        if (answer or "").strip() == SURE:
            return True
        self._person.tell("not done")
        return False

    def submit(self, command: cmd.AnyCommand, files: dict[str, bytes] | None = None) -> bool:
        """Decides and records; a refusal is said. Whether it was recorded."""
        answer = self._session.submit(command, files=files)
        if isinstance(answer, Refusal):
            self.refused(answer)
            return False
        self.changed = True
        return True

    def _not_now(self, act: Act, refusal: Refusal) -> None:
        self.refused(refusal)
        if act.id == "close":
            self.left_over()

    def refused(self, refusal: Refusal) -> None:
        """Says a refusal."""
        self._person.tell(f"refused: {refusal.reason}")
        if refusal.hint:
            self._person.tell(f"  {refusal.hint}")

    def _waiver(self, step: Step) -> str | None:
        """Asks for a waiver part by part, after saying what there is to waive."""
        now = self._session.clock.now()
        for line in open_lines(self._session.state, step, now):
            self._person.tell(line)
        parts: list[str] = []
        for question in ("which finding: ", "until (7d, or 2026-05-08T18:00Z): ", "owner: "):
            answer = self.ask(question)
            if answer is None:
                return None
            if not parts:
                meant = find_open(self._session.state, step, answer, now)
                if isinstance(meant, Refusal):
                    self.refused(meant)
                    return None
            parts.append(answer)
        reason = self.ask("reason: ")
        return None if reason is None else f"{parts[0]} {parts[1]} {parts[2]}: {reason}"
