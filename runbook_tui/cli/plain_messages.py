"""Messages in line mode: a draft with what stands against it, sent, and answered for."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from runbook_tui.cli.messages_text import due_text, list_lines, update_lines
from runbook_tui.cli.plain_acts import Acts
from runbook_tui.cli.plain_company import Company
from runbook_tui.cli.plain_drafts import Drafts, Editing, Person
from runbook_tui.cli.plain_sending import Sending
from runbook_tui.cli.plain_words import Said, parse
from runbook_tui.domain.messages import commands as cmd
from runbook_tui.domain.messages import events as mev
from runbook_tui.domain.messages.remarks import Kind
from runbook_tui.domain.messages.state import Update
from runbook_tui.domain.messages.words import KINDS
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import MessageStep, Step
from runbook_tui.domain.state import is_settled
from runbook_tui.messaging import Messaging
from runbook_tui.session import Session

DRAFT = {
    "send": "shows exactly what goes where, then asks",
    "edit": "write it in $EDITOR, or line by line: edit, edit customers",
    "write": "write it line by line: write customers",
    "facts": "the facts of now beside those in the text",
    "overrule": "answer for words that a rule blocks or warns of: overrule 1 they know the word",
    "withdraw": "leave it unsent for good: withdraw it is not needed",
}
OF_STEP = {
    "by-hand": "it was sent by other means: by-hand I told them on the telephone",
    "skip": "leave the message of this step out: skip nobody is affected",
    "delegate": "somebody else sends it: delegate bob: he has the list",
}
SENT = {
    "answer": "what became of a delivery: answer status-page arrived I looked at the page",
    "by-hand": "it is out on a channel that you copy it to: by-hand board I read it to them",
    "correct": "a correction of it",
}
ALWAYS = {
    "show": "show it whole again",
    "copy": "a text alone, to copy it: copy customers",
    "new": "another update: new delay",
    "no-news": "the same again, with the times of now",
    "list": "all updates: list; message 2 shows one",
    "help": "this",
    "back": "back to the step; a draft stays",
}
WHEN_OVER = frozenset({"answer", "show", "copy", "list", "help", "back"})
"""What is left to be said of a run that is over; what is by hand is an answer, too."""


class Messages:
    """Talks about updates until the person goes back."""

    def __init__(
        self,
        session: Session,
        messaging: Messaging,
        person: Person,
        acts: Acts,
        company: Company,
        edit: Callable[[str, str], str] | None,
    ) -> None:
        self._session = session
        self._messaging = messaging
        self._person = person
        self._acts = acts
        self._company = company
        self._drafts = Drafts(session, messaging, person, acts, edit)
        self._sending = Sending(session, messaging, person, acts)

    def of_step(self, step: Step) -> None:
        """The message of a step, made from its draft where there is none."""
        known = self._session.state.messages.of_step(step.id)
        if known is not None:
            self._talk(known.number)
        elif isinstance(step, MessageStep):
            self._talk(self._proposed(step.update, step=step.id))

    def open(self, step: Step | None, rest: str) -> None:
        """What ``message`` does, with what was typed after it."""
        said = parse(rest)
        messages = self._session.state.messages
        if said.word in ("new", "no-news"):
            self._talk(self._begin(said))
        elif said.word:
            number = int(said.word) if said.word.isdecimal() and len(said.word) < 7 else 0
            if number not in messages.updates:
                self._person.tell(f"there is no update {said.word!r}")
                self._list()
            else:
                self._talk(number)
        elif isinstance(step, MessageStep) and self._is_to_be_written(step):
            self.of_step(step)
        else:
            self._list()
            self._talk(self._newest())

    def _is_to_be_written(self, step: MessageStep) -> bool:
        state = self._session.state
        if state.is_over or is_settled(state, step):
            return state.messages.of_step(step.id) is not None
        return state.of(step.id).started is not None

    def _newest(self) -> int:
        """The newest draft, else what was sent last; 0 where there is nothing."""
        messages = self._session.state.messages
        found = messages.drafts[-1:] or messages.sent[-1:]
        return found[0].number if found else 0

    def _list(self) -> None:
        state = self._session.state
        stale = [u.number for u in state.messages.drafts if self._messaging.renewed(u) is not None]
        for line in list_lines(state, frozenset(stale), driven=not state.is_over):
            self._person.tell(line)
        self._person.tell(due_text(self._messaging.due(), self._session.clock.now()))
        if not state.messages.updates:
            self._person.tell("no update yet; message new KIND or message no-news writes one")

    # One update

    def _talk(self, number: int) -> None:
        """Shows an update, and does what is said about it."""
        shown: object = None
        while number:
            update = self._session.state.messages.updates[number]
            if shown != _seen(update):
                self._show(update)
            shown = _seen(update)
            offer = self._offer(update)
            line, news = self._company.ask(f"message {number}: {offer}; enter = back > ")
            if line is None:
                return
            said = parse(line)
            if said.word in ("", "back", "quit"):
                if said.word or not news:
                    return
                self._person.tell("That was decided meanwhile. Enter again goes back.")
                continue
            update = self._session.state.messages.updates[number]
            number = self._do(said, update)
            if said.word == "show":
                shown = None
            if self._is_done_with(update):
                return

    def _is_done_with(self, before: Update) -> bool:
        """Whether the step that it was for is settled now: what comes next is another one."""
        state = self._session.state
        step = state.plan.by_id.get(before.step or "")
        after = state.messages.updates[before.number]
        return before.is_draft and step is not None and is_settled(state, step) and (
            after.sent is not None or after.is_draft
        )  # fmt: skip

    def _words(self, update: Update) -> dict[str, str]:
        words = dict(ALWAYS)
        if update.is_draft:
            words = {**DRAFT, **(OF_STEP if update.step else {}), **ALWAYS}
        elif update.sent is not None:
            words = {**SENT, **ALWAYS}
        if self._session.state.is_over:
            return {word: what for word, what in words.items() if word in WHEN_OVER}
        return words

    def _offer(self, update: Update) -> str:
        return ", ".join(word for word in self._words(update) if word not in ("back", "write"))

    def _show(self, update: Update) -> None:
        ready = self._messaging.ready(update) if update.is_draft else None
        renewed = self._messaging.renewed(update) if update.is_draft else None
        state = self._session.state
        self._person.tell()
        driven = not state.is_over
        for line in update_lines(state, update, ready, renewed, driven=driven, plain=True):
            self._person.tell(line)

    def _do(self, said: Said, update: Update) -> int:
        """One word; the update to go on with, 0 for none."""
        words = self._words(update)
        if said.word not in words:
            self._person.tell(f"no such word here: {said.word!r}; help lists the words")
            return update.number
        match said.word:
            case "new" | "no-news":
                return self._begin(said) or update.number
            case "correct":
                return self._proposed(update.kind, corrects=update.number) or update.number
            case "list":
                self._list()
            case "help":
                for word, what in words.items():
                    self._person.tell(f"  {word:13} {what}")
            case "copy":
                self._drafts.copy(update, said.rest)
            case "show":
                pass
            case "send":
                self._sending.send(update)
            case "answer":
                self._sending.answer(update, said.rest)
            case "by-hand":
                self._sending.by_hand(update, said.rest)
            case "skip" | "delegate":
                step = self._session.state.plan.by_id.get(update.step or "")
                self._acts.act(said.word, step, said.rest)
            case word:
                self._drafts.do(_EDITING[word], update, said.rest)
        return update.number

    # New ones

    def _begin(self, said: Said) -> int:
        if said.word == "no-news":
            return self._proposed("progress", no_news=True)
        kind = said.rest.strip()
        if not kind:
            for name, words in KINDS.items():
                self._person.tell(f"  {name:11} {words}")
            kind = self._acts.ask("what does it tell? ") or ""
        found: Kind | None = next((k for k in get_args(Kind) if k == kind), None)
        if found is None:
            if kind:
                self._person.tell(f"{kind!r} is none of {', '.join(KINDS)}")
            return 0
        return self._proposed(found)

    def _proposed(
        self, kind: Kind, *, step: str | None = None, no_news: bool = False, corrects: int = 0
    ) -> int:
        """A draft from its template, taken down; its number, 0 where it is refused."""
        made = self._messaging.propose(kind, step=step, no_news=no_news, corrects=corrects)
        answer = made if isinstance(made, Refusal) else self._session.submit(made)
        if isinstance(answer, Refusal):
            self._acts.refused(answer)
            return 0
        assert isinstance(made, cmd.DraftUpdate)
        event = answer[-1].entry.event
        return event.update if isinstance(event, mev.UpdateDrafted) else 0


def _seen(update: Update) -> object:
    """What is shown anew when it changes; what channels answer is told as it comes."""
    return (
        update.number,
        dict(update.texts),
        dict(update.overruled),
        update.approvals,
        update.lapsed,
        update.sent,
        update.withdrawn,
    )


_EDITING: dict[str, Editing] = {
    "edit": "edit", "write": "write", "facts": "facts", "overrule": "overrule",
    "withdraw": "withdraw",
}  # fmt: skip
