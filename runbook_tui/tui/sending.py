"""Acts of sending a message: shows exactly what goes where, asks, sends; and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.content import Content

from runbook_tui.domain.messages import commands as cmd
from runbook_tui.domain.messages.channels import BY_HAND
from runbook_tui.domain.messages.events import Became
from runbook_tui.domain.messages.state import Update
from runbook_tui.domain.messages.words import STATUS
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.rules import LONGEST_TEXT, Refusal
from runbook_tui.domain.text import safe_line, safe_text
from runbook_tui.session import BrokenLogError
from runbook_tui.tui.folding import Line
from runbook_tui.tui.screens.ask import Ask
from runbook_tui.tui.screens.choose import Choice, Choose
from runbook_tui.tui.screens.confirm import Confirm

if TYPE_CHECKING:
    from runbook_tui.messaging import Messaging, Ready
    from runbook_tui.tui.performing import Host, Performer


class SendActs:
    """What leads out of the program, and what a person saw arrive."""

    def __init__(self, host: Host, performer: Performer) -> None:
        self._host = host
        self._performer = performer

    @property
    def _messaging(self) -> Messaging:
        return self._host.driving.messaging

    async def send(self, update: Update) -> None:
        """Shows exactly what goes where, asks, sends."""
        ready = self._messaging.ready(update)
        blocks = [each for each in ready.held if each.blocks]
        if blocks:
            first = blocks[0]
            more = f", and {len(blocks) - 1} more" if len(blocks) > 1 else ""
            self._host.say(
                f"Not yet: {first.remark.rule} in the text to {first.audience}{more}. "
                f"{first.remark.why}.",
                bad=True,
            )
            return
        unapproved = ""
        if ready.approval is not None and not update.approvals:
            answer = await self._without_approval(update, ready)
            if answer is None:
                return
            unapproved = answer
        lines = self._before_sending(ready, unapproved)
        state = self._host.driving.session.state
        title = f"Send update {update.number}? · {state.mode.upper()}"
        if not await self._host.ask(Confirm(title, lines, "send it")):
            return
        if not self._recorded(lambda: self._messaging.send(ready, unapproved)):
            return
        many = sum(to.kind != BY_HAND for to in ready.to)
        if many:
            way = f"on its way to {many} channel{'' if many == 1 else 's'}, in the background"
        else:
            way = "yours to copy to its channels" if ready.to else ready.why_nobody
        self._host.say(f"Update {update.number} is recorded: {way}.")

    def _recorded(self, act: Callable[[], Refusal | None]) -> bool:
        """Whether it was done; what kept it from being recorded, or refused it, is said."""
        try:
            refusal = act()
        except LogFailure as error:
            self._performer.storage_failed(error)
            return False
        except BrokenLogError as error:
            self._host.say(f"The log cannot be followed: {error}", bad=True)
            return False
        if refusal is not None:
            self._host.say(str(refusal), bad=True)
        return refusal is None

    async def _without_approval(self, update: Update, ready: Ready) -> str | None:
        """Another person's word, or why it goes out without it; None for not now."""
        state = self._host.driving.session.state
        who = f" ({ready.approval.role})" if ready.approval and ready.approval.role else ""
        command = f"runbook-tui message {state.run} {update.number} approve --as NAME"
        void = (
            "The approval that was given is void: things have changed.\n" if update.lapsed else ""
        )
        body = Content.assemble(
            (void, "$warning"), f"Another person{who} reads it and agrees:\n", (command, "$accent")
        )
        choices = [
            Choice("", "Wait for it", "nothing is sent"),
            Choice("without", "Send it without", "asks why; the log and the reviewer see it"),
        ]
        choice = await self._host.ask(
            Choose(f"Update {update.number} is not approved", body, choices)
        )
        if not choice:
            return None
        return await self._host.ask(
            Ask(
                "Send it without approval", "Why it cannot wait", placeholder="Why", check=in_bounds
            )
        )

    def _before_sending(self, ready: Ready, unapproved: str) -> list[Line]:
        update, lines = ready.update, list[Line]()
        renewed = self._messaging.renewed(update)
        if renewed is not None:
            names = ", ".join(name.replace("_", " ") for name in renewed.changed)
            words = f"STALE: {names} changed since it was written; esc, then u shows the new ones."
            lines.append(Content.styled(words, "bold $error"))
        if not ready.to:
            lines.append(Content.styled(f"Nobody is told: {ready.why_nobody}.", "bold $warning"))
        for to in ready.to:
            who = safe_line(to.recipients) or f"{to.audience}, as the channel has them"
            hand = "  you copy it there" if to.kind == "by-hand" else ""
            lines.append(
                Content.assemble(
                    ("→ ", "$accent"),
                    (safe_line(to.channel), "bold"),
                    f"  {who}",
                    (hand, "$warning"),
                )
            )
        if update.approvals:
            names = safe_line(", ".join(each.by for each in update.approvals))
            lines.append(Content.styled(f"✓ approved by {names}", "$success"))
        elif unapproved:
            words = f"! without approval: {safe_line(unapproved)}"
            lines.append(Content.styled(words, "bold $warning"))
        for each in ready.held:
            answered = f" (overruled: {safe_line(each.overruled)})" if each.overruled else ""
            said = f"“{safe_line(each.remark.said, 30)}” " if each.key[2] else ""
            words = f"! {each.audience}: {each.remark.rule} {said}{answered}"
            lines.append(Content.styled(words, "$warning"))
        lines += [Content(""), Content.styled(safe_line(ready.title), "bold")]
        for audience, text in update.texts.items():
            lines += [Content(""), Content.styled(f"to {audience}", "bold $accent")]
            lines += [Content(part) for part in safe_text(text).split("\n")]
        return lines

    async def answer(self, update: Update) -> None:
        """What became of a delivery, by somebody who looked."""
        open_ones = [
            d for d in update.deliveries.values() if d.status not in ("under-way", "delivered")
        ]
        if not open_ones:
            self._host.say("Every channel has it, as far as they say.")
            return
        name = open_ones[0].to.channel
        if len(open_ones) > 1:
            choices = [
                Choice(d.to.channel, d.to.channel, f"{STATUS[d.status][1]} {safe_line(d.words)}")
                for d in open_ones
            ]
            chosen = await self._host.ask(Choose("Which channel?", "", choices))
            if chosen is None:
                return
            name = chosen
        known = update.deliveries[name]
        body = Content.assemble(
            f"{STATUS[known.status][1]}: {safe_line(known.words) or 'no words'}\n",
            ("Look at the channel first: what was said twice cannot be unsaid.", "$warning"),
        )
        options = [
            Choice("", "Look first", "nothing is recorded"),
            Choice("by-hand", "I sent it by hand", "the text is out"),
            Choice("arrived", "It is there", "you looked"),
            Choice("again", "It is not there: send it again", "you looked"),
            Choice("given-up", "It is not there: give it up", "nothing more is tried"),
        ]
        if known.to.kind == "by-hand":
            options = [options[0], options[1], options[4]]
        became = await self._host.ask(Choose(f"Update {update.number} on {name}", body, options))
        if not became:
            return
        why = await self._host.ask(
            Ask(
                f"{name}: {_TITLES[_BECAME[became]]}",
                "What you saw or did; it is recorded, and can be answered anew",
                placeholder="What you saw",
                check=in_bounds,
            )
        )
        if why:
            self._performer.submit(cmd.SettleDelivery(update.number, name, _BECAME[became], why))


_TITLES: dict[Became, str] = {
    "arrived": "it is there",
    "by-hand": "sent by hand",
    "again": "send it again",
    "given-up": "give it up",
}
_BECAME: dict[str, Became] = {
    "arrived": "arrived",
    "by-hand": "by-hand",
    "again": "again",
    "given-up": "given-up",
}


def in_bounds(text: str) -> str | None:
    """Why words are too many, or None."""
    return f"At most {LONGEST_TEXT:,} characters." if len(text) > LONGEST_TEXT else None
