"""Command steps and checks with `hosts:`, on real servers: recorded, tried again, refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from runbook_tui.adapters.clock import SystemClock
from runbook_tui.adapters.fleet.ssh import SshFleet
from runbook_tui.adapters.gitlog import Repository
from runbook_tui.adapters.process import LocalProcesses
from runbook_tui.cli.pinning import load_pinned, pin_of, pinned_files
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.checks.custom import CommandCheck
from runbook_tui.domain.fleet import FleetJob, FleetResult
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.record import Identity, Who
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook_model import Command
from runbook_tui.domain.state import Status
from runbook_tui.execution import Executor
from runbook_tui.formats.load import load
from runbook_tui.preflight.check import run_checks
from runbook_tui.preflight.checks import custom
from runbook_tui.session import Session
from tests.preflight.targets import target

from .conftest import Fifty

BOOK = """\
format: 1
id: hosts
title: Hosts
version: 1.0.0
owner: ops
parameters:
  what: {{type: string, default: done}}
  token: {{type: secret, required: false}}
phases:
  - id: all
    title: All
    steps:
      - id: work
        kind: command
        title: Work
        mutates: {mutates}
        run: {{shell: '{script}', hosts: [{hosts}], at-once: 4}}
        {verify}
"""


class Desk:
    """A run of one step on hosts."""

    def __init__(
        self, folder: Path, fifty: Fifty, hosts: Sequence[str], script: str, *,
        mutates: bool = False, verify: str = "", secrets: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        book = folder / "runbook.yaml"
        book.write_text(
            BOOK.format(
                hosts=", ".join(f'"{h}"' for h in hosts),
                script=script,
                mutates=str(mutates).lower(),
                verify=verify,
            )
        )
        loaded = load(book, lint=False)
        repo = Repository.create(folder / "log.git")
        who = Who("alice", Identity("alice", "alice@example.org"))
        hidden = secrets or {}
        self.session = Session(
            repo.run("r1"), SystemClock(), who, load_pinned,
            plan=Plan(loaded.runbook, loaded.digest), secrets=hidden,
        )  # fmt: skip
        pin = pin_of(loaded, book)
        start = cmd.StartRun(
            run="r1", pin=pin, mode="live", folder=str(folder), parameters={"what": "done"},
            secrets=tuple(hidden),
        )  # fmt: skip
        assert not isinstance(self.session.submit(start, files=pinned_files(loaded, pin)), Refusal)
        self.executor = Executor(
            self.session, LocalProcesses(), lambda _: SshFleet([fifty.config], grace=1.0)
        )
        self.shown: list[str] = []

    async def run(self, *, again: bool = False) -> object:
        return await self.executor.run_then_verify(
            "work", lambda _stream, lines: self.shown.extend(lines), again=again
        )

    @property
    def now(self):  # type: ignore[no-untyped-def]
        return self.session.state.of("work")


async def test_some_fail_the_step_is_partial_and_only_they_are_tried_again(
    fifty: Fifty, tmp_path: Path
) -> None:
    name = f"r-{tmp_path.name}"
    hosts = [*fifty.hosts[:3], *fifty.hosts[10:12]]
    bad = fifty.homes[1] / f"bad-{name}"
    bad.touch()
    script = f"cd; echo x >> {name}; echo $RB_WHAT on it; [ ! -e bad-{name} ]"
    desk = Desk(tmp_path, fifty, hosts, script, mutates=True)
    result = await desk.run()
    assert not isinstance(result, Refusal)
    assert desk.now.run.outcome == "partial"
    assert desk.now.status is Status.FAILED
    assert desk.now.run.summary.startswith("3 of 5 hosts ok, 2 failed (")
    assert [h for h, one in desk.now.hosts.items() if one.outcome != "ok"] == hosts[3:]
    assert any("│ done on it" in line and hosts[0] in line for line in desk.shown)
    bad.unlink()
    result = await desk.run(again=True)
    assert not isinstance(result, Refusal)
    assert desk.now.run.outcome == "ok"
    assert desk.now.status is Status.ACTIVE
    assert desk.now.run.summary == "5 of 5 hosts ok"
    assert (fifty.homes[0] / name).read_text() == "x\n" * 3
    assert (fifty.homes[1] / name).read_text() == "x\n" * 4
    evidence = desk.session.log.file(desk.now.run.evidence).decode()
    assert evidence.count("=== 127.0.0.1") == 2
    # Another program reads the same from the log.
    again = Session(desk.session.log, SystemClock(), desk.session.who, load_pinned)
    assert again.state.of("work").hosts == desk.now.hosts


async def test_nothing_is_tried_again_where_all_is_well(fifty: Fifty, tmp_path: Path) -> None:
    desk = Desk(tmp_path, fifty, fifty.hosts[:2], "true")
    await desk.run()
    answer = await desk.run(again=True)
    assert isinstance(answer, Refusal)
    assert "no host of work" in answer.reason


async def test_each_host_is_verified(fifty: Fifty, tmp_path: Path) -> None:
    hosts = fifty.hosts[:2]
    wanted = ", ".join(f'"{h}"' for h in hosts)
    verify = f"verify: {{argv: [echo, '3/3'], hosts: [{wanted}], expect: {{equals: 3/3}}}}"
    desk = Desk(tmp_path, fifty, hosts, "true", verify=verify)
    await desk.run()
    assert desk.now.verify.outcome == "ok"
    verify = verify.replace("equals: 3/3", "equals: 2/3")
    other = tmp_path / "other"
    other.mkdir()
    desk = Desk(other, fifty, hosts, "true", verify=verify)
    await desk.run()
    assert desk.now.verify.outcome == "failed"
    assert "2 failed" in desk.now.verify.summary


async def test_a_secret_is_sent_to_no_host(fifty: Fifty, tmp_path: Path) -> None:
    desk = Desk(
        tmp_path, fifty, fifty.hosts[:1], "echo $RB_TOKEN", secrets={"token": "s3cr3t-value"}
    )
    answer = await desk.run()
    assert isinstance(answer, Refusal)
    assert "a secret is not sent to another host" in answer.reason


async def test_a_host_that_cannot_be_named_begins_nothing(fifty: Fifty, tmp_path: Path) -> None:
    desk = Desk(tmp_path, fifty, ["-oProxyCommand=touch /tmp/owned"], "true")
    answer = await desk.run()
    assert isinstance(answer, Refusal)
    assert desk.now.run is None


async def test_a_check_on_hosts_judges_each_by_itself(fifty: Fifty, tmp_path: Path) -> None:
    name = f"warn-{tmp_path.name}"
    (fifty.homes[1] / name).touch()
    hosts = (fifty.hosts[0], fifty.hosts[10], "127.0.0.1:1")
    fleet = SshFleet([fifty.config], grace=1.0)

    def on_hosts(wanted: Sequence[str], inventory: str, job: FleetJob) -> FleetResult:
        import asyncio
        from dataclasses import replace

        async def run() -> FleetResult:
            named = replace(job, hosts=await fleet.hosts(wanted), connect_timeout=10.0)
            return await fleet.create().run(named, lambda _: None, lambda _h, _s, _l: None)

        return asyncio.run(run())

    config = CommandCheck(
        title="Room", run=Command(shell=f"cd; [ ! -e {name} ] || exit 1", hosts=hosts)
    )
    subject = target(config, tmp_path, fleet=on_hosts)
    (result,) = await run_checks([custom.CHECK], subject)
    found = {f.subject: f.severity for f in result.findings}
    assert found == {hosts[0]: "pass", hosts[1]: "warning", hosts[2]: "unknown"}


@pytest.mark.parametrize("count", [50])
async def test_fifty_sessions_one_step(fifty: Fifty, tmp_path: Path, count: int) -> None:
    desk = Desk(tmp_path, fifty, fifty.hosts[:count], "echo here")
    await desk.run()
    assert desk.now.run.summary == "50 of 50 hosts ok"
    assert len(desk.now.hosts) == count
