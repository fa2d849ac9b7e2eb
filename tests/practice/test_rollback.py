"""The way back from the upgrade of a real lab: what a snapshot alone leaves, what the ledger brings
back, and that the lab is then as it was."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from practice.driving import Operator
from runbook_tui.adapters.clock import SystemClock
from runbook_tui.adapters.gitlog import Repository
from runbook_tui.adapters.process import LocalProcesses
from runbook_tui.cli.pinning import load_pinned, pin_of, pinned_files
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.effects import commands as ecmd
from runbook_tui.domain.effects.naming import name_of
from runbook_tui.domain.effects.residue import residue
from runbook_tui.domain.effects.rollback import rollback_plan
from runbook_tui.domain.parameters import resolve
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import CommandStep, Step
from runbook_tui.domain.state import RunState, current
from runbook_tui.execution import Executor
from runbook_tui.formats.load import load
from runbook_tui.probing import Probing
from runbook_tui.session import Session
from tests.live_run import ALICE

NEW_DATA = ("data/orders.db",)
"""What customers have changed meanwhile: nobody wants that back."""


@dataclass
class Upgrade:
    """A run of the bundled runbook on a lab, as far as somebody takes it."""

    operator: Operator
    session: Session
    executor: Executor
    probing: Probing

    @property
    def state(self) -> RunState:
        return self.session.state

    def do(self, command: cmd.AnyCommand) -> None:
        answer = self.session.submit(command)
        assert not isinstance(answer, Refusal), f"{command}: {answer}"

    async def forward(self, until: str) -> None:
        """What changes something is done, all else is passed over, until a step is come to."""
        while (step := current(self.state)) is not None and step.id != until:
            if isinstance(step, CommandStep) and step.mutates:
                result = await self.executor.run_then_verify(step.id, lambda *_: None)
                assert not isinstance(result, Refusal), str(result)
                assert result.outcome == "ok", f"{step.id}: {result.summary}"
                if step.observe is not None:
                    self.do(cmd.ObserveValue(step.id, observed(step)))
                self.do(cmd.FinishStep(step.id))
            elif step.kind == "gate":
                self.do(cmd.OverrideStep(step.id, "not what this is about"))
            else:
                self.do(cmd.SkipStep(step.id, "not what this is about"))
            await self.probing.catch_up()

    async def back(self) -> None:
        """Walks the way back that was begun, to its end."""
        while (step := current(self.state)) is not None:
            if isinstance(step, CommandStep):
                result = await self.executor.run_then_verify(step.id, lambda *_: None)
                told = str(result) if isinstance(result, Refusal) else result.summary
                assert "not there" in told or not isinstance(result, Refusal), told
            else:
                self.do(cmd.StartStep(step.id))
                self.do(cmd.Tick(step.id, step.checklist[0].key))
            self.do(cmd.FinishStep(step.id))
        assert await self.probing.end_rollback() is None

    @property
    def left(self) -> list[str]:
        return [name_of(each.effect) for each in residue(self.state)]


def observed(step: Step) -> str:
    return "wh_0001" if step.observe is not None and step.observe.pattern else "1"


def upgrade(operator: Operator, folder: Path) -> Upgrade:
    loaded = load(operator.lab.runbook)
    assert not loaded.problems
    values, refused = resolve(loaded.runbook, operator.lab.parameters)
    assert not refused
    secrets = {"partner_token": values.pop("partner_token")}
    pin = pin_of(loaded, operator.lab.runbook)
    session = Session(
        Repository.create(folder / "log.git").run("back"),
        SystemClock(),
        ALICE,
        load_pinned,
        plan=Plan(loaded.runbook, loaded.digest),
        secrets=secrets,
    )
    start = cmd.StartRun(
        run="back",
        pin=pin,
        mode="rehearsal",
        folder=str(operator.lab.runbook.parent),
        parameters=values,
        secrets=("partner_token",),
    )
    assert not isinstance(session.submit(start, files=pinned_files(loaded, pin)), Refusal)
    executor = Executor(session, LocalProcesses())
    probing = Probing(session, executor, sys.executable, str(folder / "kept"))
    return Upgrade(operator, session, executor, probing)


def undeclared(run: Upgrade) -> list[str]:
    found = [e for e in run.state.effects.ledger.values() if e.source == "found"]
    return [f"{e.step}: {e.effect.target}: {e.effect.before} -> {e.effect.after}" for e in found]


def as_it_is(operator: Operator) -> dict[str, str]:
    """Every file that should be as it was, by its digest, and what the partner holds."""
    root = operator.lab.layout.root
    found = {"webhooks": operator.ctl("probe", "webhooks")}
    for path in files(root):
        found[str(path.relative_to(root))] = (
            f"link to {path.readlink()}"
            if path.is_symlink()
            else hashlib.sha256(path.read_bytes()).hexdigest() + f" {path.stat().st_mode:o}"
        )
    return found


def files(root: Path) -> Iterator[Path]:
    for top in ("etc", "srv", "flagd", "staging", "snapshots"):
        for path in (root / top).rglob("*"):
            if (path.is_symlink() or path.is_file()) and "__pycache__" not in path.parts:
                yield path


def test_a_snapshot_alone_leaves_flag_and_webhook_and_the_ledger_brings_them_back(
    operator: Operator, tmp_path: Path
) -> None:
    before = as_it_is(operator)
    run = upgrade(operator, tmp_path)
    asyncio.run(run.forward("healthy"))
    assert operator.ctl("probe", "version") == "5.0.0"
    assert undeclared(run) == []

    # By the snapshot alone, as somebody would who keeps no ledger.
    operator.ctl("snapshot", "restore", "before-upgrade")
    assert operator.ctl("probe", "version") == "4.2.0"
    assert operator.ctl("probe", "flag", "order-events") == "order-events is on"
    assert operator.ctl("probe", "webhook") == "webhook events registered"

    async def whole_way_back() -> None:
        await run.probing.look_at_all()
        plan = rollback_plan(run.state)
        assert not isinstance(plan, Refusal)
        there = [n for m in plan.moves for n in map(name_of, m.takes)]
        assert there.index("webhook the partner, order.confirmed to our /partner/events") < (
            there.index("flag order-events")
        ), "the receiver is unhooked first"
        run.do(ecmd.BeginRollback(reason="the tail got worse", digest=plan.digest))
        await run.back()

    asyncio.run(whole_way_back())
    assert operator.ctl("probe", "flag", "order-events") == "order-events is off"
    assert operator.ctl("probe", "webhook") == "webhook events absent"
    ended = run.state.effects.rollbacks[-1]
    assert ended.differs == ()
    assert ended.compared > 10
    assert run.left == []
    assert as_it_is(operator) == before
    run.do(cmd.CloseRun("rolled back"))


def test_the_ledger_alone_brings_everything_back_and_loses_no_order(
    operator: Operator, tmp_path: Path
) -> None:
    before = as_it_is(operator)
    orders = int(operator.ctl("probe", "orders-count").split()[0])
    run = upgrade(operator, tmp_path)
    asyncio.run(run.forward("watch"))

    async def whole_way_back() -> None:
        await run.probing.look_at_all()
        plan = rollback_plan(run.state)
        assert not isinstance(plan, Refusal)
        assert not [m for m in plan.moves if m.covers], "no snapshot is needed"
        run.do(ecmd.BeginRollback(reason="the tail got worse", digest=plan.digest))
        await run.back()

    asyncio.run(whole_way_back())
    assert operator.ctl("probe", "health").startswith("ok 4.2.0, schema 42")
    assert as_it_is(operator) == before
    assert run.state.effects.rollbacks[-1].differs == ()
    assert run.left == []
    assert int(operator.ctl("probe", "orders-count").split()[0]) > orders
    assert operator.ctl("probe", "lost-orders").startswith("0 of ")
    secret = operator.lab.parameters["partner_token"]
    log = json.dumps([str(entry) for entry in run.session.entries])
    assert secret not in log
