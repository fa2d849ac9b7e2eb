"""What an operator relies on when a command runs on fifty hosts: every host has its own result,
and one that fails, hangs or floods is alone with it."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import resource
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from runbook_tui.adapters.fleet import session, ssh_fleet
from runbook_tui.adapters.fleet.remote import GO, Entrance, Marker, run_line
from runbook_tui.adapters.fleet.ssh import SshFleet
from runbook_tui.adapters.process import marked
from runbook_tui.domain.fleet import (
    FleetError,
    FleetJob,
    FleetResult,
    HostResult,
    merge,
    words,
)
from runbook_tui.domain.fleet_output import HEAD_CHARACTERS, TAIL_CHARACTERS
from runbook_tui.domain.output import Stream

from .conftest import PATIENCE, Fifty, Servers, free_port, public, until


class Watch:
    """What was heard while it ran."""

    def __init__(self) -> None:
        self.results: list[HostResult] = []
        self.lines: list[tuple[str, Stream, str]] = []
        self.begun: list[str] = []

    def output(self, host: str, stream: Stream, lines: Sequence[str]) -> None:
        self.lines += [(host, stream, line) for line in lines]


def job(hosts: Sequence[str], script: str, **more: object) -> FleetJob:
    made = FleetJob(
        tuple(hosts),
        ("/bin/sh", "-c", script),
        mark=f"test/{uuid.uuid4().hex}",
        timeout=30.0,
        connect_timeout=PATIENCE,
    )
    return replace(made, **more)  # type: ignore[arg-type]


async def run(work: FleetJob, config: Path, watch: Watch | None = None) -> FleetResult:
    heard = watch or Watch()
    running = SshFleet([config], grace=1.0).create()
    result = await running.run(work, heard.results.append, heard.output, heard.begun.append)
    assert sorted(one.host for one in heard.results) == sorted(work.hosts), "each of them once"
    assert {one.host: one for one in heard.results} == {one.host: one for one in result.results}
    return result


async def one(work: FleetJob, config: Path, watch: Watch | None = None) -> HostResult:
    return (await run(work, config, watch)).results[0]


@pytest.fixture
def host(fifty: Fifty) -> str:
    return fifty.hosts[0]


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


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


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


async def test_a_key_that_is_not_known_is_never_trusted(servers: Servers) -> None:
    port = servers.start(["127.0.0.1"], known=False)
    here = f"127.0.0.1:{port}"
    before = servers.known.read_text()
    for more in ("", " StrictHostKeyChecking no\n", " UserKnownHostsFile none\n"):
        config = servers.config(f"Host *\n{more}")
        result = await one(job([here], "echo mine"), config)
        assert (result.outcome, result.begun, result.out) == ("unreachable", False, "")
        assert re.match(
            r"its host key is not known: SHA256:\S{43} \(ssh-ed25519\)\. .* add it: run"
            rf' "ssh -p {port} 127\.0\.0\.1" once',
            result.summary,
        ), result.summary
    assert servers.known.read_text() == before
    assert "Accepted" not in servers.log()


async def test_a_key_that_has_changed_is_told_from_one_that_is_new(servers: Servers) -> None:
    port = servers.start(["127.0.0.1"], known=False)
    servers.known.write_text(f"[127.0.0.1]:{port} {public(servers.key)}\n")
    result = await one(job([f"127.0.0.1:{port}"], "echo mine"), servers.config())
    assert result.outcome == "unreachable"
    assert result.summary.startswith("its host key is another than the one in known_hosts")


async def test_a_key_of_ours_that_is_not_taken_is_told(servers: Servers, tmp_path: Path) -> None:
    port = servers.start(["127.0.0.1"])
    config = servers.config("Host *\n IdentityFile /dev/null\n")
    config.write_text(config.read_text().replace(str(servers.key), "/dev/null"))
    result = await one(job([f"127.0.0.1:{port}"], "echo mine"), config)
    assert (result.outcome, result.begun) == ("unreachable", False)
    assert f'does "ssh -p {port} 127.0.0.1" get in without asking?' in result.summary


async def test_names_and_configuration_are_the_users_own(servers: Servers) -> None:
    """Aliases, accounts and ports of `~/.ssh/config`, hosts behind a jump host, URLs."""
    port = servers.start(["127.0.0.1", "127.0.0.2"])
    jump = servers.start(["127.0.0.3"])
    config = servers.config(
        f"Host web\n HostName 127.0.0.1\n Port {port}\n"
        f"Host far?\n HostName 127.0.0.2\n Port {port}\n ProxyJump root@127.0.0.3:{jump}\n"
    )
    far = [f"far{n}" for n in range(6)]
    work = job(["web", f"ssh://root@127.0.0.1:{port}", *far], "echo here")
    result = await run(work, config)
    assert result.state == "ok", result
    assert servers.log().count("Accepted publickey") == 1, "the jump host is met once"


async def test_keys_come_from_the_agent_and_files_that_are_not_there_do_not_matter(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `ssh` does it: the public half in the configuration, the private one in the agent."""
    port = servers.start(["127.0.0.1"])
    agent = tmp_path / "agent"
    # In the foreground, so that it is ours to end.
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(agent)], stdout=subprocess.DEVNULL)
    try:
        until(agent.exists, "the agent never came")
        monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
        subprocess.run(["ssh-add", "-q", str(servers.key)], check=True)
        config = servers.config()
        config.write_text(
            f"IdentityFile {tmp_path}/%h_none\nIdentityFile {servers.key}.pub\n"
            + config.read_text().replace(f" IdentityFile {servers.key}\n", "")
        )
        result = await one(job([f"127.0.0.1:{port}"], "echo ${SSH_AUTH_SOCK:-none}"), config)
        assert (result.outcome, result.out) == ("ok", "none\n"), result.summary
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize(
    "name",
    ["-oProxyCommand=touch bad", "a b", "a\nb", "root@-x", "$(id)", "a;b", "", "x:y", "a\x1b[2J"],
)
async def test_a_name_that_is_none_never_reaches_a_connection(
    name: str, fifty: Fifty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FleetError, match="names no host") as caught:
        await ssh_fleet().hosts([fifty.hosts[0], name])
    assert str(caught.value).isprintable()
    result = await one(job([name], "echo mine"), fifty.config)
    assert (result.outcome, result.begun) == ("unreachable", False)
    assert list(tmp_path.iterdir()) == []


async def test_no_hosts_are_not_all_hosts_well() -> None:
    with pytest.raises(FleetError):
        await ssh_fleet().hosts([])


async def test_the_time_limit_is_each_hosts_own(fifty: Fifty) -> None:
    """Drops of output do not push it out, and nothing is left there."""
    script = "trap '' TERM; while :; do echo drop; sleep 0.2; done"
    slow = replace(job(fifty.hosts[:1], script), timeout=1.5)
    quick = replace(job(fifty.hosts[1:4], "echo quick"), timeout=1.5)
    late, fast = await asyncio.gather(run(slow, fifty.config), run(quick, fifty.config))
    assert fast.state == "ok"
    result = late.results[0]
    assert (result.outcome, result.may_run, result.begun) == ("timed-out", False, True)
    assert result.out.startswith("drop\n")
    assert result.seconds < 8
    assert marked(slow.mark) == ()


async def test_a_cancel_leaves_nothing_running_anywhere(fifty: Fifty) -> None:
    """Neither in the process group nor outside of it, and hosts in the queue never begin."""
    script = "trap '' TERM; setsid sleep 1000 & sleep 1000 & echo up; wait"
    work = job(fifty.hosts[:12], script, at_once=8)
    watch = Watch()
    running = SshFleet([fifty.config], grace=0.5).create()
    task = asyncio.create_task(
        running.run(work, watch.results.append, watch.output, watch.begun.append)
    )
    deadline = time.monotonic() + PATIENCE
    while len(watch.lines) < 8:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    assert len(marked(work.mark)) >= 16
    running.cancel()
    result = await task
    assert marked(work.mark) == ()
    assert result.state == "cancelled"
    assert result.counts == {"cancelled": 8, "not-started": 4}
    assert len(watch.results) == 12
    assert len(watch.begun) == 8
    assert not any(r.may_run for r in result.results)
    assert {r.begun for r in result.results if r.outcome == "not-started"} == {False}


async def test_a_program_that_ends_takes_its_commands_along(fifty: Fifty) -> None:
    work = job(fifty.hosts[:3], "echo up; sleep 1000")
    watch = Watch()
    running = SshFleet([fifty.config]).create()
    task = asyncio.create_task(running.run(work, watch.results.append, watch.output))
    deadline = time.monotonic() + PATIENCE
    while len(watch.lines) < 3:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    until(lambda: marked(work.mark) == (), "something was left")


async def test_a_connection_that_breaks_is_neither_well_nor_undone(servers: Servers) -> None:
    port = servers.start(["127.0.0.1"])
    work = job([f"127.0.0.1:{port}"], "echo up; exec sleep 1000")
    watch = Watch()
    running = SshFleet([servers.config()]).create()
    task = asyncio.create_task(running.run(work, watch.results.append, watch.output))
    deadline = time.monotonic() + PATIENCE
    while not watch.lines:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    (pid,) = marked(work.mark)
    server = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(server, signal.SIGKILL)
    try:
        result = (await task).results[0]
        assert (result.outcome, result.exit, result.begun, result.may_run) == (
            "lost",
            None,
            True,
            True,
        )
        assert result.out == "up\n"
    finally:
        os.kill(pid, signal.SIGKILL)


async def test_a_session_that_hangs_is_ended_over_another_connection(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "END_SECONDS", 2.0)
    port = servers.start(["127.0.0.1"])
    work = job([f"127.0.0.1:{port}"], "echo up; exec sleep 1000")
    watch = Watch()
    running = SshFleet([servers.config()], grace=0.5).create()
    task = asyncio.create_task(running.run(work, watch.results.append, watch.output))
    deadline = time.monotonic() + PATIENCE
    while not watch.lines:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    (pid,) = marked(work.mark)
    server = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(server, signal.SIGSTOP)
    try:
        running.cancel()
        result = (await task).results[0]
        assert (result.outcome, result.begun, result.may_run) == ("cancelled", True, False)
        assert not alive(pid)
    finally:
        os.kill(server, signal.SIGKILL)


async def test_what_a_command_leaves_running_on_purpose_holds_nothing_up(
    host: str, fifty: Fifty
) -> None:
    """A daemon keeps the streams open; the command has ended all the same."""
    work = job([host], "sleep 1000 & echo started")
    try:
        result = await one(work, fifty.config)
        assert (result.outcome, result.out) == ("ok", "started\n")
        assert result.seconds < 15
        assert len(marked(work.mark)) == 1, "it was meant to stay"
    finally:
        for pid in marked(work.mark):
            os.kill(pid, signal.SIGKILL)


async def test_a_flood_is_bounded_and_holds_nobody_up(fifty: Fifty) -> None:
    flood = job(fifty.hosts[:1], "yes 0123456789abcdef | head -c 50000000; echo; echo the end")
    quick = job(fifty.hosts[1:5], "echo quick")
    watch = Watch()
    begin = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    async def others() -> float:
        result = await run(quick, fifty.config)
        assert result.state == "ok"
        return time.monotonic() - begin

    flooded, _ = await asyncio.gather(run(flood, fifty.config, watch), others())
    result = flooded.results[0]
    assert (result.outcome, result.summary) == ("ok", "the end")
    assert len(result.out) <= HEAD_CHARACTERS + 2 * TAIL_CHARACTERS + 100
    assert result.out.startswith("0123456789abcdef\n")
    assert "characters are not kept" in result.out
    assert 40_000_000 < result.cut < 50_000_000
    assert watch.lines[-1][2] == "the end"
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 60_000, f"{grown} KiB for a flood of 50 MB"


async def test_bytes_that_are_no_text_are_taken(host: str, fifty: Fifty) -> None:
    result = await one(
        job([host], r"printf 'a\377\000b\033[2J\n'; printf 'no line end'"), fifty.config
    )
    assert result.out == "a\ufffd\0b\x1b[2J\nno line end\n"
    assert result.summary == "no line end"


async def test_no_more_than_the_limit_are_at_it(fifty: Fifty) -> None:
    """Counted on the servers' side, and by the connections there are."""
    hosts = fifty.hosts[:10]
    script = "cd; mkdir -p room; cd room; : > $$; ls | wc -l; sleep 0.2; rm $$"
    port = int(hosts[0].partition(":")[2])
    counts: list[int] = []
    running = SshFleet([fifty.config]).create()
    result = await running.run(
        job(hosts, script, at_once=3),
        lambda _: None,
        lambda *_: counts.append(connections(port)),
        lambda _: counts.append(connections(port)),
    )
    assert result.state == "ok"
    assert 2 <= max(int(r.out) for r in result.results) <= 3
    assert 2 <= max(counts) <= 3


def connections(port: int) -> int:
    """Established connections of this machine to a port."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[3] == "01" and int(row[2].partition(":")[2], 16) == port for row in rows)


async def test_it_stops_once_enough_have_failed(fifty: Fifty) -> None:
    watch = Watch()
    work = job(fifty.hosts[:12], "exit 1", at_once=2, stop_after=3)
    result = await run(work, fifty.config, watch)
    assert result.state == "failed"
    assert 3 <= len(watch.begun) <= 4
    assert result.counts["failed"] == len(watch.begun)
    left = [r for r in result.results if r.outcome == "not-started"]
    assert {r.summary for r in left} == {"stopped: too many hosts had failed"}


async def test_a_secret_in_a_line_that_is_cut_is_taken_out(host: str, fifty: Fifty) -> None:
    def clean(line: str) -> str:
        return line.replace("hunter22", "***")

    script = "printf '%08190d hunter22 %09000d\\n' 0 0; echo last hunter22"
    result = await one(job([host], script, clean=clean), fifty.config)
    assert "hunter" not in result.out.splitlines()[0]
    assert result.summary == "last ***"


async def test_an_audience_that_fails_does_not_harm_the_hosts(
    fifty: Fifty, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the screen is gone")

    running = SshFleet([fifty.config]).create()
    with caplog.at_level(logging.CRITICAL):
        result = await running.run(job(fifty.hosts[:3], "echo x"), broken, broken, broken)
    assert result.state == "ok"


async def test_a_command_that_cannot_be_sent_is_not_started(host: str, fifty: Fifty) -> None:
    long = await one(job([host], "#" * 130_000), fifty.config)
    assert (long.outcome, long.begun) == ("not-started", False)
    assert long.summary == "the command has more than 120,000 bytes"
    dash = await one(replace(job([host], ""), argv=("-x",)), fifty.config)
    assert dash.outcome == "not-started"
    name = await one(job([host], "true", env={"A B": "x"}), fifty.config)
    assert name.outcome == "not-started"


SHELLS = {"dash": "", "zsh": "", "fish": "", "tcsh": "", "bash": ""}


@pytest.mark.parametrize("shell", SHELLS)
def test_the_line_is_read_alike_by_every_login_shell(
    shell: str, which: Callable[[str], str]
) -> None:
    """`tcsh` alone cannot take a line end inside a word."""
    value = "it's \\ \\\\ \\' !x $HOME `id` \"q\" *" + ("" if shell == "tcsh" else "\n two")
    marker = Marker("aaaa", "bbbb")
    line = run_line(("printf", "%s", value), {"A": value}, "/", "m", marker)
    done = subprocess.run(
        [which(shell), "-c", line], input=GO, capture_output=True, timeout=30, check=True
    )
    entrance = Entrance(marker)
    assert entrance.feed("out", done.stdout).decode() == value
    assert entrance.feed("err", done.stderr) == b""
    assert entrance.pid
