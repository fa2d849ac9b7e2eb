"""Time limits, cancels, lost connections and floods: bounded, and each alone with it."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from runbook_tui.adapters.fleet import session
from runbook_tui.adapters.fleet.remote import GO, Entrance, Marker, run_line
from runbook_tui.adapters.fleet.ssh import SshFleet
from runbook_tui.adapters.process import marked
from runbook_tui.domain.fleet_output import HEAD_CHARACTERS, TAIL_CHARACTERS

from .conftest import PATIENCE, Fifty, Servers, until
from .running import Watch, alive, job, one, run
from .running import host as host


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
