"""Side effects in line mode: the ledger, what is said and answered of it, the way back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from runbook_tui.cli.effecting import ADD, TAKES, Asked, added, cannot_look, command_of
from runbook_tui.cli.effects_text import effect_lines, ledger_lines, told_since
from runbook_tui.cli.rollback_text import plan_lines, rolling_lines
from runbook_tui.domain.effects import commands as ecmd
from runbook_tui.domain.effects.events import ScopeKind
from runbook_tui.domain.effects.naming import KINDS
from runbook_tui.domain.effects.residue import unanswered
from runbook_tui.domain.effects.rollback import RollbackPlan, rollback_plan
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import Step
from runbook_tui.opening import Driving

HOW = (
    "effects 3 look, there, not-there, accept, ticket, taken-back or none; "
    f"effects {ADD} KIND TARGET for one that nobody declared"
)
QUESTIONS = {
    "owner": "who owns it: ",
    "until": "until when may it stay (30d, 2026-05-08): ",
    "ticket": "which ticket: ",
    "reason": "reason: ",
}


class Person(Protocol):
    """See `runbook_tui.cli.plain.Person`."""

    def tell(self, text: str = "") -> None: ...
    def ask(self, question: str) -> str | None: ...


class Acts(Protocol):
    """See `runbook_tui.cli.plain_acts.Acts`."""

    def ask(self, question: str) -> str | None: ...
    def sure(self, what: str) -> bool: ...
    def submit(self, command: ecmd.EffectCommand) -> bool: ...
    def refused(self, refusal: Refusal) -> None: ...
    def looks(self, work: Awaitable[Refusal | None]) -> Refusal | None: ...


class Effects:
    """The ledger and the way back, for a person. It decides nothing: the session does."""

    def __init__(
        self,
        driving: Driving,
        person: Person,
        acts: Acts,
        trusted: Callable[[], bool],
        is_trusted: Callable[[], bool],
    ) -> None:
        """`trusted` asks a person for trust where there is none; `is_trusted` asks nobody."""
        self._session = driving.session
        self._probing = driving.probing
        self._person = person
        self._acts = acts
        self._trusted = trusted
        self._is_trusted = is_trusted
        self._tried: frozenset[str] = frozenset()
        """What was due the last time that it was looked at: nothing is tried without an end."""

    def catch_up(self) -> None:
        """Has the looks that are due, where the runbook is trusted; else it says so, once."""
        if self._session.state.is_over:
            return
        due = self._probing.behind()
        fresh = due - self._tried
        self._tried = due
        if not fresh:
            return
        if not self._is_trusted():
            self._person.tell(
                "Looks at side effects are due, and this runbook is not trusted here:"
            )
            self._person.tell("  effects look shows its commands, and has them.")
            return
        self._have(self._probing.catch_up())
        self._tried = self._probing.behind()

    def _have(self, work: Awaitable[None]) -> None:
        before = self._session.state

        async def looked() -> Refusal | None:
            await work
            return None

        refusal = self._acts.looks(looked())
        if refusal is not None:
            self._acts.refused(refusal)
        for line in told_since(before, self._session.state):
            self._person.tell(f"! {line}")

    # --- the ledger

    def open(self, step: Step | None, rest: str) -> None:
        """The word ``effects``, with what was typed after it."""
        first, _, rest = rest.partition(" ")
        if not first:
            self._show()
        elif first == "look":
            self._look_at_all()
        elif first == ADD:
            self._add(step, rest.strip())
        elif first.isdecimal() and len(first) < 7:
            self._one(int(first), rest.strip())
        else:
            self._person.tell(f"{first!r} is no number of an effect")
            self._person.tell(f"  {HOW}")

    def _show(self) -> None:
        for line in ledger_lines(self._session.state):
            self._person.tell(line)
        if self._session.state.effects.ledger:
            self._person.tell(f"{HOW}; rollback shows the way back")

    def left_over(self) -> None:
        """How what is left over is answered for, where that keeps the run from being closed."""
        left = unanswered(self._session.state)
        if left:
            number = left[0].effect.number
            for each in left:
                self._person.tell(f"  effect {each.effect.number}: {each.words}")
            self._person.tell(
                f"effects {number} accept (owner, until when, why), effects {number} ticket, "
                f"effects {number} look once it is gone; or rollback effect {number}"
            )

    def _look_at_all(self) -> None:
        if not self._trusted():
            self._person.tell("not trusted: nothing was looked at")
            return
        self._have(self._probing.look_at_all())
        self._have(self._probing.catch_up())
        self._show()

    def _one(self, number: int, rest: str) -> None:
        known = self._session.state.effects.ledger.get(number)
        if known is None:
            self._person.tell(f"there is no effect {number}; effects lists them")
            return
        action, _, reason = rest.partition(" ")
        if not action:
            for line in effect_lines(self._session.state, known):
                self._person.tell(line)
            self._person.tell(HOW)
        elif action == "look":
            self._look(number)
        elif action in TAKES:
            self._answer(number, action, reason.strip())
        else:
            self._person.tell(f"no such action: {action}; {', '.join(TAKES)}")

    def _look(self, number: int) -> None:
        refusal = cannot_look(self._session, number)
        if refusal is not None:
            self._acts.refused(refusal)
        elif not self._trusted():
            self._person.tell("not trusted: nothing was looked at")
        else:
            self._have(self._probing.look([number]))

    def _answer(self, number: int, action: str, reason: str) -> None:
        given = {"reason": reason}
        for name in TAKES[action]:
            if not given.get(name):
                answer = self._acts.ask(QUESTIONS[name])
                if answer is None:
                    return
                given[name] = answer
        asked = Asked(
            reason=given["reason"],
            owner=given.get("owner"),
            until=given.get("until"),
            ticket=given.get("ticket"),
        )
        command = command_of(number, action, asked, self._session.clock.now())
        if isinstance(command, Refusal):
            self._acts.refused(command)
        else:
            self._acts.submit(command)

    def _add(self, step: Step | None, rest: str) -> None:
        kind, _, target = rest.partition(" ")
        if not kind:
            kind = self._acts.ask(f"what kind of thing ({', '.join(KINDS)}): ") or ""
        if not kind:
            return
        target = target.strip() or self._acts.ask("which one, and where: ") or ""
        if not target:
            return
        asked = Asked(
            before=self._maybe("how it was before (Enter where nobody knows): "),
            after=self._maybe("how it is now: "),
            undo=self._maybe("how it is taken back (Enter where nobody knows): "),
        )
        effect = added(kind, target, asked)
        if isinstance(effect, Refusal):
            self._acts.refused(effect)
            return
        self._acts.submit(ecmd.AddEffect(effect, step.id if step is not None else ""))

    def _maybe(self, question: str) -> str | None:
        return (self._person.ask(question) or "").strip() or None

    # --- the way back

    def roll_back(self, rest: str) -> None:
        """The word ``rollback``: looks, shows the plan, and begins exactly that once it is agreed
        to. ``rollback phase one``, ``rollback effect 3``, and a reason after it."""
        state = self._session.state
        if state.effects.rolling is not None:
            for line in rolling_lines(state, state.effects.rolling):
                self._person.tell(line)
            return
        scope, of, reason = _scope(rest)
        if self._is_trusted():
            self._have(self._probing.look_at_all())
        plan = rollback_plan(self._session.state, scope, of)
        if isinstance(plan, Refusal):
            self._acts.refused(plan)
            return
        for line in plan_lines(self._session.state, plan, self._session.reading()):
            self._person.tell(line)
        self._begin(plan, reason)

    def _begin(self, plan: RollbackPlan, reason: str) -> None:
        def command(why: str) -> ecmd.BeginRollback:
            return ecmd.BeginRollback(scope=plan.scope, of=plan.of, reason=why, digest=plan.digest)

        refusal = self._session.ask(command(reason or "…"))
        if refusal is not None:
            self._acts.refused(refusal)
            return
        given = reason or self._acts.ask("reason to roll back: ")
        if given and self._acts.sure("begin exactly this way back"):
            self._acts.submit(command(given))


def _scope(rest: str) -> tuple[ScopeKind, str, str]:
    first, _, after = rest.partition(" ")
    of, _, reason = after.strip().partition(" ")
    if first == "phase" and of:
        return "phase", of, reason.strip()
    if first == "effect" and of:
        return "effect", of, reason.strip()
    return "run", "", rest.strip()
