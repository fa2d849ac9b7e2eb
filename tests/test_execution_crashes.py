"""Programs that die with a command under way, and hosts that commands run on."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_run import LEAKY, PATIENCE, RUN, SECRET, again, live, until

from runbook_tui.adapters.process import marked
from runbook_tui.domain.record import LogFailure
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.state import Result, Status

DRIVER = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from live_run import LEAKY, again
async def main():
    here = again(Path(sys.argv[1]))
    await here.run(sys.argv[3])
asyncio.run(main())
"""


async def killed(folder: Path, step: str = "it") -> None:
    """Lets another program run the step and kills it, outright, once the command is under way."""
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(folder), str(Path(__file__).parent), step]
    )
    try:
        await until((folder / "book" / "pid").exists, "the command")
    finally:
        driver.kill()
        driver.wait()


LONG = """
- id: it
  kind: command
  title: It
  mutates: {mutates}
  run: {{shell: "echo $$ > pid; exec sleep 300"}}
  verify: {{argv: ["true"]}}
"""


def end_marked(mark: str) -> None:
    for pid in marked(mark):
        os.kill(pid, signal.SIGKILL)


async def test_a_change_whose_program_was_killed_comes_back_unknown(tmp_path: Path) -> None:
    live(tmp_path, LONG.format(mutates="true"))
    await killed(tmp_path)
    here = again(tmp_path)
    try:
        assert here.executor.settle_interrupted() == ("it",)
        now = here.session.state.of("it")
        assert now.status is Status.UNKNOWN
        assert now.alive  # its process was left behind, and is found
        assert isinstance(await here.run(), Refusal)
        assert here.executor.settle_interrupted() == ()
        result = await here.executor.run("it", "verify", here.show)
        assert isinstance(result, Result)
        assert result.outcome == "ok"
    finally:
        end_marked(f"{RUN}/it/1")


async def test_what_changes_nothing_can_simply_be_run_again(tmp_path: Path) -> None:
    live(tmp_path, LONG.format(mutates="false"))
    await killed(tmp_path)
    end_marked(f"{RUN}/it/1")
    here = again(tmp_path)
    assert here.executor.settle_interrupted() == ("it",)
    now = here.session.state.of("it")
    assert now.status is Status.ACTIVE
    assert not now.alive


async def test_leaving_in_the_middle_ends_the_command_and_stays_unknown(tmp_path: Path) -> None:
    here = live(tmp_path, LONG.format(mutates="true"))
    task = asyncio.create_task(here.run())
    await until((tmp_path / "book" / "pid").exists, "the command")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert marked(f"{RUN}/it/1") == ()
    later = again(tmp_path)
    assert later.executor.settle_interrupted() == ("it",)
    assert later.session.state.of("it").status is Status.UNKNOWN


async def test_an_end_that_could_not_be_stored_is_stored_later(tmp_path: Path) -> None:
    """The disk is full when the command ends. Its outcome is not lost, and not invented."""
    repo = tmp_path / "log.git"
    here = live(tmp_path, f"- {{id: it, kind: command, title: It, mutates: true, run: {{shell: 'mv {repo} {repo}.away; exit 3'}}}}")  # fmt: skip # noqa: E501
    with pytest.raises(LogFailure):
        await here.run()
    with pytest.raises(LogFailure):
        here.executor.record_unrecorded()
    Path(f"{repo}.away").rename(repo)
    assert here.executor.settle_interrupted() == ()
    assert here.executor.record_unrecorded() == ("it",)
    now = again(tmp_path).session.state.of("it")
    assert now.run is not None
    assert (now.status, now.run.exit) == (Status.FAILED, 3)
    assert here.executor.record_unrecorded() == ()


# Hosts


async def test_a_secret_is_not_sent_to_another_host(tmp_path: Path) -> None:
    steps = LEAKY.replace("  run:\n", "  run:\n    host: '{{target}}'\n")
    here = live(tmp_path, steps, given={"token": SECRET})
    answer = await here.run()
    assert isinstance(answer, Refusal)
    assert answer.reason == "a secret is not sent to another host"
    assert here.kinds == ["RunStarted"]


async def test_a_host_that_looks_like_an_option_is_not_one(tmp_path: Path) -> None:
    if shutil.which("ssh") is None:
        pytest.skip("ssh is not installed")
    steps = "- {id: it, kind: command, title: It, run: {argv: ['true'], host: '{{target}}'}}"
    here = live(tmp_path, steps, given={"target": "-oProxyCommand=touch bad"})
    result = await here.run()
    assert isinstance(result, Result)
    assert result.outcome == "failed"
    assert not (tmp_path / "book" / "bad").exists()


def _ssh(program: str, *arguments: object) -> None:
    subprocess.run([program, *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture
def sshd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A real sshd on loopback, for this user and one key; gives the host name that reaches it."""
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    ssh = shutil.which("ssh")
    if program is None or ssh is None:
        pytest.skip("sshd is not installed: commands on hosts are not tried")
    keys = tmp_path / "ssh"
    keys.mkdir(mode=0o700)
    for name in ("host", "user"):
        _ssh("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", keys / name)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (keys / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {keys}/host\nPidFile none\nUsePAM no\n"
        f"AuthorizedKeysFile {keys}/user.pub\nStrictModes no\nPermitRootLogin yes\n"
    )
    (keys / "ssh_config").write_text(
        f"Host target\n HostName 127.0.0.1\n Port {port}\n IdentityFile {keys}/user\n"
        f" UserKnownHostsFile {keys}/known\n StrictHostKeyChecking no\n LogLevel ERROR\n"
    )
    # ssh finds its configuration by the account, not by HOME: so it is given by a shim on PATH.
    shim = keys / "bin" / "ssh"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {ssh} -F {keys}/ssh_config "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    server = subprocess.Popen([program, "-D", "-e", "-f", str(keys / "sshd_config")])
    try:
        deadline = time.monotonic() + PATIENCE
        while subprocess.run([shim, "target", "true"], capture_output=True).returncode != 0:
            if server.poll() is not None:
                pytest.skip("sshd is installed but does not start for this user")
            assert time.monotonic() < deadline, "sshd never answered"
        yield "target"
    finally:
        server.terminate()
        server.wait(10)


ON_HOST = """
- id: it
  kind: command
  title: It
  run:
    shell: 'echo "$RB_WORD" from "$PWD"; echo "$SSH_CONNECTION" | cut -d" " -f1; exit 3'
    host: '{{target}}'
    cwd: '{{word}}'
"""


async def test_a_command_runs_on_its_host(tmp_path: Path, sshd: str) -> None:
    """In its folder there, with its parameters quoted, and with its own exit code."""
    there = tmp_path / "it's; a folder"
    there.mkdir()
    here = live(tmp_path, ON_HOST, given={"target": sshd, "word": str(there)})
    result = await here.run()
    assert isinstance(result, Result)
    assert [line for _, line in here.shown] == [f"{there} from {there}", "127.0.0.1"]
    assert (result.outcome, result.exit, result.host) == ("failed", 3, "target")
