"""Random runbooks with random failures and kills, walked forward and back in a simulated world.

What is relied on: after a completed rollback without irreversible effects the world is as it was
before the run, but for what others changed; and what is left over is exactly what is on the list.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from runbook_tui.adapters.clock import SystemClock
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.effects import commands as ecmd
from runbook_tui.domain.effects.residue import residue
from runbook_tui.domain.effects.rollback import rollback_plan
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import CommandStep, Step
from runbook_tui.domain.state import RunState, Status, current
from runbook_tui.execution import Executor
from runbook_tui.probing import Probing
from runbook_tui.session import Session
from tests.domain.play import pin_of
from tests.live_run import ALICE

from .books import THINGS, Book, books
from .memory_log import Branch, MemoryLog
from .world import KilledError, World, WorldProcesses

T = TypeVar("T")
FATES = ("ok", "ok", "ok", "fail", "half", "half-cut", "cut", "all-cut", "half-kill", "kill",
         "all-kill")  # fmt: skip


class WaysBack(RuleBasedStateMachine):
    """An operator who goes forward and back, in a world where anything fails."""

    @initialize(book=books())
    def begin(self, book: Book) -> None:
        self.book = book
        self.world = World(things=dict(book.before), writes=dict(book.writes))
        self.before = dict(book.before)
        self.foreign: set[str] = set()
        self.fates: list[str] = []
        self.failures: dict[str, int] = {}
        self.calm = False
        self.over = False
        self.world.fate = self.fate
        self.branch = Branch()
        plan = Plan(book.runbook, "7" * 64)
        self.plan = plan
        self.open(plan)
        start = cmd.StartRun(
            run="r", pin=pin_of(plan), mode="live", folder="/", parameters={}, secrets=()
        )
        self.must(start)

    def fate(self, what: str) -> str:
        if self.calm or not self.fates:
            return "ok"
        fate = self.fates.pop(0)
        return fate if what != "look" else ("unasked" if fate == "fail" else "ok")

    # --- the program: opened, killed, opened again

    def open(self, plan: Plan | None = None) -> None:
        self.loop = asyncio.new_event_loop()
        self.log = MemoryLog(self.branch)
        self.session = Session(
            self.log,
            SystemClock(),
            ALICE,
            lambda _pin, _read: self.plan,
            plan=plan,
        )
        self.executor = Executor(self.session, WorldProcesses(self.world))
        self.probing = Probing(self.session, self.executor, "python", "kept")

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def killed(self) -> None:
        """The program is gone; another one opens the run and looks what it left."""
        self.loop.close()
        self.fates.clear()
        self.open()
        self.executor.settle_interrupted()
        self.wait(self.probing.catch_up())

    def alive(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            self.wait(work)
        except KilledError:
            self.killed()

    @property
    def state(self) -> RunState:
        return self.session.state

    def must(self, command: cmd.AnyCommand) -> None:
        answer = self.session.submit(command)
        assert not isinstance(answer, Refusal), f"{command}: {answer}"

    # --- what happens

    @rule(fates=st.lists(st.sampled_from(FATES), max_size=8))
    def does_what_comes_next(self, fates: list[str]) -> None:
        step = current(self.state)
        if step is None or self.over:
            return
        self.fates = list(fates)
        self.alive(self.work(step))

    @rule(count=st.integers(0, 9), after=st.booleans())
    @precondition(lambda self: not self.over)
    def dies_while_it_records(self, count: int, after: bool) -> None:
        step = current(self.state)
        if step is None:
            return
        self.fates = []
        self.log.left, self.log.after = count, after
        self.alive(self.work(step))
        self.log.left = None

    @rule(thing=st.sampled_from(THINGS), value=st.sampled_from((None, "theirs", "others'")))
    @precondition(lambda self: not self.over and not self.hand_at_work())
    def somebody_else_changes(self, thing: str, value: str | None) -> None:
        if self.world.things.get(thing) != value:
            self.foreign.add(thing)
            self.world.set(thing, value)

    @rule(
        scope=st.sampled_from(("run", "phase", "effect")),
        number=st.integers(1, 9),
        snapshots=st.sampled_from(("auto", "use", "avoid")),
    )
    @precondition(lambda self: not self.over and self.state.effects.rolling is None)
    def rolls_back(self, scope: str, number: int, snapshots: str) -> None:
        of = {"run": "", "phase": f"p{number % 2}", "effect": str(number)}[scope]
        self.alive(self.begin_back(scope, of, snapshots))

    async def begin_back(self, scope: Any, of: str, snapshots: Any) -> None:
        await self.probing.look_at_all()
        await self.probing.catch_up()
        plan = rollback_plan(self.state, scope, of, snapshots)
        if not isinstance(plan, Refusal) and (plan.moves or scope == "run"):
            self.must(
                ecmd.BeginRollback(
                    scope=scope,
                    of=of,
                    reason="it is slow",
                    digest=plan.digest,
                    snapshots=snapshots,
                )
            )

    @rule()
    @precondition(lambda self: not self.over and self.state.effects.rolling is not None)
    def turns_forward(self) -> None:
        self.must(ecmd.TurnForward("it was not that slow"))

    @rule()
    @precondition(
        lambda self: (
            not self.over and self.state.effects.rolling is not None and current(self.state) is None
        )
    )
    def ends_it(self) -> None:
        self.alive(self.end_back())

    async def end_back(self) -> None:
        refusal = await self.probing.end_rollback()
        assert refusal is None, str(refusal)
        self.over = self.state.effects.rolled_back

    def hand_at_work(self) -> bool:
        """Between a look before and a look after, nobody can tell who changed something."""
        return any(
            self.state.of(s.id).status is Status.ACTIVE and s.kind != "command"
            for s in self.plan.steps
        )

    # --- how a person works on a step

    async def work(self, step: Step) -> None:
        if self.state.effects.rollback_of(step.id) is not None:
            await self.back(step)
        elif step.kind == "command":
            await self.forward(step)
        else:
            await self.by_hand(step)

    async def forward(self, step: Step) -> None:
        now = self.state.of(step.id)
        if now.status is Status.UNKNOWN:
            await self.probing.catch_up()
            did = self.world.did_something(step.id)
            self.must(cmd.SettleUnknown(step.id, happened=did, reason="looked at it"))
            if did:
                self.must(cmd.FailStep(step.id, "it may be half done"))
                self.must(cmd.ReopenStep(step.id, "once more", retry=True))
        elif now.status is Status.FAILED:
            self.must(cmd.ReopenStep(step.id, "once more", retry=True))
        now = self.state.of(step.id)
        if now.run is None or now.run.outcome != "ok" or now.happened is False:
            await self.executor.run(step.id, "run", lambda *_: None)
        now = self.state.of(step.id)
        if now.status is Status.ACTIVE and now.run is not None and now.run.outcome == "ok":
            self.must(cmd.FinishStep(step.id))

    async def by_hand(self, step: Step) -> None:
        if self.state.of(step.id).status is not Status.ACTIVE:
            self.must(cmd.StartStep(step.id))
            await self.probing.catch_up()
            return
        await self.probing.catch_up()
        for thing, value in self.world.writes[step.id]:
            self.world.undo.setdefault((step.id, thing), self.world.things.get(thing))
            self.world.set(thing, value)
        self.must(cmd.FinishStep(step.id))
        await self.probing.catch_up()

    async def back(self, step: Step) -> None:
        taken = self.state.effects.taken_by(step.id)
        now = self.state.of(step.id)
        if now.status is Status.UNKNOWN:
            await self.probing.look_at_step(step.id)
            self.must(cmd.SettleUnknown(step.id, happened=False, reason="nobody knows"))
        elif (
            now.status is Status.FAILED
            and self.failed(step.id) > 3
            and any(each.effect.target in self.foreign for each in taken)
        ):
            self.must(cmd.SkipStep(step.id, "it cannot be taken back"))
            return
        elif now.status is Status.FAILED:
            self.must(cmd.ReopenStep(step.id, "once more", retry=True))
        if isinstance(step, CommandStep):
            await self.probing.look_at_step(step.id)
            answer = await self.executor.run(step.id, "run", lambda *_: None)
            if isinstance(answer, Refusal) and "somebody else" in str(answer):
                self.must(cmd.SkipStep(step.id, str(answer)))
                return
        else:
            if self.state.of(step.id).status is Status.PENDING:
                self.must(cmd.StartStep(step.id))
            await self.probing.look_at_step(step.id)
            taken = self.state.effects.taken_by(step.id)
            if any(each.foreign for each in taken):
                self.must(cmd.SkipStep(step.id, "somebody else has changed it"))
                return
            if self.state.effects.is_gone(step.id):
                self.must(cmd.FinishStep(step.id))
                return
            for each in taken:
                self.world.run(("world", "undo", each.step, each.effect.target), {})
            if step.checklist[0].key not in self.state.of(step.id).ticked:
                self.must(cmd.Tick(step.id, step.checklist[0].key))
            await self.probing.look_at_step(step.id)
            for each in self.state.effects.taken_by(step.id):
                if each.presence == "unknown" and self.calm:
                    self.must(ecmd.SayEffect(each.number, there=False, reason="I took it back"))
        answer_ = self.session.submit(cmd.FinishStep(step.id))
        active = self.state.of(step.id).status is Status.ACTIVE
        if isinstance(answer_, Refusal) and active and "still there" in str(answer_):
            self.must(cmd.FailStep(step.id, str(answer_)))

    def failed(self, step: str) -> int:
        """How often a step of a way back has failed."""
        self.failures[step] = self.failures.get(step, 0) + 1
        return self.failures[step]

    # --- what holds

    def teardown(self) -> None:
        try:
            self.finish()
        finally:
            if hasattr(self, "loop"):
                self.loop.close()

    def finish(self) -> None:
        """From wherever it stands, with nothing failing any more: back to the beginning."""
        if not hasattr(self, "session"):
            return
        self.calm = True
        rolling = self.state.effects.rolling
        if rolling is not None and rolling.scope != "run":
            self.must(ecmd.TurnForward("all of it"))
            rolling = None
        if rolling is None and not self.over:
            self.wait(self.begin_back("run", "", "use"))
        for _ in range(60):
            step = current(self.state)
            if self.over or step is None:
                break
            self.wait(self.work(step))
        if not self.over:
            self.wait(self.end_back())
        assert self.over
        things = {*self.world.things, *self.before}
        ledger = self.state.effects.ledger.values()
        # Where nobody could look before, nobody knows what it was, and a person has to say.
        blind = {
            e.effect.target
            for e in ledger
            if e.can_be_seen and (e.before is None or not e.before.digest)
        }
        exempt = self.foreign | blind
        differing = {t for t in things if self.world.things.get(t) != self.before.get(t)} - exempt
        irreversible = {e.effect.target for e in ledger if e.effect.reversibility == "irreversible"}
        assert differing <= irreversible, f"not as before: {differing}"
        left = {each.effect.effect.target for each in residue(self.state)} - exempt
        assert left == differing, f"on the list: {left}; left over: {differing}"
        again = Session(MemoryLog(self.branch), SystemClock(), ALICE, lambda _pin, _read: self.plan)
        assert again.state == self.state, "the log alone tells something else"
        ended = self.state.effects.rollbacks[-1]
        if not exempt and ended.compared:
            assert {d.key for d in ended.differs if not d.where.startswith("#")} == differing


def walk(**more: Any) -> None:
    """Random walks; raises where one does not end as it should."""
    run_state_machine_as_test(
        WaysBack,
        settings=settings(
            deadline=None,
            stateful_step_count=20,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            **more,
        ),
    )


def test_after_a_rollback_the_world_is_as_it_was() -> None:
    walk()


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    walk(max_examples=count, database=None, derandomize=False)
    sys.stdout.write(f"{count:,} walks, all of them as they should\n")
