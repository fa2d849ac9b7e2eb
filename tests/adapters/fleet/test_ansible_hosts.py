"""The same, with a team's inventory and the real ansible."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from runbook_tui.adapters.fleet.ansible import AnsibleFleet
from runbook_tui.adapters.fleet.play import run_play
from runbook_tui.adapters.process import marked
from runbook_tui.domain.fleet import FleetError, FleetJob, FleetResult, HostResult, words

from .conftest import Servers, free_port

PROGRAMS = "RUNBOOK_TUI_TEST_ANSIBLE"
"""Names a folder with the programs of ansible, where they are not on PATH."""


@pytest.fixture(scope="session")
def programs() -> Path:
    pytest.importorskip("ansible_runner", reason="the ansible extra is not installed")
    folder = os.environ.get(PROGRAMS, "")
    found = shutil.which("ansible-playbook", path=folder or None)
    if found is None:
        pytest.skip(f"ansible is not installed (put it on PATH or its folder into {PROGRAMS})")
    return Path(found).parent


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """An inventory of this machine, twice, and a host that is not there."""
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(
        f"all:\n  vars: {{ansible_python_interpreter: {sys.executable}}}\n"
        "web:\n  hosts:\n    one: {ansible_connection: local}\n"
        "    two: {ansible_connection: local}\n"
        f"gone:\n  hosts:\n    three: {{ansible_host: 127.0.0.1, ansible_port: {free_port()}}}\n"
    )
    return inventory


def job(hosts: Sequence[str], script: str, **more: object) -> FleetJob:
    made = FleetJob(
        tuple(hosts), ("/bin/sh", "-c", script), mark=f"test/{uuid.uuid4().hex}", timeout=60
    )
    return replace(made, **more)  # type: ignore[arg-type]


async def run(
    fleet: AnsibleFleet, work: FleetJob
) -> tuple[FleetResult, list[tuple[str, str, str]]]:
    heard: list[HostResult] = []
    lines: list[tuple[str, str, str]] = []
    result = await fleet.create().run(
        work, heard.append, lambda h, s, them: lines.extend((h, s, one) for one in them)
    )
    assert sorted(one.host for one in heard) == sorted(work.hosts), "each of them once"
    return result, lines


async def test_groups_and_patterns_are_the_inventorys(local: Path, programs: Path) -> None:
    fleet = AnsibleFleet(local, programs)
    assert await fleet.hosts(["web"]) == ("one", "two")
    assert await fleet.hosts(["all", "!two"]) == ("one", "three")
    for wrong in (["nobody"], ["-i/etc/passwd"], ["{{ lookup('pipe', 'id') }}"], [], ["a\nb"]):
        with pytest.raises(FleetError):
            await fleet.hosts(wrong)


async def test_some_end_well_and_some_do_not(local: Path, programs: Path) -> None:
    fleet = AnsibleFleet(local, programs)
    value = "it's {{ 7 * 7 }} {% raw %} !x \\ \n\u00e9\U0001f600 $HOME"
    script = 'printf "%s\\n" "$RB_A"; echo err >&2; pwd; [ "$LANG" = C.UTF-8 ]'
    work = job(["one", "two", "three"], script, env={"RB_A": value}, cwd="/")
    result, lines = await run(fleet, work)
    assert result.state == "partial", result
    assert words(result) == "2 of 3 hosts ok, 1 unreachable (three)"
    one, two, three = result.results
    assert (one.out, one.err, one.exit, one.begun) == (f"{value}\n/\n", "err\n", 0, True)
    assert (two.out, two.err) == (one.out, one.err)
    assert (three.outcome, three.begun) == ("unreachable", False)
    assert "refused" in three.summary
    assert ("one", "err", "err") in lines


async def test_exit_codes_folders_and_time_limits(local: Path, programs: Path) -> None:
    fleet = AnsibleFleet(local, programs)
    failed, _ = await run(fleet, job(["one"], "echo why >&2; exit 3"))
    assert (failed.results[0].outcome, failed.results[0].exit) == ("failed", 3)
    assert failed.results[0].summary == "why"
    gone, _ = await run(fleet, job(["one"], "pwd", cwd="/no/such"))
    assert (gone.results[0].outcome, gone.results[0].begun) == ("not-started", False)
    slow = job(["one", "two"], "echo up; sleep 1000 & sleep 1000", timeout=1)
    late, _ = await run(fleet, slow)
    assert late.counts == {"timed-out": 2}
    assert late.results[0].out == "up\n"
    assert marked(slow.mark) == ()


async def test_a_cancel_ends_it_on_the_hosts(local: Path, programs: Path) -> None:
    running = AnsibleFleet(local, programs, grace=0.5).create()
    heard: list[HostResult] = []
    work = job(["one", "two"], "trap '' TERM; setsid sleep 1000 & sleep 1000 & wait")
    task = asyncio.create_task(running.run(work, heard.append, lambda *_: None))
    deadline = time.monotonic() + 60
    while len(marked(work.mark)) < 6:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    running.cancel()
    result = await task
    assert marked(work.mark) == ()
    assert result.state == "cancelled"
    assert result.counts == {"cancelled": 2}
    assert len(heard) == 2
    assert not any(one.may_run for one in result.results)


async def test_hosts_behind_real_servers(servers: Servers, tmp_path: Path, programs: Path) -> None:
    port = servers.start(["127.0.0.1", "127.0.0.2"])
    strange = servers.start(["127.0.0.3"], known=False)
    config = servers.config()
    inventory = tmp_path / "hosts.ini"
    inventory.write_text(
        f"a ansible_host=127.0.0.1 ansible_port={port}\n"
        f"b ansible_host=127.0.0.2 ansible_port={port}\n"
        f"c ansible_host=127.0.0.3 ansible_port={strange}\n"
        f"[all:vars]\nansible_ssh_common_args=-F {config}\n"
        f"ansible_python_interpreter={sys.executable}\n"
    )
    (tmp_path / "ansible.cfg").write_text(
        f"[ssh_connection]\ncontrol_path_dir={tmp_path}/cp\nssh_args=-o ControlMaster=no\n"
    )
    fleet = AnsibleFleet(inventory, programs)
    result, _ = await run(fleet, job(await fleet.hosts(["all"]), "echo here"))
    assert result.counts == {"ok": 2, "unreachable": 1}, result
    assert "Host key verification failed" in result.results[2].summary
    assert "Accepted" not in servers.log()


async def test_it_stops_once_enough_have_failed(local: Path, programs: Path) -> None:
    fleet = AnsibleFleet(local, programs)
    result, _ = await run(fleet, job(["one", "two"], "exit 1", at_once=1, stop_after=1))
    assert result.counts == {"failed": 1, "not-started": 1}
    assert result.results[1].summary == "stopped: too many hosts had failed"


async def test_what_is_missing_is_said(
    tmp_path: Path, local: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ansible_runner", reason="the ansible extra is not installed")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FleetError, match="program ansible was not found"):
        await AnsibleFleet(local).hosts(["web"])
    result, _ = await run(AnsibleFleet(local), job(["one"], "true"))
    assert (result.state, result.results[0].outcome) == ("failed", "not-started")
    assert "ansible is not installed" in result.results[0].summary


async def test_an_inventory_that_is_not_there_or_broken_is_said(
    tmp_path: Path, programs: Path
) -> None:
    with pytest.raises(FleetError, match="is not there"):
        await AnsibleFleet(tmp_path / "none", programs).hosts(["all"])


def test_nothing_of_a_command_is_a_template_or_yaml() -> None:
    text = run_play(FleetJob(("h",), ("{{ x }}", "a: b\n- c", "\"'\\\u2028\x7f")), "tag")
    assert text.isascii()
    assert text.count("!unsafe") == 1
    assert all(len(line.split("{{")) == 1 or "cmd: !unsafe" in line for line in text.splitlines())
    assert "\\U0000000a" in text
