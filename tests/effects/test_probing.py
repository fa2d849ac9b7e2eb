"""Looks round real commands, and a way back that is walked for real: real files, real git."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.effects import commands as ecmd
from runbook_tui.domain.effects.acted import acted
from runbook_tui.domain.effects.due import due
from runbook_tui.domain.effects.events import EffectSeen
from runbook_tui.domain.effects.fold import apply_effect
from runbook_tui.domain.effects.found import covers
from runbook_tui.domain.effects.residue import residue
from runbook_tui.domain.effects.state import EffectState
from runbook_tui.domain.events import AnyEvent, Entry
from runbook_tui.domain.preflight_events import RemedyBegun, RemedyEnded
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook_effects import Effect
from runbook_tui.domain.state import Status, current
from runbook_tui.probing import Probing
from tests.live_run import Live, again, live

FILES = """
- id: it
  kind: command
  title: It
  mutates: true
  run: {{shell: "{shell}"}}
  effects:
    - kind: file
      target: {folder}/a
      at: {{system: files, paths: ["{folder}/a"]}}
"""


class Run:
    """A run with its looks."""

    def __init__(self, live_: Live) -> None:
        self.live, self.session = live_, live_.session
        kept = str(live_.folder / "kept")
        self.probing = Probing(live_.session, live_.executor, sys.executable, kept)

    def do(self, command: cmd.AnyCommand) -> None:
        answer = self.session.submit(command)
        assert not isinstance(answer, Refusal), answer

    def refused(self, command: cmd.AnyCommand) -> str:
        answer = self.session.submit(command)
        assert isinstance(answer, Refusal), answer
        return str(answer)

    async def step(self, step: str = "it") -> None:
        await self.live.run(step)

    def effect(self, number: int) -> EffectState:
        return self.session.state.effects.ledger[number]

    async def walk_back(self) -> None:
        """Does what comes next until the way back is walked."""
        while (step := current(self.session.state)) is not None:
            if step.kind == "command" and self.session.state.of(step.id).run is None:
                await self.step(step.id)
            answer = self.session.submit(cmd.FinishStep(step.id))
            if isinstance(answer, Refusal):
                self.do(cmd.SkipStep(step.id, str(answer)))
        assert await self.probing.end_rollback() is None


@pytest.fixture
def world(tmp_path: Path) -> Path:
    folder = tmp_path / "world"
    folder.mkdir()
    (folder / "a").write_text("before\n")
    (folder / "a").chmod(0o640)
    return folder


def started(tmp_path: Path, world: Path, shell: str = "echo after > {folder}/a") -> Run:
    told = FILES.format(shell=shell.format(folder=world), folder=world)
    return Run(live(tmp_path, told))


async def test_an_effect_is_intended_before_and_there_only_once_somebody_looked(
    tmp_path: Path, world: Path
) -> None:
    run = started(tmp_path, world)
    await run.step()
    kinds = run.live.kinds
    assert kinds.index("EffectIntended") < kinds.index("EffectSeen") < kinds.index("CommandStarted")
    assert kinds[-1] == "EffectSeen"
    one = run.effect(1)
    assert one.presence == "there"
    assert one.before is not None
    assert one.after is not None
    assert one.before.words.startswith(f"{world}/a: 0640")
    assert "effect 1 of it: file" in run.live.git()


async def test_what_is_there_is_put_back_as_it_was(tmp_path: Path, world: Path) -> None:
    run = started(tmp_path, world, "echo after > {folder}/a; chmod 600 {folder}/a")
    await run.step()
    run.do(cmd.FinishStep("it"))
    run.do(ecmd.BeginRollback(reason="it is slow"))
    assert run.refused(cmd.StartStep("it")).startswith("a rollback is under way")
    await run.walk_back()
    assert (world / "a").read_text() == "before\n"
    assert (world / "a").stat().st_mode & 0o777 == 0o640
    assert run.effect(1).presence == "not-there"
    assert not residue(run.session.state)
    run.do(cmd.CloseRun("rolled back"))


async def test_what_somebody_else_changed_is_left_and_shown(tmp_path: Path, world: Path) -> None:
    run = started(tmp_path, world)
    await run.step()
    (world / "a").write_text("somebody else's\n")
    run.do(ecmd.BeginRollback(reason="it is slow"))
    await run.walk_back()
    assert (world / "a").read_text() == "somebody else's\n"
    assert [each.effect.number for each in residue(run.session.state)] == [1]
    assert "nobody answers for 1 left over: 1 file" in run.refused(cmd.CloseRun())
    until = run.session.clock.now().utc.replace(year=2099)
    run.do(
        ecmd.AnswerEffect(
            number=1, answer="accepted", reason="they need it", owner="bob", until=until
        )
    )
    run.do(cmd.CloseRun())


async def test_what_did_nothing_needs_no_way_back(tmp_path: Path, world: Path) -> None:
    run = started(tmp_path, world, "true")
    await run.step()
    assert run.effect(1).presence == "not-there"
    run.do(ecmd.BeginRollback(reason="it is slow"))
    assert current(run.session.state) is None
    await run.walk_back()


async def test_a_command_that_was_cut_off_leaves_it_unknown_until_somebody_looks(
    tmp_path: Path, world: Path
) -> None:
    run = started(tmp_path, world, "echo after > {folder}/a; exec sleep 60")
    task = asyncio.ensure_future(run.step())
    while (world / "a").read_text() != "after\n":
        await asyncio.sleep(0.01)
    # Its program dies here: another one opens the run.
    other = Run(again(tmp_path))
    other.live.executor.settle_interrupted()
    assert other.effect(1).presence == "unknown"
    assert other.session.state.of("it").status is Status.UNKNOWN
    await other.probing.catch_up()
    assert other.effect(1).presence == "there"
    other.do(ecmd.BeginRollback(reason="it was cut off"))
    await other.walk_back()
    assert (world / "a").read_text() == "before\n"
    run.live.executor.cancel("it")
    await task


async def test_undeclared_changes_are_found_and_taken_back(tmp_path: Path, world: Path) -> None:
    shell = f"echo after > {world}/a; echo '* * * * * root x' > {world}/job"
    steps = FILES.format(shell=shell, folder=world)
    source = tmp_path / "book" / "runbook.yaml"
    run = Run(live(tmp_path, steps, surveys={"all": f"{{system: files, paths: [{world}]}}"}))
    assert source.exists()
    await run.step()
    assert [(e.source, e.effect.target) for e in run.session.state.effects.ledger.values()] == [
        ("declared", f"{world}/a"),
        ("found", f"{world}/job"),
    ]
    run.do(cmd.FinishStep("it"))
    assert "nobody answers for 1 left over: 2 file" in run.refused(cmd.CloseRun())
    run.do(ecmd.BeginRollback(reason="nobody told us"))
    await run.walk_back()
    assert sorted(path.name for path in world.iterdir()) == ["a"]
    assert (world / "a").read_text() == "before\n"
    ended = run.session.state.effects.rollbacks[-1]
    assert (ended.outcome, ended.differs, ended.compared) == ("done", (), 3)


async def test_whole_folders_come_and_go_in_the_order_that_works(
    tmp_path: Path, world: Path
) -> None:
    (world / "old" / "deep").mkdir(parents=True)
    (world / "old" / "deep" / "file").write_text("of before\n")
    (world / "swap").write_text("a file\n")
    shell = f"cd {world}; rm -r old; mkdir -p new/deep; echo x > new/deep/x; rm swap; mkdir swap"
    steps = FILES.format(shell=f"{shell}; echo y > swap/y", folder=world)
    run = Run(live(tmp_path, steps, surveys={"all": f"{{system: files, paths: [{world}]}}"}))
    await run.step()
    run.do(cmd.FinishStep("it"))
    run.do(ecmd.BeginRollback(reason="not that"))
    await run.walk_back()
    assert sorted(str(path.relative_to(world)) for path in world.rglob("*")) == [
        "a",
        "old",
        "old/deep",
        "old/deep/file",
        "swap",
    ]
    assert (world / "swap").read_text() == "a file\n"
    assert run.session.state.effects.rollbacks[-1].differs == ()


@pytest.mark.parametrize(
    ("target", "key", "named"),
    [
        ("/etc/nginx", "/etc/nginx/nginx.conf", True),
        ("/etc/nginx", "/srv/etc/nginx/nginx.conf", False),
        ("etc/cron.d/app", "/lab/etc/cron.d/app: 0 3 * * * root push", True),
        ("new-backoff", "new-backoff", True),
        ("new", "new-backoff", False),
        ("srv/orders/5.0", "/lab/srv/orders/5.0/web.py", True),
    ],
)
def test_what_a_declared_target_is_about(target: str, key: str, named: bool) -> None:
    one, other = Effect(kind="file", target=target), Effect(kind="file", target=key)
    assert covers(one, other) is named


TWICE = """
- id: it
  kind: command
  title: It
  mutates: true
  run: {{shell: "echo first > {folder}/a"}}
  effects: [{{kind: file, target: "{folder}/a", at: {{system: files, paths: ["{folder}/a"]}}}}]
- id: again
  kind: command
  title: Again
  mutates: true
  run: {{shell: "echo second > {folder}/a"}}
  effects: [{{kind: file, target: "{folder}/a", at: {{system: files, paths: ["{folder}/a"]}}}}]
"""


async def test_what_a_later_step_of_the_run_changed_is_nobody_elses(
    tmp_path: Path, world: Path
) -> None:
    run = Run(live(tmp_path, TWICE.format(folder=world)))
    for step in ("it", "again"):
        await run.step(step)
        run.do(cmd.FinishStep(step))
    assert not run.effect(1).foreign
    (world / "a").write_text("somebody else's\n")
    await run.probing.look_at_all()
    assert run.effect(1).foreign
    assert run.effect(2).foreign
    (world / "a").write_text("second\n")
    await run.probing.look_at_all()
    run.do(ecmd.BeginRollback(reason="neither"))
    await run.walk_back()
    assert (world / "a").read_text() == "before\n"


async def test_what_the_remedy_of_a_check_changed_is_nobody_elses(
    tmp_path: Path, world: Path
) -> None:
    steps = FILES.format(shell=f"echo after > {world}/a", folder=world)
    steps += """
- {id: looked-at, kind: preflight, title: Looked at, checks: [keys]}
"""
    run = Run(live(tmp_path, steps))
    await run.step()
    run.do(cmd.FinishStep("it"))
    begun = RemedyBegun(
        step="looked-at", check="keys", fingerprint="f" * 16, label="Edit it", effect="file",
        target="host.example", line="edits", compensation="put it back",
    )  # fmt: skip
    ended = RemedyEnded(
        step="looked-at", check="keys", fingerprint="f" * 16, outcome="done", summary="edited"
    )
    # The events alone: how a remedy comes to be applied is tested with the checks.
    state = acted(run.session.state, entry(run, begun), begun)
    (world / "a").write_text("edited\n")
    state = acted(state, entry(run, ended, 1), ended)
    assert [(d.number, d.occasion) for d in due(state)] == [(1, "now")]
    seen = EffectSeen(number=1, occasion="now", digest="edited")
    state = apply_effect(state, entry(run, seen, 2), seen)
    assert not state.effects.ledger[1].foreign


def entry(run: Run, event: AnyEvent, later: int = 0) -> Entry:
    state = run.session.state
    return Entry(seq=state.seq + 1 + later, at=run.session.clock.now(), by="alice", event=event)
