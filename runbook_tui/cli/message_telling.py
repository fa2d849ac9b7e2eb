"""What every act of `message` has in common: the run, and how it says what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

from runbook_tui.cli import exits, say, wiring
from runbook_tui.cli.lines import decision_json, decision_line
from runbook_tui.cli.message_asked import Asked, Meant
from runbook_tui.cli.messages_json import delivery_json, update_json
from runbook_tui.cli.messages_text import update_lines
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.messages.state import Update
from runbook_tui.domain.rules import Refusal
from runbook_tui.messaging import Messaging, Ready, Renewed
from runbook_tui.session import Recorded, Session


@dataclass
class Telling:
    """One act on the messages of a run, in this program."""

    session: Session
    messaging: Messaging
    what: Meant
    asked: Asked
    as_json: bool

    def __post_init__(self) -> None:
        self._before = len(self.session.entries)

    @property
    def driven(self) -> bool:
        """Whether a program on this machine drives the run."""
        return wiring.driver_here(self.session.state.run) is not None

    def about(self, update: Update) -> tuple[Ready | None, Renewed | None]:
        """What a draft would be sent as, and its facts of now; nothing for what is none."""
        if not update.is_draft:
            return None, None
        return self.messaging.ready(update), self.messaging.renewed(update)

    def lines(self, update: Update) -> str:
        """An update, whole."""
        ready, renewed = self.about(update)
        state, driven = self.session.state, self.driven
        return "\n".join(update_lines(state, update, ready, renewed, driven=driven))

    def document(self, update: Update) -> dict[str, Any]:
        """An update, whole, for programs."""
        ready, renewed = self.about(update)
        return update_json(self.session.state, update, ready, renewed, driven=self.driven)

    def submit(self, command: cmd.AnyCommand) -> tuple[Recorded, ...]:
        """Records it. Raises StopError (1) where it is refused, and what the log raises."""
        answer = self.session.submit(command)
        if isinstance(answer, Refusal):
            self.refuse(answer)
        return answer

    def decided(self, command: cmd.AnyCommand) -> int:
        """Records it, and says so; the exit code."""
        self.submit(command)
        self.say_recorded()
        return self.report(self.what.update) if self.as_json else exits.FINE

    def say_recorded(self) -> None:
        """What was recorded, as `log` prints it."""
        if not self.as_json:
            for each in self._recorded():
                say.out(decision_line(each, short=True))

    def _recorded(self) -> list[Recorded]:
        name = self.session.who.name
        return [r for r in self.session.entries[self._before :] if r.entry.by == name]

    def report(self, number: int, code: int = exits.FINE, refusal: Refusal | None = None) -> int:
        """The one document of an act."""
        state = self.session.state
        update = state.messages.updates.get(number)
        driven = self.driven
        say.json_out(
            {
                "run": state.run,
                "update": number or None,
                "digest": update.digest if update is not None else None,
                "recorded": [decision_json(each) for each in self._recorded()],
                "deliveries": [
                    delivery_json(each, driven=driven)
                    for each in (update.deliveries.values() if update is not None else ())
                ],
                "refused": {"reason": refusal.reason, "hint": refusal.hint} if refusal else None,
            }
        )
        return code

    def refuse(self, refusal: Refusal) -> NoReturn:
        """Raises StopError (1) with the reason and the hint."""
        if self.as_json:
            self.report(self.what.update, exits.NO, refusal)
        raise exits.refused(refusal)
