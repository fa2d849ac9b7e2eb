"""What an operator relies on when a command runs on fifty hosts: every host has its own result,
and one that fails, hangs or floods is alone with it."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runbook_tui.adapters.fleet.ssh import SshFleet
from runbook_tui.domain.fleet import (
    merge,
    words,
)

from .conftest import Fifty, Servers, free_port, until
from .running import Watch, alive, job, one, run
from .running import host as host


async def test_fifty_hosts_run_a_command_and_say_so_as_they_end(fifty: Fifty) -> None:
    watch = Watch()
    work = job(fifty.hosts, 'echo "out of $RB_NAME"; echo err >&2', env={"RB_NAME": "it's"})
    result = await run(work, fifty.config, watch)
    assert (result.state, words(result)) == ("ok", "50 of 50 hosts ok")
    assert [r.host for r in result.results] == list(fifty.hosts)
    assert {(r.out, r.err, r.exit, r.begun) for r in result.results} == {
        ("out of it's\n", "err\n", 0, True)
    }
    assert set(watch.begun) == set(fifty.hosts)
    assert sorted(watch.lines) == sorted(
        line for h in fifty.hosts for line in [(h, "out", "out of it's"), (h, "err", "err")]
    )
    assert watch.results != list(result.results), "as they end, not as they stand"


async def test_some_fail_and_only_those_are_tried_again(fifty: Fifty) -> None:
    """Each of the homes counts the runs, so a second one would be seen."""
    hosts = [*fifty.hosts[:6], *fifty.hosts[10:14]]
    work = job(hosts, "cd; echo x >> runs; [ ! -e bad ]")
    (fifty.homes[1] / "bad").touch()
    first = await run(work, fifty.config)
    assert first.state == "partial"
    assert words(first).startswith("6 of 10 hosts ok, 4 failed (127.0.0.11:")
    assert first.failed_hosts == tuple(hosts[6:])
    (fifty.homes[1] / "bad").unlink()
    again = await run(replace(work, hosts=first.failed_hosts), fifty.config)
    whole = merge(first, again)
    assert whole.state == "ok"
    assert whole.results[:6] == first.results[:6]
    assert [(home / "runs").read_text() for home in fifty.homes[:2]] == ["x\n" * 6, "x\n" * 8]


async def test_standard_error_and_exit_codes_come_apart(host: str, fifty: Fifty) -> None:
    result = await one(job([host], "echo out; echo err >&2; exit 3"), fifty.config)
    assert (result.outcome, result.exit, result.out, result.err, result.summary) == (
        "failed",
        3,
        "out\n",
        "err\n",
        "err",
    )
    killed = await one(job([host], "kill -TERM $$"), fifty.config)
    assert (killed.outcome, killed.exit) == ("failed", -signal.SIGTERM)
    missing = await one(replace(job([host], ""), argv=("no-such-program",)), fifty.config)
    assert (missing.outcome, missing.exit) == ("failed", 127)
    assert "not found" in missing.summary


async def test_the_environment_there_is_clean(host: str, fifty: Fifty) -> None:
    values = {"RB_A": "it's\n two \\ lines!\t$HOME `id` \u00e9", "PATH": "/usr/bin:/bin:/x"}
    result = await one(replace(job([host], ""), argv=("env", "-0"), env=values), fifty.config)
    found = dict(part.split("=", 1) for part in result.out.rstrip("\n").split("\0") if part)
    found.pop("RUNBOOK_TUI_HOST_RUN")
    assert set(found) == {
        *values,
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "LANG",
        "RUNBOOK_TUI_ATTEMPT",
        "PWD",
    }
    assert found["RB_A"] == values["RB_A"]
    assert found["PATH"] == values["PATH"]
    assert found["LANG"] == "C.UTF-8"


async def test_a_command_reads_nothing(host: str, fifty: Fifty) -> None:
    result = await one(job([host], "cat; tty; echo read"), fifty.config)
    assert (result.outcome, result.out) == ("ok", "not a tty\nread\n")


async def test_it_runs_in_its_folder(host: str, fifty: Fifty, tmp_path: Path) -> None:
    folder = tmp_path / "it's; a -folder"
    folder.mkdir()
    there = await one(job([host], "pwd", cwd=str(folder)), fifty.config)
    assert there.out == f"{folder}\n"
    gone = await one(job([host], "pwd", cwd="-no such"), fifty.config)
    assert (gone.outcome, gone.begun) == ("not-started", False)
    assert gone.summary == "the folder -no such is not there"


async def test_what_is_expected_decides(host: str, fifty: Fifty) -> None:
    def judge(code: int, out: str) -> str | None:
        return None if code == 1 and out == "down\n" else f"said {out.strip()}"

    down = await one(job([host], "echo down; exit 1", judge=judge), fifty.config)
    assert (down.outcome, down.exit) == ("ok", 1)
    up = await one(job([host], "echo up", judge=judge), fifty.config)
    assert (up.outcome, up.summary) == ("failed", "said up")


NOISE = """
echo "Welcome! No line end follows, and a bell:"
printf 'noise \\007'
echo 'noise on the other stream' >&2
export PATH=/nowhere LANG=de_DE.UTF-8 LEAKED=yes BASH_ENV=/nonsense ENV=/nonsense
env() { echo 'a function instead of a program'; }
export -f env
alias exec='echo alias'
set -x
"""


async def test_what_a_login_shell_prints_is_not_the_commands(
    servers: Servers, tmp_path: Path
) -> None:
    """`bash` reads `.bashrc` when `sshd` starts it, and this one does all it can."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".bashrc").write_text(NOISE)
    port = servers.start(["127.0.0.1"], more=f"SetEnv HOME={home}\n")
    here = [f"127.0.0.1:{port}"]
    watch = Watch()
    result = await one(job(here, "echo mine; echo other >&2; env"), servers.config(), watch)
    assert result.outcome == "ok", result
    assert result.out.startswith("mine\n")
    assert "LEAKED" not in result.out
    assert "nowhere" not in result.out
    assert "LANG=C.UTF-8" in result.out
    assert result.err == "other\n"
    assert "noise" not in str(watch.lines)


async def test_a_login_shell_that_refuses_is_told(servers: Servers, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".bashrc").write_text("echo 'This account is not available.'; exit 1\n")
    port = servers.start(["127.0.0.1"], more=f"SetEnv HOME={home}\n")
    result = await one(job([f"127.0.0.1:{port}"], "echo mine"), servers.config())
    assert (result.outcome, result.begun, result.out) == ("not-started", False, "")
    assert result.summary == "its login shell did not start it: This account is not available."


async def test_a_login_shell_that_hangs_begins_nothing_ever(
    servers: Servers, tmp_path: Path
) -> None:
    """Not even when it stops hanging, long after the host was given up."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".bashrc").write_text("cd; sleep 1000 & echo $$ $! > .pids; mv .pids pids; wait\n")
    port = servers.start(["127.0.0.1"], more=f"SetEnv HOME={home}\n")
    work = job([f"127.0.0.1:{port}"], f"touch {home}/begun", timeout=1.0)
    result = await one(work, servers.config())
    assert (result.outcome, result.begun, result.may_run) == ("timed-out", False, False)
    assert result.summary == "its login shell did not end"
    shell, nap = map(int, (home / "pids").read_text().split())
    assert alive(shell)
    os.kill(nap, signal.SIGKILL)
    until(lambda: not alive(shell), "the shell was left")
    assert not (home / "begun").exists()


@pytest.fixture
def silent() -> Iterator[str]:
    """A listener that never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        yield f"127.0.0.1:{listener.getsockname()[1]}"


async def test_each_failure_is_its_own_and_holds_nobody_up(fifty: Fifty, silent: str) -> None:
    closed = f"127.0.0.1:{free_port()}"
    other = fifty.hosts[1]
    script = "echo fine"
    work = job([silent, closed, *fifty.hosts[:10]], script, connect_timeout=3.0)
    begin = time.monotonic()
    ends: dict[str, float] = {}
    running = SshFleet([fifty.config]).create()
    result = await running.run(
        work,
        lambda r: ends.__setitem__(r.host, time.monotonic() - begin),
        lambda *_: None,
    )
    by = {r.host: r for r in result.results}
    assert result.state == "partial"
    assert (by[silent].outcome, by[silent].summary) == ("unreachable", "no answer within 3 s")
    assert by[closed].summary == "nothing listens there: connection refused"
    assert by[other].outcome == "ok"
    assert max(ends, key=ends.__getitem__) == silent, "the others did not wait for it"
    assert result.failed_hosts == (silent, closed)
    assert result.unsure_hosts == ()
