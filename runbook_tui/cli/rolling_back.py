"""What `rollback` does: shows the plan of a way back, begins it, ends it, leaves it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from runbook_tui.cli import exits, say, wiring
from runbook_tui.cli.effects_json import plan_json, residue_json, rollback_json
from runbook_tui.cli.exits import bad_input
from runbook_tui.cli.holding import have, have_due, holding
from runbook_tui.cli.lines import decision_json, decision_line
from runbook_tui.cli.rollback_text import (
    SHORTEST_DIGEST,
    ended_lines,
    plan_lines,
    rolling_lines,
)
from runbook_tui.cli.runs import find_run
from runbook_tui.domain.effects import commands as ecmd
from runbook_tui.domain.effects.events import ScopeKind
from runbook_tui.domain.effects.rollback import RollbackPlan, rollback_plan
from runbook_tui.domain.rules import Refusal
from runbook_tui.session import Session

SURE = "yes"


@dataclass(frozen=True)
class Asked:
    """The options of `rollback`."""

    phase: str | None = None
    effect: str | None = None
    look: bool = False
    does: str = ""
    """``begin``, ``forward``, ``end``, or nothing: it only shows."""
    plan: str | None = None
    reason: str | None = None

    @property
    def scope(self) -> tuple[ScopeKind, str]:
        """What is to be taken back."""
        if self.phase is not None:
            return "phase", self.phase
        return ("effect", self.effect) if self.effect is not None else ("run", "")

    def refuse_nonsense(self) -> None:
        """Raises StopError (2) where options do not go together, or one is missing."""
        if self.phase is not None and self.effect is not None:
            raise bad_input("--phase and --effect: it is one or the other")
        if self.does in ("forward", "end") and (self.phase or self.effect or self.look):
            raise bad_input(
                f"--{self.does} is of the rollback that is under way: it takes no scope and no look"
            )
        if self.does in ("begin", "forward") and not self.reason:
            raise bad_input(f"--{self.does} needs --reason")
        if self.does not in ("begin", "forward") and self.reason:
            raise bad_input("--reason belongs to --begin and --forward")
        if self.plan is not None and self.does != "begin":
            raise bad_input("--plan belongs to --begin")
        if self.plan is not None and len(self.plan) < SHORTEST_DIGEST:
            raise bad_input(f"--plan wants at least {SHORTEST_DIGEST} digits of the plan's digest")


def rollback_here(
    *, run: str, asked: Asked, log: str | None, name: str | None, as_json: bool
) -> int:
    """Shows or does it; gives the exit code.

    Raises StopError, CannotOpenError, LogFailure, BrokenLogError, EndedBySignal.
    """
    asked.refuse_nonsense()
    repo = wiring.existing_repository(log)
    found = find_run(repo, run)
    assert repo is not None
    deciding = bool(asked.does) or asked.look
    who = wiring.person(repo, name) if deciding else None
    session = wiring.open_session(repo, found, who)
    here = _Here(session, asked, as_json)
    if asked.look:
        with holding(session) as opened:
            have(opened.probing.look_at_all())
    return {"begin": here.begin, "forward": here.forward, "end": here.end}.get(
        asked.does, here.show
    )()


class _Here:
    def __init__(self, session: Session, asked: Asked, as_json: bool) -> None:
        self._session = session
        self._asked = asked
        self._as_json = as_json
        self._before = len(session.entries)

    def show(self) -> int:
        """The plan; where a way back is under way, that one."""
        session = self._session
        rolling = session.state.effects.rolling
        if rolling is not None:
            if not self._as_json:
                self._say(rolling_lines(session.state, rolling))
            return self._report(None)
        plan = rollback_plan(session.state, *self._asked.scope)
        if isinstance(plan, Refusal):
            return self._report(plan)
        if not self._as_json:
            self._say(plan_lines(session.state, plan, session.reading()))
        return self._report(None, plan)

    def begin(self) -> int:
        """Begins exactly the plan that was shown, or that the digest names."""
        session, asked = self._session, self._asked
        scope, of = asked.scope
        plan = rollback_plan(session.state, scope, of)
        if isinstance(plan, Refusal):
            return self._report(plan)
        command = ecmd.BeginRollback(
            scope=scope, of=of, reason=asked.reason or "", digest=plan.digest
        )
        refusal = session.ask(command)
        if refusal is not None:
            return self._report(refusal, plan)
        for line in plan_lines(session.state, plan, session.reading()):
            say.err(line)
        if not self._agreed(plan):
            raise exits.the_answer_is_no("not begun: nothing was done")
        answer = session.submit(command)
        if isinstance(answer, Refusal):
            return self._report(answer, plan)
        have_due(session)
        if not self._as_json:
            say.err(f"its steps are walked as any others: runbook-tui resume {session.state.run}")
        return self._report(None, plan)

    def _agreed(self, plan: RollbackPlan) -> bool:
        named = self._asked.plan
        if named is not None:
            if plan.digest.startswith(named):
                return True
            raise exits.the_answer_is_no(
                f"the way back is another one by now: plan {plan.digest}",
                "nothing was done; look at it once more",
            )
        if not wiring.interactive():
            raise bad_input(
                "--begin needs --plan where nobody can be asked",
                f"--plan {plan.digest[:SHORTEST_DIGEST]}, once you have read the plan",
            )
        say.err(f"Begin exactly this? Type {SURE} to do it: ", end="")
        return input().strip() == SURE

    def forward(self) -> int:
        """Leaves the way back where it stands."""
        answer = self._session.submit(ecmd.TurnForward(self._asked.reason or ""))
        if isinstance(answer, Refusal):
            return self._report(answer)
        have_due(self._session)
        return self._ended()

    def end(self) -> int:
        """Looks once more, compares with before, and ends it."""
        session = self._session
        refusal = session.ask(ecmd.EndRollback())
        if refusal is not None:
            return self._report(refusal)
        with holding(session) as opened:
            refusal = have(opened.probing.end_rollback())
        return self._report(refusal) if refusal is not None else self._ended()

    def _ended(self) -> int:
        code = self._report(None)
        if not self._as_json:
            self._say(ended_lines(self._session.state))
        return exits.NO if self._session.state.effects.rollbacks[-1].differs else code

    def _say(self, lines: Iterable[str]) -> None:
        for line in lines:
            say.out(line)

    def _report(self, refusal: Refusal | None, plan: RollbackPlan | None = None) -> int:
        session = self._session
        recorded = session.entries[self._before :] if self._asked.does or self._asked.look else []
        mine = [r for r in recorded if r.entry.by == session.who.name]
        if self._as_json:
            document: dict[str, Any] = {
                "run": session.state.run,
                "plan": plan_json(plan, session.reading()) if plan is not None else None,
                "rollback": rollback_json(session.state),
                "residue": residue_json(session.state),
                "recorded": [decision_json(each) for each in mine],
                "refused": {"reason": refusal.reason, "hint": refusal.hint} if refusal else None,
            }
            say.json_out(document)
        elif self._asked.does:
            for each in mine:
                say.out(decision_line(each))
        if refusal is not None:
            raise exits.refused(refusal)
        return exits.FINE
