"""One program drives a run at a time, and only runbooks that were looked at run commands."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from runbook_tui.adapters.lease import Lease, LeaseHeldError, holder_of
from runbook_tui.adapters.trust import TrustStore

RUN = "20260501-upgrade-k3f9"
HOLD = """
import sys
from pathlib import Path
from runbook_tui.adapters.lease import Lease
with Lease(Path(sys.argv[1]), sys.argv[2], sys.argv[3]):
    print("held", flush=True)
    sys.stdin.read()
"""


def holding(folder: Path, name: str = "alice") -> subprocess.Popen[str]:
    """Another program that holds the lease until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), RUN, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str], *, kill: bool = False) -> None:
    if kill:
        process.kill()
    process.communicate(timeout=10)


def test_only_one_program_drives_and_the_other_hears_who(tmp_path: Path) -> None:
    process = holding(tmp_path, "alice")
    try:
        with pytest.raises(LeaseHeldError, match=f"alice \\(process {process.pid}") as caught:
            Lease(tmp_path, RUN, "bob").take()
        assert caught.value.holder is not None
        assert caught.value.holder["name"] == "alice"
        found = holder_of(tmp_path, RUN)
        assert found is not None
        assert (found["name"], found["pid"]) == ("alice", process.pid)
    finally:
        end(process)


@pytest.mark.parametrize("kill", [False, True])
def test_it_is_free_again_however_its_holder_ends(tmp_path: Path, kill: bool) -> None:
    end(holding(tmp_path), kill=kill)
    assert holder_of(tmp_path, RUN) is None
    with Lease(tmp_path, RUN, "bob"):
        found = holder_of(tmp_path, RUN)
        assert found is not None
        assert found["name"] == "bob"
    assert holder_of(tmp_path, RUN) is None


def test_a_command_that_outlives_its_program_does_not_keep_the_lease(tmp_path: Path) -> None:
    with Lease(tmp_path, RUN, "alice"):
        child = subprocess.Popen(["sleep", "60"])
    try:
        with Lease(tmp_path, RUN, "bob"):
            pass
    finally:
        child.kill()
        child.wait()


def _look(folder: str, stop: Event) -> None:
    while not stop.is_set():
        holder_of(Path(folder), RUN)


def test_looking_who_drives_keeps_nobody_from_driving(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    Lease(tmp_path, RUN, "alice").take().release()
    looker = context.Process(target=_look, args=(str(tmp_path), stop))
    looker.start()
    try:
        for _ in range(2_000):
            Lease(tmp_path, RUN, "alice").take().release()
    finally:
        stop.set()
        looker.join(20)
        if looker.is_alive() and looker.pid is not None:
            os.kill(looker.pid, signal.SIGKILL)


def test_a_lease_file_with_nonsense_in_it_is_no_error(tmp_path: Path) -> None:
    process = holding(tmp_path)
    try:
        (tmp_path / f"{RUN}.lease").write_bytes(b"\xff{]")
        with pytest.raises(LeaseHeldError, match="another program"):
            Lease(tmp_path, RUN, "bob").take()
        found = holder_of(tmp_path, RUN)
        assert found is not None
        assert found["name"] == "another program"
    finally:
        end(process)


def test_giving_it_back_twice_is_harmless(tmp_path: Path) -> None:
    lease = Lease(tmp_path, RUN, "alice").take()
    lease.release()
    lease.release()


def test_trust_is_for_one_exact_content(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "state" / "trusted")
    digest = "3f9c" * 16
    assert not store.trusts(digest)
    store.trust(digest, "upgrade v1\nwith a line break")
    assert store.trusts(digest)
    assert TrustStore(tmp_path / "state" / "trusted").trusts(digest)
    assert not store.trusts(digest[:12])
    assert not store.trusts("4" + digest[1:])
    assert not store.trusts("")


def test_nobody_else_can_add_to_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "trusted"
    TrustStore(path).trust("a" * 64, "x")
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_file_that_cannot_be_read_trusts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "trusted"
    path.mkdir()
    assert not TrustStore(path).trusts("a" * 64)
    path.rmdir()
    path.write_bytes(b"\xff\xfe broken\n" + b"a" * 64 + b" 2026-01-01T00:00:00Z x\n")
    assert TrustStore(path).trusts("a" * 64)
