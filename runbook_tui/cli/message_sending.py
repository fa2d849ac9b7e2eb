"""Agreeing to an update, sending it, and saying what became of it, from the command line."""

from __future__ import annotations

import sys
from collections.abc import Collection

from runbook_tui.cli import exits, say, wiring
from runbook_tui.cli.begin import Held
from runbook_tui.cli.exits import bad_input
from runbook_tui.cli.message_serving import serve
from runbook_tui.cli.message_telling import Telling
from runbook_tui.cli.messages_text import sending_lines
from runbook_tui.domain.messages import commands as cmd
from runbook_tui.domain.messages.events import Became
from runbook_tui.domain.messages.state import Update
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.text import safe_line
from runbook_tui.opening import CannotOpenError

BECAME: dict[str, Became] = {
    "arrived": "arrived", "by-hand": "by-hand", "again": "again", "given-up": "given-up",
}  # fmt: skip


class Sending:
    """Acts that let something out, or say what came of it."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self._session = telling.session
        self._messaging = telling.messaging
        self._asked = telling.asked

    def do(self, update: Update) -> int:
        """One act; the exit code."""
        match self._telling.what.action:
            case "approve":
                return self._approve(update)
            case "send":
                return self._send(update)
            case _:
                return self._settle(update)

    def _approve(self, update: Update) -> int:
        note, digest = self._asked.note or "", self._digest()
        agreeing = cmd.ApproveUpdate(update.number, digest or update.digest, note)
        refusal = self._session.ask(agreeing)
        if refusal is not None:
            self._telling.refuse(refusal)
        if not digest:
            self._needs_terminal()
            say.err(self._telling.lines(update))
            name = safe_line(self._session.who.name)
            self._confirm(update, f"{name} approves exactly this? [y/N] ", ("y", "yes"))
        return self._telling.decided(agreeing)

    def _send(self, update: Update) -> int:
        state, digest = self._session.state, self._digest()
        if not update.is_draft or state.is_over:
            # Whatever would be decided about it: the words are those of the rules.
            refusal = self._session.ask(cmd.WithdrawUpdate(update.number))
            if refusal is not None:
                self._telling.refuse(refusal)
        if not update.digest.startswith(digest):
            words = "the text is not the one that was read"
            self._telling.refuse(Refusal(words, "read it again before it is sent"))
        if not digest:
            self._needs_terminal()
        unapproved = (self._asked.reason or "") if self._asked.unapproved else ""
        ready = self._messaging.ready(update)
        renewed = self._messaging.renewed(update)
        say.err("\n".join(sending_lines(state, ready, renewed, unapproved)))
        refusal = self._messaging.why_not(ready, unapproved)
        if refusal is not None:
            self._telling.refuse(refusal)
        if not digest:
            question = f"send it ({state.mode.upper()})? Type yes to do it: "
            self._confirm(update, question, ("yes",))
        refusal = self._messaging.send(ready, unapproved)
        if refusal is not None:
            self._telling.refuse(refusal)
        if not ready.to:
            say.err(f"nobody is told: {ready.why_nobody}")
        return self._served(update.number, tuple(to.channel for to in ready.to))

    def _digest(self) -> str:
        return (self._asked.digest or "").strip().lower()

    def _served(self, number: int, channels: tuple[str, ...]) -> int:
        telling = self._telling
        telling.say_recorded()
        code = exits.INTERRUPTED
        try:
            code = (
                serve(self._session, self._messaging, number, channels, quiet=telling.as_json)
                if channels
                else exits.FINE
            )
        finally:
            if telling.as_json:
                telling.report(number, code)
        return code

    def _needs_terminal(self) -> None:
        if not wiring.interactive():
            run, what = self._session.state.run, self._telling.what
            raise bad_input(
                f"there is no terminal to ask on: {what.action} needs --text, the first digits of "
                "the text that was read",
                f"read it: runbook-tui message {run} {what.update}",
            )

    def _confirm(self, update: Update, question: str, yes: Collection[str]) -> None:
        """Asks. Raises StopError (1) where the answer is anything else, and where what was read is
        not what there is any more."""
        read = (self._session.state.messages.moved, update.digest)
        say.err(question, end="")
        if sys.stdin.readline().strip().lower() not in yes:
            raise exits.the_answer_is_no("nothing was done")
        self._session.catch_up()
        state = self._session.state
        if (state.messages.moved, state.messages.updates[update.number].digest) != read:
            how = f"runbook-tui message {state.run} {update.number}"
            words = "things have changed while it was read"
            self._telling.refuse(Refusal(words, f"read it again: {how}"))

    def _settle(self, update: Update) -> int:
        channel = self._telling.what.about
        known = update.deliveries.get(channel)
        if known is not None and known.status == "under-way":
            self._settle_interrupted()
        became = BECAME[self._asked.became or ""]
        command = cmd.SettleDelivery(update.number, channel, became, self._asked.reason or "")
        if became != "again":
            return self._telling.decided(command)
        self._telling.submit(command)
        return self._served(update.number, (channel,))

    def _settle_interrupted(self) -> None:
        """What a program that died left under way is unknown; not so where one is at it."""
        held = Held()
        try:
            held.take(self._session.state.run, self._session.who)
        except CannotOpenError:
            return
        try:
            self._session.catch_up()
            self._messaging.delivering.settle_interrupted()
        finally:
            held.release()
