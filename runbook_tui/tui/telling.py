"""Acts on messages: writes, holds against the rules, shows before sending, sends, answers for what
became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from runbook_tui.domain.messages import commands as cmd
from runbook_tui.domain.messages import events as mev
from runbook_tui.domain.messages.events import Became
from runbook_tui.domain.messages.held import NEVER_OVERRULED
from runbook_tui.domain.messages.remarks import Audience, Kind
from runbook_tui.domain.messages.state import Update
from runbook_tui.domain.messages.words import KINDS, STATUS
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.rules import LONGEST_TEXT, Refusal
from runbook_tui.domain.runbook import MessageStep, Step
from runbook_tui.domain.text import safe_line, safe_text
from runbook_tui.session import BrokenLogError
from runbook_tui.tui.folding import Line, Verbatim
from runbook_tui.tui.present.messages import side_by_side
from runbook_tui.tui.screens.ask import Ask
from runbook_tui.tui.screens.choose import Choice, Choose
from runbook_tui.tui.screens.confirm import Confirm
from runbook_tui.tui.screens.messages import Messages
from runbook_tui.tui.screens.viewer import Viewer

if TYPE_CHECKING:
    from runbook_tui.messaging import Messaging, Ready
    from runbook_tui.tui.performing import Host, Performer

HELP = (
    "What is told to whom. A draft is filled in from the state of the run and taken down as you",
    "type; nothing leaves before you saw exactly what goes where, and said so.",
    "",
    "e enter  Write. What came from the run is marked; what the rules block or warn of, too.",
    "         esc done · tab next reader · ctrl+z undo · ctrl+y redo.   E  In $EDITOR.",
    "tab      The text for the next readers: customers, executives, colleagues.",
    "s        Send: shows text, recipients, channels and who agreed, then asks.",
    "u        New facts beside those in the text; what you wrote by hand stays.",
    "o        Overrule: answer for words that a rule blocks or warns of, with a reason.",
    "n        A new update.   .  No news: the same again, with the times of now.",
    "c        Correct what was sent.   w  Withdraw a draft.",
    "a        Answer for a channel: it is there, sent by hand, send again, given up.",
    "y        Copy the text, for channels that the program does not reach.",
    "",
    "A channel that hangs or fails costs you nothing: it is tried again in the background. Where",
    "nobody knows whether a message arrived, it says “unknown, check the channel”.",
)


class MessageActs:
    """Everything about messages that a person does on the screen."""

    def __init__(self, host: Host, performer: Performer) -> None:
        self._host = host
        self._performer = performer

    @property
    def _messaging(self) -> Messaging:
        return self._host.driving.messaging

    def serve(self) -> None:
        """Begins with what is to be sent: from here on channels are served in the background. What
        a run that is over still owes is left to whoever goes on with it."""
        if self._host.driving.session.state.is_over:
            return
        delivering = self._messaging.delivering
        delivering.tell = lambda words: self._host.say(words, bad=True)
        try:
            delivering.start()
        except LogFailure as error:
            self._performer.storage_failed(error)
        except BrokenLogError as error:
            self._host.say(f"The log cannot be followed: {error}", bad=True)

    async def start(self, step: Step | None) -> None:
        """Opens the messages; those of a message step with its draft, made where there is none."""
        state = self._host.driving.session.state
        chosen = 0
        if isinstance(step, MessageStep) and not state.is_over:
            known = state.messages.of_step(step.id)
            if known is not None:
                chosen = known.number
            elif state.of(step.id).settled is None:
                made = self._propose(step.update, step=step.id)
                if made is None:
                    return
                chosen = made
        await self._host.ask(Messages(self._host.driving, self, chosen))

    def _propose(
        self, kind: Kind, *, step: str | None = None, no_news: bool = False, corrects: int = 0
    ) -> int | None:
        """A draft from its template, taken down; its number."""
        proposed = self._messaging.propose(kind, step=step, no_news=no_news, corrects=corrects)
        if isinstance(proposed, Refusal):
            self._host.say(str(proposed), bad=True)
            return None
        recorded = self._performer.submit(proposed)
        if recorded is None:
            return None
        event = recorded[-1].entry.event
        return event.update if isinstance(event, mev.UpdateDrafted) else None

    def keep(self, update: Update, texts: dict[Audience, str]) -> None:
        """Takes a draft down as it stands."""
        try:
            refusal = self._messaging.keep(update, texts)
        except LogFailure as error:
            self._performer.storage_failed(error)
            return
        except BrokenLogError as error:
            self._host.say(f"The log cannot be followed: {error}", bad=True)
            return
        if refusal is not None:
            self._host.say(str(refusal), bad=True)

    async def help(self) -> None:
        """The keys of this screen."""
        await self._host.ask(Viewer("Messages", [Content(line) for line in HELP]))

    # Drafts

    async def new(self) -> int | None:
        """A new update, of a kind."""
        choices = [Choice(kind, words, _MEANS[kind]) for kind, words in KINDS.items()]
        kind = await self._host.ask(Choose("New update", "What does it tell?", choices))
        return self._propose(_KIND[kind]) if kind else None

    async def no_news(self) -> int | None:
        """That there is nothing new; goes on to what is shown before it is sent."""
        number = self._propose("progress", no_news=True)
        if number is not None:
            update = self._host.driving.session.state.messages.updates[number]
            await self.send(update)
        return number

    async def correct(self, update: Update) -> int | None:
        """A correction, which names what it corrects."""
        return self._propose(update.kind, corrects=update.number)

    async def withdraw(self, update: Update) -> None:
        """A draft that is not sent; asks why."""
        body = Content.styled("It stays in the log and is sent to nobody.", "$quiet")
        title = f"Withdraw update {update.number}"
        why = await self._host.ask(Ask(title, body, placeholder="Why", check=_short))
        if why:
            self._performer.submit(cmd.WithdrawUpdate(update.number, why))

    async def refresh(self, update: Update) -> None:
        """The facts of now beside those in the text."""
        renewed = self._messaging.renewed(update)
        if renewed is None:
            self._host.say("Every fact in it still holds.")
            return
        lines: list[Line] = []
        for name, (old, new) in renewed.changed.items():
            lines.append(
                Content.assemble(
                    (f"{name}: ", "bold"),
                    (safe_line(old.words) or "nothing", "$error"),
                    " → ",
                    (safe_line(new.words) or "nothing", "$success"),
                )
            )
        width = min(90, self._host.width - 10)
        for audience, text in renewed.texts.items():
            lines += [
                Content(""),
                Content.styled(f"to {audience}: as it is │ as it would be", "bold"),
            ]
            lines += side_by_side(update.texts[audience], text, width)
        if renewed.by_hand:
            missed = ", ".join(renewed.by_hand)
            words = f"Not found in a text, look for yourself: {missed}"
            lines += [Content(""), Content.styled(words, "$warning")]
        title = f"New facts · update {update.number}"
        if await self._host.ask(Confirm(title, lines, "take the new facts")):
            try:
                self._messaging.keep(update, renewed.texts, renewed.facts)
            except LogFailure as error:
                self._performer.storage_failed(error)

    async def overrule(self, update: Update, audience: Audience) -> None:
        """Answers for words that a rule blocks or warns of."""
        open_ones = [
            each
            for each in self._messaging.held(update)
            if each.audience == audience and each.overruled is None
        ]
        if not open_ones:
            self._host.say("The rules have nothing to say about this text.")
            return
        choices = [
            Choice(
                str(n),
                f"{each.remark.rule} “{safe_line(each.remark.said, 40)}”",
                each.remark.why,
                "It is never overruled: change the text."
                if each.remark.rule in NEVER_OVERRULED
                else "",
            )
            for n, each in enumerate(open_ones)
        ]
        number = await self._host.ask(Choose("Overrule", f"In the text to {audience}", choices))
        if number is None:
            return
        chosen = open_ones[int(number)]
        body = Content.assemble((chosen.remark.why, "$quiet"))
        title = f"Overrule {chosen.remark.rule}"
        why = await self._host.ask(Ask(title, body, placeholder="Why it is right", check=_short))
        if why:
            self._performer.submit(cmd.OverruleRemark(update.number, *chosen.key, why))

    async def outside(self, update: Update, audience: Audience) -> str | None:
        """The text as written in the person's own editor; None where that did not work."""
        return self._host.edited(update.texts[audience], f"update-{update.number}-{audience}")

    def copy(self, update: Update, audience: Audience) -> None:
        """The text, as it is sent."""
        self._host.copy(update.texts[audience])

    # Sending

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
        try:
            refusal = self._messaging.send(ready, unapproved)
        except LogFailure as error:
            self._performer.storage_failed(error)
            return
        except BrokenLogError as error:
            self._host.say(f"The log cannot be followed: {error}", bad=True)
            return
        if refusal is not None:
            self._host.say(str(refusal), bad=True)
        else:
            served = "its channels are served in the background" if ready.to else ready.why_nobody
            self._host.say(f"Update {update.number} is out: {served}.")

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
            Ask("Send it without approval", "Why it cannot wait", placeholder="Why", check=_short)
        )

    def _before_sending(self, ready: Ready, unapproved: str) -> list[Line]:
        update, lines = ready.update, list[Line]()
        renewed = self._messaging.renewed(update)
        if renewed is not None:
            names = ", ".join(renewed.changed)
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
            lines += [Verbatim(Content(part)) for part in safe_text(text).split("\n")]
        return lines

    async def answer(self, update: Update) -> None:
        """What became of a delivery, by somebody who looked."""
        open_ones = [d for d in update.left() if d.status != "under-way"]
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
            f"{STATUS[known.status][1]}. {safe_line(known.words)}\n",
            ("Look at the channel first: what was said twice cannot be unsaid.", "$warning"),
        )
        options = [
            Choice("by-hand", "I sent it by hand", "the text is out"),
            Choice("arrived", "It is there", "you looked"),
            Choice("again", "It is not there: send it again", "you looked"),
            Choice("given-up", "It is not there: give it up", "nothing more is tried"),
        ]
        if known.to.kind == "by-hand":
            options = [options[0], options[3]]
        became = await self._host.ask(Choose(f"Update {update.number} on {name}", body, options))
        if not became:
            return
        why = await self._host.ask(
            Ask(
                f"{name}: {became}", "What you saw or did", placeholder="What you saw", check=_short
            )
        )
        if why:
            self._performer.submit(cmd.SettleDelivery(update.number, name, _BECAME[became], why))


_MEANS: dict[Kind, str] = {
    "announce": "before the work begins",
    "start": "it has begun",
    "progress": "how it goes",
    "delay": "it takes longer",
    "rollback": "it is taken back",
    "done": "the work is over; says what became of the data",
    "post-watch": "after the watch; nothing follows",
}
_KIND: dict[str, Kind] = {kind: kind for kind in KINDS}
_BECAME: dict[str, Became] = {
    "arrived": "arrived",
    "by-hand": "by-hand",
    "again": "again",
    "given-up": "given-up",
}


def _short(text: str) -> str | None:
    return f"At most {LONGEST_TEXT:,} characters." if len(text) > LONGEST_TEXT else None
