"""A run whose checks really look: what is recorded, what is cured, and that the gate heeds it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from runbook_tui.adapters.clock import SystemClock
from runbook_tui.adapters.gitlog import Repository
from runbook_tui.cli.begin import driving
from runbook_tui.cli.pinning import load_pinned, pin_of, pinned_files
from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.preflight import closes, standing
from runbook_tui.domain.record import Identity, Who
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import GateStep
from runbook_tui.formats.load import load
from runbook_tui.opening import Driving
from runbook_tui.session import Session

BOOK = """\
format: 1
id: checked
title: Checked
version: 1.0.0
owner: ops
window: {start: "18:00Z", end: "19:00Z"}
parameters:
  root: {type: path}
  token: {type: secret, required: false}
checks:
%s
phases:
  - id: all
    title: All
    steps:
      - {id: look, kind: preflight, title: Look}
      - {id: go, kind: gate, title: Go, criteria: [it works]}
"""
OURS = "  ours: {kind: command, title: Ours, run: {shell: '%s'}}"
Make = Callable[..., Driving]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def made(
        checks: str, *, mode: ev.Mode = "live", secrets: dict[str, str] | None = None
    ) -> Driving:
        book = tmp_path / "runbook.yaml"
        book.write_text(BOOK % checks)
        loaded = load(book)
        assert loaded.errors == ()
        repo = Repository.create(tmp_path / "log.git")
        who = Who("alice", Identity("alice", "alice@example.org"))
        plan = Plan(loaded.runbook, loaded.digest)
        hidden = secrets or {}
        session = Session(
            repo.run("r1"), SystemClock(), who, load_pinned, plan=plan, secrets=hidden
        )
        pin = pin_of(loaded, book)
        start = cmd.StartRun(
            run="r1", pin=pin, mode=mode, folder=str(tmp_path),
            parameters={"root": str(tmp_path)}, secrets=tuple(hidden),
        )  # fmt: skip
        assert not isinstance(session.submit(start, files=pinned_files(loaded, pin)), Refusal)
        return driving(session)

    return made


async def look(run: Driving, *names: str) -> None:
    refusal = await run.checking.run("look", names)
    assert refusal is None, refusal


def held(run: Driving) -> tuple[str, ...]:
    state = run.session.state
    gate = state.plan.by_id["go"]
    assert isinstance(gate, GateStep)
    return closes(state, gate, run.session.clock.now())


async def test_what_checks_find_is_in_the_log_whole_and_in_short(make: Make) -> None:
    run = make(OURS % "echo half full; exit 1")
    await look(run)
    kept = run.session.state.of("look").checks["ours"]
    assert [(f.severity, f.places) for f in kept.found] == [("warning", 1)]
    whole = run.checking.findings("look", "ours")
    assert whole[0].fingerprint == kept.found[0].fingerprint
    assert whole[0].finding.evidence[0].text == "half full"
    assert "nobody has answered it" in held(run)[0]
    # Another program reads the same from the log alone.
    again = Session(run.session.log, SystemClock(), run.session.who, load_pinned)
    assert again.state.of("look").checks == run.session.state.of("look").checks


async def test_the_demo_in_small_cron_off_endpoint_moved_warning_waived_gate_open(
    make: Make, tmp_path: Path
) -> None:
    cron = tmp_path / "etc" / "cron.d" / "export"
    cron.parent.mkdir(parents=True)
    before = "0 3 * * * root /opt/push\n"
    cron.write_text(before)
    conf = tmp_path / "etc" / "app.ini"
    conf.write_text("[push]\nurl = sftp://old.corp.test/in\n")
    run = make(
        "  jobs: {kind: scheduled-tasks, paths: ['{{root}}/etc']}\n"
        "  hosts: {kind: endpoints, paths: ['{{root}}/etc'], allow: [new.corp.test],"
        " redirect: {old.corp.test: new.corp.test}}\n" + OURS % "echo odd; exit 1"
    )
    await look(run)
    stands = {
        o.check: o for o in standing(run.session.state, run.session.state.plan.by_id["look"], None)
    }
    assert set(stands) == {"jobs", "hosts", "ours"}
    for name in ("jobs", "hosts"):
        applied = await run.checking.remedy("look", name, stands[name].found.fingerprint)
        assert not isinstance(applied, Refusal)
        assert applied.outcome == "done", applied
        await look(run, name)
    assert cron.read_text() == "# " + before
    assert conf.read_text() == "[push]\nurl = sftp://new.corp.test/in\n"
    assert [reason for reason in held(run) if "ours" not in reason] == []
    waiver = cmd.WaiveFinding("look", stands["ours"].found.fingerprint, "7d", "bob", "known oddity")
    assert not isinstance(run.session.submit(waiver), Refusal)
    assert held(run) == ()
    for command in (
        cmd.FinishStep("look"),
        cmd.Tick("go", "it works"),
        cmd.DecideGate("go", go=True),
    ):
        assert not isinstance(run.session.submit(command), Refusal)
    # What was done can be taken back, and the log says by what.
    kept = run.session.state.of("look").remedies["jobs", stands["jobs"].found.fingerprint]
    assert "take '# ' from the line" in kept.compensation
    undone = await run.checking.remedy("look", "jobs", stands["jobs"].found.fingerprint, undo=True)
    assert not isinstance(undone, Refusal)
    assert undone.outcome == "done"
    assert cron.read_text() == before


async def test_no_secret_reaches_the_log(make: Make, tmp_path: Path) -> None:
    (tmp_path / "app.ini").write_text("password = Quarry-58-trombone\n")
    run = make(
        "  creds: {kind: credentials, paths: ['{{root}}/app.ini']}\n"
        "  ours: {kind: command, run: {shell: 'echo the token is $RB_TOKEN; exit 2'}}",
        secrets={"token": "s3cr3t-t0ken-value"},
    )
    await look(run)
    found = run.session.state.of("look").checks
    assert found["ours"].found[0].severity == "inhibitor"
    assert found["creds"].found
    everything = (
        b"".join(run.session.log.file(kept.evidence) for kept in found.values())
        + json.dumps([ev.encode(r.entry) for r in run.session.entries]).encode()
    )
    assert b"s3cr3t-t0ken-value" not in everything
    assert b"Quarry-58" not in everything


async def test_a_check_that_hangs_is_unknown_and_the_others_are_not_kept_waiting(
    make: Make,
) -> None:
    run = make("  slow: {kind: command, timeout: 1s, run: {shell: 'sleep 60'}}\n" + OURS % "exit 0")
    ended: list[str] = []
    refusal = await run.checking.run("look", ended=lambda name, _: ended.append(name))
    assert refusal is None
    assert ended == ["ours", "slow"]
    assert run.session.state.of("look").checks["slow"].found[0].severity == "unknown"
    assert any(reason.startswith("unknown slow") for reason in held(run))


async def test_cancelled_checks_leave_no_result_and_what_had_ended_stays(make: Make) -> None:
    run = make("  slow: {kind: command, run: {shell: 'sleep 5'}}\n" + OURS % "exit 0")
    task = asyncio.ensure_future(run.checking.run("look"))
    while "ours" not in run.session.state.of("look").checks:
        await asyncio.sleep(0.02)
    assert run.executor.is_running("look")
    assert run.executor.cancel("look")
    refusal = await task
    assert isinstance(refusal, Refusal)
    assert "cancelled" in refusal.reason
    assert list(run.session.state.of("look").checks) == ["ours"]
    assert not run.executor.is_running("look")


async def test_a_dry_run_looks_at_nothing_and_passes_nothing(make: Make, tmp_path: Path) -> None:
    run = make(OURS % f"touch {tmp_path}/there", mode="dry-run")
    await look(run)
    kept = run.session.state.of("look").checks["ours"]
    assert (kept.dry, kept.ran) == (True, False)
    assert not (tmp_path / "there").exists()


async def test_a_missing_library_is_unknown_not_a_crash(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.delitem(sys.modules, "runbook_tui.preflight.checks.host", raising=False)
    monkeypatch.setitem(sys.modules, "runbook_tui.preflight.checks.host", None)
    run = make("  machine: {kind: host, memory: 1M}")
    await look(run)
    found = run.session.state.of("look").checks["machine"].found
    assert [f.severity for f in found] == ["unknown"]
    assert "not installed here" in found[0].title


async def test_names_that_are_no_checks_are_refused(make: Make) -> None:
    run = make(OURS % "exit 0")
    refusal = await run.checking.run("look", ("nonsense",))
    assert isinstance(refusal, Refusal)
    assert "it has ours" in refusal.hint
