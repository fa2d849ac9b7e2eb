"""Acts on ways back: which one, its plan, the question before it begins, what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from runbook_tui.domain.effects import commands as ecmd
from runbook_tui.domain.effects.events import ScopeKind
from runbook_tui.domain.effects.rollback import RollbackPlan, rollback_plan
from runbook_tui.domain.effects.state import EffectState
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.state import RunState
from runbook_tui.domain.text import safe_line
from runbook_tui.tui.folding import Line
from runbook_tui.tui.present.way_back import ended_lines, safe_words, scope_words, size_words
from runbook_tui.tui.screens.ask import Ask
from runbook_tui.tui.screens.choose import Choice, Choose
from runbook_tui.tui.screens.confirm import Confirm, Notice
from runbook_tui.tui.screens.viewer import Viewer
from runbook_tui.tui.sending import in_bounds

if TYPE_CHECKING:
    from runbook_tui.tui.performing import Host, Performer
    from runbook_tui.tui.seeing import Seeing

HELP = (
    "The way back from where the run stands: made from what happened, not from what was planned.",
    "What was done last is taken back first. A snapshot goes back where the oldest thing that it",
    "covers would, and what it leaves comes after it. Receivers are unhooked before flags.",
    "",
    "Nothing happens before you have said why, and said yes to what is shown then. What was seen",
    "is what begins: where something has changed meanwhile, the plan is shown again.",
    "",
    "It is walked like any other steps, one after the other. What somebody else has changed is",
    "left as it is and shown. It can be paused, and be turned into going forward again (x).",
    "",
    "b         Begin: asks why, then asks again.",
    "L         Look again at what is there.   c  Ends the looks.",
    "j k       Read; page-up, page-down, home, end, space.   esc  Back, nothing is done.",
)
UNDER_WAY = "A rollback is under way: enter goes on with it, x has Turn forward again."


class RollbackActs:
    """Everything about ways back that a person does on the screen."""

    def __init__(self, host: Host, performer: Performer, seeing: Seeing) -> None:
        self._host = host
        self._performer = performer
        self._seeing = seeing

    @property
    def _state(self) -> RunState:
        return self._host.driving.session.state

    async def choose(self, each: EffectState | None) -> bool:
        """Asks of what, and shows the way back of that; whether it was begun."""
        session = self._host.driving.session

        def why_not(scope: ScopeKind, of: str) -> str:
            refusal = session.ask(ecmd.BeginRollback(scope=scope, of=of, reason="…"))
            return str(refusal) if refusal is not None else ""

        choices = []
        if each is not None:
            number, phase = str(each.number), _phase_of(self._state, each.step)
            label = f"Effect {number} alone: {safe_line(each.effect.target, 40)}"
            refusal = why_not("effect", number)
            choices.append(Choice(f"effect {number}", label, "shows its way back", refusal))
            named = scope_words(self._state, "phase", phase) if phase else "its phase"
            refusal = why_not("phase", phase) if phase else "it belongs to no phase"
            choices.append(
                Choice(f"phase {phase}", f"All of {named}", "shows its way back", refusal)
            )
        choices.append(Choice("run ", "All of the run", "shows the way back", why_not("run", "")))
        body = Content.styled("Nothing happens before you saw the plan and said yes.", "$quiet")
        chosen = await self._host.ask(Choose("Roll back what?", body, choices, by_enter=False))
        if chosen is None:
            return False
        scope, _, of = chosen.partition(" ")
        return await self.plan(_SCOPES[scope], of)

    async def plan(self, scope: ScopeKind = "run", of: str = "") -> bool:
        """Shows the plan of a way back; whether it was begun."""
        from runbook_tui.tui.screens.rollback import Rollback

        if self._state.effects.rolling is not None:
            self._host.say(UNDER_WAY, bad=True)
            return False
        await self._host.ask(Rollback(self._host.driving, self._seeing, self, scope, of))
        return self._state.effects.rolling is not None

    async def help(self) -> None:
        """What a way back is."""
        await self._host.ask(Viewer("Way back", [Content(line) for line in HELP]))

    async def look(self, scope: ScopeKind, of: str) -> None:
        """Looks at everything that a way back is about."""
        numbers = _meant(self._state, scope, of)
        if numbers:
            await self._seeing.numbers(numbers, "looking what is there")

    async def begin(self, plan: RollbackPlan) -> bool:
        """Asks why and whether it is meant, then begins exactly the plan that was shown."""
        state = self._state
        what = scope_words(state, plan.scope, plan.of)
        title = f"Roll back {what}"
        body = Content.styled(
            f"{size_words(plan)}. Next you are asked whether it begins.", "$quiet"
        )
        ask = Ask(title, body, placeholder="Why", check=in_bounds)
        reason = await self._host.ask(ask)
        if reason is None:
            return False
        confirm = Confirm(
            f"Roll back? · {state.mode.upper()} · {state.run}",
            self._before(plan, what, reason),
            "begin the rollback",
        )
        if not await self._host.ask(confirm):
            return False
        command = ecmd.BeginRollback(
            scope=plan.scope, of=plan.of, reason=reason, digest=plan.digest
        )
        newer = rollback_plan(self._state, plan.scope, plan.of)
        if isinstance(newer, RollbackPlan) and newer.digest != plan.digest:
            words = "Nothing was begun: the way back has changed meanwhile. This is the new one."
            self._host.say(words, bad=True)
            return False
        return self._performer.submit(command) is not None

    def _before(self, plan: RollbackPlan, what: str, reason: str) -> list[Line]:
        session = self._host.driving.session
        words, style = safe_words(plan, session.reading())
        facts = [
            ("run", state_name(self._state), ""),
            ("mode", self._state.mode.upper(), "bold"),
            ("what", what, ""),
            ("takes", size_words(plan), ""),
            ("clock", words, style),
            ("stays", _count(len(plan.cannot), "cannot be taken back"), "bold $error"),
            ("left", _count(len(plan.foreign), "changed by somebody else"), "$warning"),
            ("unknown", _count(len(plan.unknown), "looked at again first"), "bold $error"),
            ("silent", _count(len(plan.silent), "declared nothing", "step"), "$warning"),
            ("why", safe_line(reason), ""),
        ]
        lines: list[Line] = [
            Content.assemble((f"{name:<9}", "$quiet"), (text, mark))
            for name, text, mark in facts
            if text
        ]
        lines.append(Content(""))
        told = "Steps ahead are locked until it is over, or you turn forward again."
        return [*lines, Content.styled(told, "$quiet")]

    async def end(self) -> None:
        """Every step of the way back is settled: ends it, and shows what became of it."""
        if self._seeing.busy:
            self._host.say(f"Not yet: {self._seeing.progress}. x has a way to end that.")
            return
        ended = await self._seeing.end_rollback()
        if isinstance(ended, Refusal):
            self._host.say(str(ended), bad=True)
        elif ended:
            last = self._state.effects.rollbacks[-1]
            body = ended_lines(self._state, last)
            await self._host.ask(Notice(f"Rollback {last.number} is over", body))


def state_name(state: RunState) -> str:
    """The run by its name and its runbook's title."""
    return f"{state.run}  {safe_line(state.plan.runbook.title, 60)}"


def _count(count: int, words: str, what: str = "effect") -> str:
    return f"{count} {what}{'' if count == 1 else 's'} {words}" if count else ""


def _phase_of(state: RunState, step_id: str) -> str:
    for phase in state.plan.runbook.phases:
        if any(step.id == step_id for step in phase.steps):
            return phase.id
    return ""


def _meant(state: RunState, scope: ScopeKind, of: str) -> list[int]:
    """The numbers of the effects that a way back is about, and that can be looked at."""
    return [
        each.number
        for each in state.effects.ledger.values()
        if each.begun
        and each.can_be_seen
        and (scope != "effect" or str(each.number) == of)
        and (scope != "phase" or _phase_of(state, each.step) == of)
    ]


_SCOPES: dict[str, ScopeKind] = {"run": "run", "phase": "phase", "effect": "effect"}
