"""Acts on side effects: opens the ledger, looks, takes down what nobody declared, asks what becomes
of what is left over."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from runbook_tui.domain.effects import commands as ecmd
from runbook_tui.domain.effects.events import Answer, EffectAdded
from runbook_tui.domain.effects.naming import name_of
from runbook_tui.domain.effects.residue import unanswered
from runbook_tui.domain.effects.state import EffectState
from runbook_tui.domain.effects.until import accepted_until
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import Step
from runbook_tui.domain.runbook_effects import Effect
from runbook_tui.domain.state import current
from runbook_tui.domain.text import safe_line
from runbook_tui.tui.present.effects import changed_by, stands
from runbook_tui.tui.returning import RollbackActs
from runbook_tui.tui.screens.ask import Ask
from runbook_tui.tui.screens.choose import Choice, Choose
from runbook_tui.tui.screens.ledger import Ledger
from runbook_tui.tui.screens.viewer import Viewer
from runbook_tui.tui.sending import in_bounds

if TYPE_CHECKING:
    from runbook_tui.tui.performing import Host, Performer
    from runbook_tui.tui.seeing import Seeing

HELP = (
    "What this run has changed, or may have: a line for each side effect, written down before",
    "anything acts, and looked at round the step. Nothing is assumed: what was cut off is UNKNOWN",
    "until somebody has looked.",
    "",
    "● there · ○ not there · ? UNKNOWN: nobody knows · ~ nobody looks: nothing can · · intended",
    "+ nobody declared it · ⚠ left over: should not be there · ☑ somebody answers for it",
    "",
    "enter    Looks again, by its probe.   L  Looks at everything.   c  Ends the looks.",
    "o        Answers for what is left over: it may stay, has a ticket, was taken back by hand, is",
    "         none of ours. While nobody answers for something, the run cannot be closed.",
    "s        Says whether it is there, where nothing can look.",
    "r        Rolls back: this one, its phase, or all of the run. The way back is shown first.",
    "a        Takes down one that nobody declared.",
    "space    Reads on.   y or ctrl+c  Copies its name.   esc  Back to the run.",
    "j k ↑ ↓  Move; page-up, page-down, home, end.",
)
UNTIL = "7d"
_OVER = "The run is over: its ledger stays as it is."


class EffectActs:
    """Everything about side effects that a person does on the screen."""

    def __init__(self, host: Host, performer: Performer, seeing: Seeing) -> None:
        self._host = host
        self._performer = performer
        self._seeing = seeing
        self._step = ""
        self.rollbacks = RollbackActs(host, performer, seeing)

    async def start(self, step: Step | None, chosen: int = 0) -> None:
        """Opens the ledger; what is added there is of `step`, else of the current one."""
        state = self._host.driving.session.state
        here = step or current(state)
        self._step = here.id if here is not None else ""
        await self._host.ask(Ledger(self._host.driving, self._seeing, self, chosen))

    async def left_over(self, refusal: Refusal) -> None:
        """The run cannot be closed for what is left over: says so, and leads there."""
        left = unanswered(self._host.driving.session.state)
        lines: list[Content] = [
            Content.assemble(
                (f"⚠ {each.effect.number} ", "bold $warning"),
                safe_line(name_of(each.effect)),
                (f"  {each.words}", "$quiet"),
            )
            for each in left
        ]
        lines.append(Content(""))
        lines.append(Content.styled(refusal.hint, "$quiet"))
        choices = [
            Choice("", "Leave it", "the run stays open"),
            Choice("ledger", "Open the ledger", "look at each, take it back, answer for it"),
        ]
        title = f"Nobody answers for {len(left)} left over"
        if await self._host.ask(Choose(title, lines, choices)):
            await self.start(None, left[0].effect.number)

    def why_not(self, key: str, each: EffectState | None) -> str:
        """Why a key of the ledger does nothing now; "" where it does something."""
        session = self._host.driving.session
        if session.state.is_over:
            return _OVER
        if key == "a":
            probe = ecmd.AddEffect(Effect(kind="file", target="one"), self._step)
            return _words(session.ask(probe))
        if key == "r":
            return _words(session.ask(ecmd.BeginRollback(reason="…")))
        if key == "L":
            seen = any(e.begun and e.can_be_seen for e in session.state.effects.ledger.values())
            return "" if seen else "Nothing on the ledger can be looked at."
        if each is None:
            return "There is no side effect under the cursor."
        match key:
            case "enter":
                return _why_not_look(each)
            case "s":
                refusals = [
                    session.ask(ecmd.SayEffect(each.number, there=there, reason="…"))
                    for there in (True, False)
                ]
                return "" if None in refusals else _words(refusals[0])
            case "o":
                probe_ = ecmd.AnswerEffect(
                    number=each.number, answer="ticket", reason="…", ticket="…"
                )
                return _words(session.ask(probe_))
            case _:
                return ""

    async def help(self) -> None:
        """The keys of the ledger."""
        await self._host.ask(Viewer("Ledger", [Content(line) for line in HELP]))

    # Looks

    async def look(self, each: EffectState) -> None:
        """Looks at one effect again."""
        had = await self._seeing.numbers([each.number], f"looking at {safe_line(name_of(each))}")
        if had:
            now = self._host.driving.session.state.effects.ledger[each.number]
            self._host.say(f"{each.number} {safe_line(name_of(now))}: {stands(now).word}.")

    async def look_at_all(self) -> None:
        """Looks at everything that may be there."""
        ledger = self._host.driving.session.state.effects.ledger.values()
        numbers = [each.number for each in ledger if each.begun and each.can_be_seen]
        await self._seeing.numbers(numbers)

    async def look_at_step(self, step: Step) -> None:
        """Looks at all that a step left, or takes back."""
        if self._host.driving.executor.is_running(step.id):
            self._host.say(f"{step.id} is at work already. x shows how to cancel that.")
            return
        if not await self._seeing.step(step):
            return
        state = self._host.driving.session.state
        known = (*state.effects.of_step(step.id), *state.effects.taken_by(step.id))
        words = [f"{e.number} {safe_line(name_of(e), 40)} {stands(e).word}" for e in known]
        others = any(changed_by(state, e) == "somebody else" for e in known)
        self._host.say(f"{step.id}: {'; '.join(words)}.", bad=others)

    # Taking down

    async def add(self) -> int | None:
        """Takes down an effect that nobody declared; its number."""
        from runbook_tui.tui.screens.add_effect import AddEffect

        effect = await self._host.ask(AddEffect(self._step))
        if effect is None:
            return None
        recorded = self._performer.submit(ecmd.AddEffect(effect, self._step))
        event = recorded[-1].entry.event if recorded else None
        return event.number if isinstance(event, EffectAdded) else None

    async def say(self, each: EffectState) -> None:
        """A person's word on how it stands."""
        session = self._host.driving.session

        def why(there: bool) -> str:
            return _words(session.ask(ecmd.SayEffect(each.number, there=there, reason="…")))

        choices = [
            Choice("", "Look first", "nothing is recorded"),
            Choice("there", "It is there", "you looked; asks how you know", why(True)),
            Choice("gone", "It is not there", "you looked; asks how you know", why(False)),
        ]
        if each.foreign:
            choices[1] = Choice("there", "It is there, and ours all the same", "asks why")
        chosen = await self._host.ask(Choose(_title(each), _standing(each), choices))
        if not chosen:
            return
        reason = await self._why(each, "How do you know?", "What you saw")
        if reason is not None:
            there = chosen == "there"
            self._performer.submit(ecmd.SayEffect(each.number, there=there, reason=reason))

    async def answer(self, each: EffectState) -> None:
        """What becomes of what is left over."""
        choices = [
            Choice("", "Leave it open", "nothing is recorded"),
            Choice("accepted", "It may stay", "asks who owns it, until when, and why"),
            Choice("ticket", "It has a ticket", "asks which, and what is to be done"),
            self._choice(each, "taken-back", "It was taken back by hand", "asks what you did"),
            self._choice(each, "none", "It is none of this run's", "asks how you know"),
        ]
        chosen = await self._host.ask(Choose(_title(each), _standing(each), choices))
        if not chosen:
            return
        owner, ticket = "", ""
        until: datetime | None = None
        answer = _ANSWERS[chosen]
        if answer == "accepted":
            given = await self._owner_and_date(each)
            if given is None:
                return
            owner, until = given
        elif answer == "ticket":
            body = _standing(each)
            asked = await self._host.ask(Ask(_title(each), body, placeholder="OPS-1234"))
            if asked is None:
                return
            ticket = asked
        reason = await self._why(each, _ASKS[answer], "Why")
        if reason is not None:
            self._performer.submit(
                ecmd.AnswerEffect(
                    number=each.number, answer=answer, reason=reason, owner=owner, until=until,
                    ticket=ticket,
                )
            )  # fmt: skip

    def _choice(self, each: EffectState, answer: Answer, label: str, detail: str) -> Choice:
        probe = ecmd.AnswerEffect(number=each.number, answer=answer, reason="…")
        return Choice(answer, label, detail, _words(self._host.driving.session.ask(probe)))

    async def _owner_and_date(self, each: EffectState) -> tuple[str, datetime] | None:
        session = self._host.driving.session

        def wrong(text: str) -> str | None:
            until = accepted_until(text, session.clock.now())
            return str(until) if isinstance(until, Refusal) else None

        owner = await self._host.ask(
            Ask(_title(each), "Who sees to it that it is not for ever?",
                initial=session.who.name, placeholder="a name")
        )  # fmt: skip
        if owner is None:
            return None
        text = await self._host.ask(
            Ask(_title(each), "Until when? A length from now, or a date.",
                initial=UNTIL, placeholder="7d or 2026-05-08", check=wrong)
        )  # fmt: skip
        until = accepted_until(text, session.clock.now()) if text is not None else None
        return (owner, until) if isinstance(until, datetime) else None

    async def _why(self, each: EffectState, body: str, placeholder: str) -> str | None:
        ask = Ask(_title(each), body, placeholder=placeholder, check=in_bounds)
        return await self._host.ask(ask)

    # Ways back

    async def roll_back(self, each: EffectState | None) -> bool:
        """Asks of what, and shows the way back of that; whether it was begun."""
        return await self.rollbacks.choose(each)


def _why_not_look(each: EffectState) -> str:
    if not each.begun:
        return "Its step has not acted yet: there is nothing to look at."
    if not each.can_be_seen:
        return "Nothing can look at it: it has no probe and names no system. s says how it stands."
    return ""


def _words(refusal: Refusal | None) -> str:
    return str(refusal) if refusal is not None else ""


def _title(each: EffectState) -> str:
    return f"Effect {each.number} · {safe_line(name_of(each), 60)}"


def _standing(each: EffectState) -> Content:
    mark = stands(each)
    seen = each.last.words if each.last is not None else ""
    return Content.assemble(
        (f"{mark.glyph} {mark.word}", mark.style),
        (f"  {safe_line(seen)}" if seen else "", "$quiet"),
    )


_ANSWERS: dict[str, Answer] = {
    "accepted": "accepted",
    "ticket": "ticket",
    "taken-back": "taken-back",
    "none": "none",
}
_ASKS: dict[Answer, str] = {
    "accepted": "Why may it stay?",
    "ticket": "What is to be done with it?",
    "taken-back": "What did you do, and how do you know that it is gone?",
    "none": "How do you know that this run has not made it?",
}
