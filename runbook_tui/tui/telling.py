"""Acts on messages: writes, holds against the rules, shows before sending, sends, answers for what
became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from runbook_tui.domain.messages import commands as cmd
from runbook_tui.domain.messages import events as mev
from runbook_tui.domain.messages.fact_names import NAMES as FACTS
from runbook_tui.domain.messages.held import NEVER_OVERRULED
from runbook_tui.domain.messages.remarks import Audience, Kind
from runbook_tui.domain.messages.state import Update
from runbook_tui.domain.messages.words import KINDS
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import MessageStep, Step
from runbook_tui.domain.text import safe_line
from runbook_tui.session import BrokenLogError
from runbook_tui.tui.folding import Line
from runbook_tui.tui.present.messages import side_by_side
from runbook_tui.tui.screens.ask import Ask
from runbook_tui.tui.screens.choose import Choice, Choose
from runbook_tui.tui.screens.confirm import Confirm
from runbook_tui.tui.screens.messages import Messages
from runbook_tui.tui.screens.viewer import Viewer
from runbook_tui.tui.sending import SendActs, in_bounds

if TYPE_CHECKING:
    pass

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


class MessageActs(SendActs):
    """Everything about messages that a person does on the screen."""

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

    def overdue(self, now: Moment) -> None:
        """Takes down, once, that people wait for an update whose time has passed."""
        try:
            self._messaging.tell_overdue(now)
        except (LogFailure, BrokenLogError):
            return  # the next look tries again, and what cannot be stored is told elsewhere

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
        self._recorded(lambda: self._messaging.keep(update, texts))

    async def help(self) -> None:
        """The keys of this screen."""
        await self._host.ask(Viewer("Messages", [Content(line) for line in HELP]))

    # Drafts

    async def new(self) -> int | None:
        """A new update, of a kind."""
        first = self._messaging.natural_kind()
        kinds = sorted(KINDS, key=lambda kind: kind != first)
        choices = [Choice(kind, KINDS[kind], _MEANS[kind]) for kind in kinds]
        kind = await self._host.ask(Choose("New update", "What does it tell?", choices))
        return self._propose(_KIND[kind]) if kind else None

    async def no_news(self) -> int | None:
        """That there is nothing new; goes on to what is shown before it is sent."""
        number = self._propose("progress", no_news=True)
        if number is not None:
            update = self._host.driving.session.state.messages.updates[number]
            await self.send(update)
        return number

    async def tell_no_news(self) -> None:
        """The same from the run screen."""
        number = await self.no_news()
        updates = self._host.driving.session.state.messages.updates
        if number is not None and updates[number].is_draft:
            self._host.say(f"Update {number} is kept as a draft: c opens it, to send or withdraw.")

    async def correct(self, update: Update) -> int | None:
        """A correction, which names what it corrects."""
        return self._propose(update.kind, corrects=update.number)

    async def withdraw(self, update: Update) -> None:
        """A draft that is not sent; asks why."""
        body = Content.styled("It stays in the log and is sent to nobody.", "$quiet")
        title = f"Withdraw update {update.number}"
        why = await self._host.ask(Ask(title, body, placeholder="Why", check=in_bounds))
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
                    (f"{FACTS[name]}: ", "bold"),
                    (safe_line(old.words) or "nothing", "$error"),
                    " → ",
                    (safe_line(new.words) or "nothing", "$success"),
                )
            )
        # Of the dialog's box what frame, padding and a scrollbar leave.
        width = min(96, self._host.width * 9 // 10) - 7
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
            self._recorded(lambda: self._messaging.keep(update, renewed.texts, renewed.facts))

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
        why = await self._host.ask(Ask(title, body, placeholder="Why it is right", check=in_bounds))
        if why:
            self._performer.submit(cmd.OverruleRemark(update.number, *chosen.key, why))

    async def outside(self, update: Update, audience: Audience) -> str | None:
        """The text as written in the person's own editor; None where that did not work."""
        return self._host.edited(update.texts[audience], f"update-{update.number}-{audience}")

    def copy(self, update: Update, audience: Audience) -> None:
        """The text, as it is sent."""
        self._host.copy(update.texts[audience])


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
