"""Drafts in line mode: written, renewed, answered for, given up."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Literal, Protocol, TypeVar

from runbook_tui.cli.messages_text import remark_lines, stale_lines, text_lines
from runbook_tui.cli.plain_acts import Acts
from runbook_tui.domain.messages import commands as cmd
from runbook_tui.domain.messages.remarks import Audience
from runbook_tui.domain.messages.state import Update
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.text import safe_line
from runbook_tui.messaging import Messaging
from runbook_tui.opening import CannotOpenError
from runbook_tui.session import Session

Editing = Literal["edit", "write", "facts", "overrule", "withdraw"]
END = "."
"""A line that ends a text."""
T = TypeVar("T")


class Person(Protocol):
    """See `runbook_tui.cli.plain_person.Person`."""

    @property
    def present(self) -> bool: ...
    def tell(self, text: str = "") -> None: ...
    def ask(self, question: str) -> str | None: ...
    def away(self, work: Callable[[], T]) -> T: ...


class Drafts:
    """Changes drafts. It decides nothing: the session does."""

    def __init__(
        self,
        session: Session,
        messaging: Messaging,
        person: Person,
        acts: Acts,
        edit: Callable[[str, str], str] | None,
    ) -> None:
        self._session = session
        self._messaging = messaging
        self._person = person
        self._acts = acts
        self._edit = edit

    def do(self, what: Editing, update: Update, rest: str) -> None:
        """One act, with what was typed after its word."""
        match what:
            case "edit" | "write":
                self._write(update, rest, by_lines=what == "write")
            case "facts":
                self._renew(update)
            case "overrule":
                self._overrule(update, rest)
            case "withdraw":
                reason = rest or self._acts.ask("reason: ")
                if reason:
                    self._acts.submit(cmd.WithdrawUpdate(update.number, reason))

    def copy(self, update: Update, rest: str) -> None:
        """The text to one kind of readers, as it is sent and nothing beside it."""
        audience = self._audience(update, rest)
        if audience is not None:
            self._person.tell(update.texts[audience])

    def _audience(self, update: Update, rest: str) -> Audience | None:
        named = rest.strip() or (next(iter(update.texts)) if len(update.texts) == 1 else "")
        if not named:
            named = self._acts.ask(f"whose text ({', '.join(update.texts)})? ") or ""
        found: Audience | None = next((a for a in update.texts if a == named), None)
        if found is None and named:
            self._person.tell(f"there is no text to {safe_line(named, 40)!r}")
        return found

    # Writing

    def _write(self, update: Update, rest: str, *, by_lines: bool) -> None:
        audience = self._audience(update, rest)
        if audience is None:
            return
        # Whoever has no editor set may be at a terminal in which none can be used.
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
        if self._edit is None or not self._person.present or not editor or by_lines:
            text = self._by_lines(update, audience)
        else:
            text = self._in_editor(update, audience)
        if text is not None:
            self._keep(update, audience, text)

    def _in_editor(self, update: Update, audience: Audience) -> str | None:
        edit = self._edit
        assert edit is not None
        name = f"update-{update.number}-{audience}"
        try:
            return self._person.away(lambda: edit(update.texts[audience], name))
        except CannotOpenError as error:
            self._person.tell(f"{error}; write takes it line by line")
            return None

    def _by_lines(self, update: Update, audience: Audience) -> str | None:
        self._person.tell(f"The text to {audience} as it is:")
        for line in text_lines(update.texts[audience]):
            self._person.tell(line)
        self._person.tell(
            f"Type it anew. A line with only {END} ends it; at once, it stays as it is."
        )
        lines: list[str] = []
        while (typed := self._person.ask("| ")) is not None and typed.strip() != END:
            lines.append(typed)
        if typed is None or not any(line.strip() for line in lines):
            self._person.tell("the text is as it was")
            return None
        return "\n".join(lines).strip("\n")

    def _keep(self, update: Update, audience: Audience, text: str) -> None:
        self._session.catch_up()
        now = self._session.state.messages.updates[update.number]
        if now.texts.get(audience) != update.texts[audience]:
            self._person.tell("Somebody else has changed it meanwhile. What you wrote:")
            for line in text_lines(text):
                self._person.tell(line)
            return
        self._kept(self._messaging.keep(now, {**now.texts, audience: text}))

    def _kept(self, refusal: Refusal | None) -> None:
        if refusal is not None:
            self._acts.refused(refusal)

    def _renew(self, update: Update) -> None:
        renewed = self._messaging.renewed(update)
        if renewed is None:
            self._person.tell("every fact in it still holds")
            return
        for line in stale_lines(renewed):
            self._person.tell(line)
        for audience, text in renewed.texts.items():
            if text != update.texts[audience]:
                self._person.tell(f"to {audience}, as it would be:")
                for line in text_lines(text):
                    self._person.tell(line)
        if not self._acts.sure(f"take the new facts into update {update.number}"):
            return
        self._session.catch_up()
        now = self._session.state.messages.updates[update.number]
        if now.digest != update.digest:
            self._person.tell("Somebody else has changed it meanwhile: nothing was done")
            return
        self._kept(self._messaging.keep(now, renewed.texts, renewed.facts))

    # Answering for words

    def _overrule(self, update: Update, rest: str) -> None:
        held = [each for each in self._messaging.held(update) if each.overruled is None]
        if not held:
            self._person.tell("the rules have nothing to say")
            return
        if not rest:
            for n, line in enumerate(remark_lines(held), 1):
                self._person.tell(f"  {n}. {line}")
            rest = self._acts.ask("which, then why it is right (1 they know the word): ") or ""
        number, _, reason = rest.strip().partition(" ")
        if not number:
            return
        if not number.isdecimal() or len(number) > 4 or not 0 < int(number) <= len(held):
            self._person.tell(f"{safe_line(number, 40)!r} is no number of a remark")
            return
        chosen = held[int(number) - 1]
        why = reason.strip() or self._acts.ask("why it is right: ")
        if why:
            self._acts.submit(cmd.OverruleRemark(update.number, *chosen.key, why))
