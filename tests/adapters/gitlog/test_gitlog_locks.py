"""Writers at the same time, writers that were killed, and locks of other programs."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runbook_tui.adapters.gitlog import LockHeld, LostRace, Repository, reflock

from .conftest import ROOT, Git, child, draft, line_from

_LOCK = """
    import os, signal, sys, pathlib
    from runbook_tui.adapters.gitlog import reflock, layout
    place, then = pathlib.Path(sys.argv[1]), sys.argv[2]
    ref = place / "refs/heads/runs/r"
    lock = reflock.RefLock(layout.at(place), ref, b"1" * 40 + b"\\n")
    lock.acquire()
    print("locked", flush=True)
    if then == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    sys.stdin.readline()
    lock.release()
"""
"""A process that takes the lock of run r and dies, or waits for a line."""


def _append_many(path: str, who: str, count: int) -> list[str]:
    branch = Repository.open(Path(path)).run("r")
    made: list[str] = []
    while len(made) < count:
        try:
            made += branch.append([draft(f"{who} {len(made)}\n")], branch.head)
        except LostRace:
            continue
    return made


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_processes_at_the_same_time_lose_nothing(
    bare: Repository, git: Git, sound: Callable[..., None]
) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        jobs = [(str(bare.path), f"w{number}", 40) for number in range(3)]
        acknowledged = pool.starmap(_append_many, jobs, chunksize=1)
        pool.close()
        pool.join()
    walked = git("rev-list", "--reverse", "runs/r").split()
    for made in acknowledged:
        assert [commit for commit in walked if commit in set(made)] == made
    assert len(walked) == 120
    sound()


def test_a_killed_process_leaves_a_lock_that_opens_by_itself(bare: Repository) -> None:
    bare.run("r").append([draft()], None)
    with child(_LOCK, bare.path, "die") as process:
        assert line_from(process) == "locked"
        process.wait()
    folder = bare.path / "refs/heads/runs"
    assert "r.lock" in _names(folder), "the test would prove nothing"
    begun = time.monotonic()
    branch = Repository.open(bare.path).run("r")
    branch.append([draft("two\n")], branch.head)
    assert time.monotonic() - begun < reflock.PATIENCE / 2
    assert _names(folder) == ["r"]


def test_of_many_that_take_over_a_dead_lock_none_undoes_another(
    bare: Repository, git: Git, sound: Callable[..., None]
) -> None:
    for round_ in range(3):
        with child(_LOCK, bare.path, "die") as process:
            assert line_from(process) == "locked"
            process.wait()
        assert (bare.path / "refs/heads/runs/r.lock").exists()
        code = (
            "import sys; from tests.adapters.gitlog.test_gitlog_locks import _append_many\n"
            "sys.stdin.readline(); print(*_append_many(sys.argv[1], sys.argv[2], 5))"
        )
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", code, str(bare.path), f"{round_}-{number}"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(4)
        ]
        for writer in writers:
            assert writer.stdin
            writer.stdin.write("go\n")
            writer.stdin.flush()
        made = [commit for writer in writers for commit in writer.communicate()[0].split()]
        assert len(made) == 20
        assert set(made) <= set(git("rev-list", "runs/r").split())
    assert len(git("rev-list", "runs/r").split()) == 60
    assert _names(bare.path / "refs/heads/runs") == ["r"]
    sound()


def test_a_lock_that_is_held_is_waited_for_then_named(
    bare: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    branch = bare.run("r")
    branch.append([draft()], None)
    head = branch.head
    monkeypatch.setattr(reflock, "PATIENCE", 0.2)
    with child(_LOCK, bare.path, "wait") as process:
        assert line_from(process) == "locked"
        with pytest.raises(LockHeld) as held:
            branch.append([draft("two\n")], head)
        assert held.value.owner == process.pid
        assert held.value.path == bare.path / "refs/heads/runs/r.lock"
        assert branch.current() == head
        # Waiting is not in vain: it is given back while the next append waits.
        monkeypatch.setattr(reflock, "PATIENCE", 20.0)
        assert process.stdin
        process.stdin.write(b"\n")
        process.stdin.flush()
        branch.append([draft("three\n")], head)
        process.wait()
    assert [commit.message for commit in branch.read()][1:] == ["three\n"]
    assert _names(bare.path / "refs/heads/runs") == ["r"]


def test_git_respects_our_lock(bare: Repository) -> None:
    (commit,) = bare.run("r").append([draft()], None)
    with child(_LOCK, bare.path, "wait") as process:
        assert line_from(process) == "locked"
        refused = subprocess.run(
            ["git", "-C", str(bare.path), "update-ref", "-d", "refs/heads/runs/r"],
            capture_output=True,
            text=True,
            check=False,
        )
    assert refused.returncode != 0
    assert "r.lock" in refused.stderr
    assert bare.run("r").head == commit


def test_a_lock_of_git_counts_as_held_until_it_is_old(
    bare: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    branch = bare.run("r")
    (first,) = branch.append([draft()], None)
    foreign = bare.path / "refs/heads/runs/r.lock"
    foreign.write_bytes(b"")
    monkeypatch.setattr(reflock, "PATIENCE", 0.1)
    with pytest.raises(LockHeld) as held:
        branch.append([draft("two\n")], first)
    assert held.value.owner is None
    assert "delete that file" in str(held.value)
    assert foreign.exists()
    long_ago = time.time() - reflock.FOREIGN_OLD - 1
    os.utime(foreign, (long_ago, long_ago))
    branch.append([draft("two\n")], first)
    assert _names(foreign.parent) == ["r"]


def test_tokens_of_killed_processes_are_swept_and_git_never_saw_them(
    bare: Repository, git: Git
) -> None:
    branch = bare.run("r")
    (commit,) = branch.append([draft()], None)
    folder = bare.path / "refs/heads/runs"
    (folder / ".r.4711_00ff00ff00ff.lock").write_text(commit + "\n")
    assert git("for-each-ref", "--format=%(refname)").split() == ["refs/heads/runs/r"]
    other = Repository.open(bare.path).run("r")
    other.append([draft("two\n")], commit)
    assert _names(folder) == ["r"]


def test_without_hard_links_appending_still_excludes_and_moves(
    bare: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    branch = bare.run("r")
    branch.append([draft()], None)
    branch.append([draft("two\n")], branch.head)
    assert len(list(branch.read())) == 2
    assert _names(bare.path / "refs/heads/runs") == ["r"]
    (bare.path / "refs/heads/runs/r.lock").write_bytes(b"")
    monkeypatch.setattr(reflock, "PATIENCE", 0.1)
    with pytest.raises(LockHeld):
        branch.append([draft("three\n")], branch.head)


def test_kill_9_twenty_times_loses_nothing_acknowledged() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.kill9", "--kills", "20", "--seed", str(os.getpid())],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("20 kills")
    assert " 0 lost, 0 broken" in done.stdout


def test_an_interrupt_between_two_steps_leaves_no_lock(bare: Repository) -> None:
    code = """
        import os, signal, sys, pathlib
        from runbook_tui.adapters.gitlog import Repository
        from runbook_tui.adapters.gitlog.refs import Refs
        from tests.adapters.gitlog.conftest import draft
        branch = Repository.open(pathlib.Path(sys.argv[1])).run("r")
        look = Refs.current
        looks = 0
        def current(self, run_id):
            global looks
            looks += 1
            if looks == 2:  # Under the lock.
                print(*os.listdir(sys.argv[1] + "/refs/heads/runs"), flush=True)
                os.kill(os.getpid(), signal.SIGINT)
            return look(self, run_id)
        Refs.current = current
        try:
            branch.append([draft()], None)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
    """
    with child(code, bare.path) as process:
        assert "r.lock" in line_from(process).split()
        assert line_from(process) == "interrupted"
        assert process.wait() == 0
    assert _names(bare.path / "refs/heads/runs") == []
    assert process.returncode != -signal.SIGINT
