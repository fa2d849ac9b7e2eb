"""Sending in line mode: all is shown, then it is asked; and what became of it."""

from __future__ import annotations

from typing import Protocol

from runbook_tui.cli.messages_text import delivery_line, remark_lines, sending_lines
from runbook_tui.cli.plain_acts import Acts
from runbook_tui.cli.plain_words import parse
from runbook_tui.domain.messages import commands as cmd
from runbook_tui.domain.messages.channels import BY_HAND
from runbook_tui.domain.messages.events import Became
from runbook_tui.domain.messages.state import Delivery, Update
from runbook_tui.domain.text import safe_line
from runbook_tui.messaging import Messaging, Ready
from runbook_tui.session import Session

BECAME: dict[str, tuple[Became, str]] = {
    "arrived": ("arrived", "it is there: you looked"),
    "by-hand": ("by-hand", "you sent it by hand"),
    "again": ("again", "it is not there, you looked: send it again"),
    "give-up": ("given-up", "it is not there, and stays so"),
}


class Person(Protocol):
    """See `runbook_tui.cli.plain_person.Person`."""

    def tell(self, text: str = "") -> None: ...
    def ask(self, question: str) -> str | None: ...


class Sending:
    """Lets updates out, and takes down what somebody saw of them."""

    def __init__(self, session: Session, messaging: Messaging, person: Person, acts: Acts) -> None:
        self._session = session
        self._messaging = messaging
        self._person = person
        self._acts = acts

    def send(self, update: Update) -> None:
        """Shows exactly what goes where, asks, sends."""
        ready = self._messaging.ready(update)
        blocks = [each for each in ready.held if each.blocks]
        if blocks:
            self._person.tell("Not yet:")
            for line in remark_lines(blocks):
                self._person.tell(f"  {line}")
            return
        unapproved = ""
        if ready.approval is not None and not update.approvals:
            unapproved = self._without_approval(update, ready)
            if not unapproved:
                return
        refusal = self._messaging.why_not(ready, unapproved)
        if refusal is not None:
            self._acts.refused(refusal)
            return
        state = self._session.state
        renewed = self._messaging.renewed(update)
        for line in sending_lines(state, ready, renewed, unapproved):
            self._person.tell(line)
        read = (state.messages.moved, update.digest)
        if not self._acts.sure(f"send update {update.number}"):
            return
        self._session.catch_up()
        messages = self._session.state.messages
        if (messages.moved, messages.updates[update.number].digest) != read:
            self._person.tell("Things have changed while you read: look again before it is sent.")
            return
        refusal = self._messaging.send(ready, unapproved)
        if refusal is not None:
            self._acts.refused(refusal)
            return
        self._acts.changed = True
        served = "its channels are served meanwhile" if ready.to else ready.why_nobody
        self._person.tell(f"Update {update.number} is out: {served}.")

    def _without_approval(self, update: Update, ready: Ready) -> str:
        """Why it goes out without another person's word; "" where it waits for that."""
        role = ready.approval.role if ready.approval is not None else None
        who = f" ({safe_line(role)})" if role else ""
        run = self._session.state.run
        if update.lapsed:
            self._person.tell("The approval that was given is void: things have changed since.")
        self._person.tell(f"Another person{who} reads it and agrees:")
        self._person.tell(f"  runbook-tui message {run} {update.number} approve --as NAME")
        asked = "Enter waits for it; or say why it is sent without it: "
        why = (self._person.ask(asked) or "").strip()
        if not why:
            self._person.tell("not sent")
        return why

    # What became of it

    def by_hand(self, update: Update, rest: str) -> None:
        """That it reached people by other means."""
        if not update.is_draft:
            hand = [
                d.to.channel
                for d in update.left()
                if d.to.kind == BY_HAND and d.status != "under-way"
            ]
            first = parse(rest).word
            if first not in update.deliveries and len(hand) == 1:
                rest = f"{hand[0]} {rest}"
            said = parse(rest)
            self.answer(update, f"{said.word} by-hand {said.rest}")
            return
        step = self._session.state.plan.by_id.get(update.step or "")
        how = rest or self._acts.ask("how it reached them: ")
        if how:
            self._acts.act("done", step, how)

    def answer(self, update: Update, rest: str) -> None:
        """What became of a delivery, by somebody who looked."""
        left = [each for each in update.left() if each.status != "under-way"]
        if not left:
            self._person.tell("every channel has it, as far as they say")
            return
        said = parse(rest)
        name = said.word
        if not name:
            name = self._which(update, left)
            said = parse(f"{name} ")
        if name not in [each.to.channel for each in left]:
            if name:
                self._person.tell(f"nothing is to be answered for {safe_line(name, 64)!r}")
            return
        became, _, words = said.rest.partition(" ")
        if not became:
            self._person.tell("Look at the channel first: what was said twice cannot be unsaid.")
            for word, (_, what) in BECAME.items():
                self._person.tell(f"  {word:8} {what}")
            answer = self._acts.ask("what became of it, and what you saw: ") or ""
            became, _, words = answer.strip().partition(" ")
        if became not in BECAME:
            if became:
                known = ", ".join(BECAME)
                self._person.tell(f"{safe_line(became, 40)!r} is none of {known}: nothing was done")
            return
        if became == "again" and self._session.state.is_over:
            how = f"message {self._session.state.run} {update.number} settle {name} --again"
            self._person.tell(f"The run is over, no channel is served here: runbook-tui {how}")
            return
        reason = words.strip() or self._acts.ask("what you saw or did: ")
        if reason:
            self._acts.submit(cmd.SettleDelivery(update.number, name, BECAME[became][0], reason))

    def _which(self, update: Update, left: list[Delivery]) -> str:
        if len(left) == 1:
            return left[0].to.channel
        for each in left:
            run = self._session.state.run
            self._person.tell(delivery_line(run, update, each, driven=True, plain=True))
        return (self._acts.ask("which channel? ") or "").strip()
