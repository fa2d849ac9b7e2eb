"""git at work in the same repository: gc, repack, pack-refs, push and fetch in the middle."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runbook_tui.adapters.gitlog import BrokenObject, LogError, Repository, history

from .conftest import ROOT, Git, draft

_BUSY = ("--count", "300", "--files-every", "5", "--pack-every", "70")


def _loose(path: Path) -> set[str]:
    return {p.parent.name + p.name for p in path.glob("objects/??/*") if len(p.name) == 38}


def test_housekeeping_while_decisions_are_made(
    bare: Repository, git: Git, sound: Callable[..., None]
) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.writer", str(bare.path), "r", *_BUSY],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    rounds = 0
    with writer:
        reader = bare.run("r")
        seen: list[str] = []
        deadline = time.monotonic() + 60
        while writer.poll() is None and time.monotonic() < deadline:
            git("pack-refs", "--all", "--prune")
            git("repack", "-adq") if rounds % 2 else git("gc", "-q")
            seen += [c.id for c in reader.read(since=seen[-1] if seen else None)]
            rounds += 1
        writer.kill()
        out, err = writer.communicate()
    assert writer.returncode == 0, err
    assert rounds > 1
    seen += [commit.id for commit in reader.read(since=seen[-1] if seen else None)]
    assert seen == out.split() == git("rev-list", "--reverse", "runs/r").split()
    sound()


def test_appending_on_after_git_has_packed_everything(bare: Repository, git: Git) -> None:
    branch = bare.run("r")
    branch.append([draft("one\n", a__b_txt=b"1")], None)
    git("gc", "-q")
    assert not (bare.path / "refs/heads/runs").exists() or not list(
        (bare.path / "refs/heads/runs").iterdir()
    )
    assert not branch.moved()
    assert branch.file("a/b.txt") == b"1"
    branch.append([draft("two\n")], branch.head)
    other = Repository.open(bare.path).run("r")
    other.append([draft("three\n", a__c_txt=b"2")], branch.current())
    assert set(other.files()) == {"a/b.txt", "a/c.txt"}
    assert [commit.message for commit in branch.read()] == ["one\n", "two\n", "three\n"]
    git("pack-refs", "--all")
    assert not branch.moved()
    branch.append([draft("four\n")], branch.head)
    assert other.moved()
    git("pack-refs", "--all")
    assert other.moved()
    assert other.current() == branch.head


def test_pack_moves_this_run_and_nothing_else(
    bare: Repository, git: Git, sound: Callable[..., None]
) -> None:
    mine, other = bare.run("mine"), bare.run("other")
    mine.append([draft(f"{n}\n", a_txt=str(n).encode()) for n in range(50)], None)
    kept = other.append([draft("other\n", b_txt=b"b")], None)
    before = list(mine.read())
    loose = _loose(bare.path)
    mine.pack()
    gone = loose - _loose(bare.path)
    assert {commit.id for commit in before} <= gone
    assert kept[0] in _loose(bare.path)
    assert list(bare.run("mine").read()) == before
    assert mine.file("a.txt") == b"49"
    mine.pack()
    mine.append([draft("50\n")], mine.head)
    mine.pack()
    assert len(list((bare.path / "objects/pack").glob("*.pack"))) == 2
    assert len(list(mine.read())) == 51
    sound()
    with pytest.raises(LogError, match="no run none"):
        bare.run("none").pack()


def test_a_long_log_reads_the_same_through_git_and_in_process(
    bare: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    branch = bare.run("r")
    ids = branch.append([draft(f"{n}\n\n☃ body\n") for n in range(30)], None)
    branch.pack()
    ids += branch.append([draft(f"{n}\n") for n in range(30, 60)], branch.head)
    expected = list(branch.read())
    assert [commit.id for commit in expected] == list(ids)
    for limit in (0, 1, 7, 45, 60, 1000):
        monkeypatch.setattr(history, "LOOSE_IN_PROCESS", limit)
        assert list(branch.read()) == expected
        for since in (0, 10, 29, 30, 45, 58, 59):
            assert list(branch.read(since=ids[since])) == expected[since + 1 :]


def test_reading_can_be_left_in_the_middle(bare: Repository) -> None:
    branch = bare.run("r")
    branch.append([draft(f"{n}\n" + "x" * 5000) for n in range(300)], None)
    branch.pack()
    reading = branch.read()
    assert next(iter(reading)).message.startswith("0\n")
    reading.close()  # type: ignore[attr-defined]  # Warnings about open pipes are errors here.


def test_a_clone_and_a_push_carry_the_log(
    bare: Repository, git: Git, tmp_path: Path, sound: Callable[..., None]
) -> None:
    branch = bare.run("r")
    branch.append([draft("one\n", a_txt=b"1"), draft("two\n")], None)
    git("clone", "-q", "--mirror", str(bare.path), str(tmp_path / "mirror.git"))
    elsewhere = Repository.open(tmp_path / "mirror.git").run("r")
    assert list(elsewhere.read()) == list(branch.read())
    elsewhere.append([draft("three\n")], elsewhere.head)
    git("push", "-q", str(bare.path), "runs/r", at=tmp_path / "mirror.git")
    assert branch.moved()
    assert [commit.message for commit in branch.read()][-1] == "three\n"
    branch.append([draft("four\n")], branch.head)
    sound()


def test_a_shallow_clone_says_that_it_is_one(bare: Repository, git: Git, tmp_path: Path) -> None:
    branch = bare.run("r")
    branch.append([draft("one\n"), draft("two\n"), draft("three\n")], None)
    git("clone", "-q", "--bare", "--depth=1", "--branch=runs/r", f"file://{bare.path}", "s.git",
        at=tmp_path)  # fmt: skip
    with pytest.raises(BrokenObject, match="oldest decision that is here"):
        list(Repository.open(tmp_path / "s.git").run("r").read())


def test_a_rewritten_branch_is_noticed(bare: Repository, git: Git) -> None:
    branch = bare.run("r")
    ids = branch.append([draft("one\n"), draft("two\n"), draft("three\n")], None)
    git("update-ref", "refs/heads/runs/r", ids[0])
    assert branch.moved()
    with pytest.raises(BrokenObject, match="rewritten"):
        list(branch.read(since=ids[2]))
    branch.pack()
    with pytest.raises(BrokenObject, match="rewritten"):
        list(branch.read(since=ids[2]))
    git("update-ref", "-d", "refs/heads/runs/r")
    assert branch.moved()
    assert branch.current() is None
    assert list(branch.read()) == []


def test_a_tool_that_follows_sees_foreign_decisions_at_little_cost(
    bare: Repository, git: Git
) -> None:
    mine, theirs = bare.run("r"), Repository.open(bare.path).run("r")
    mine.append([draft()], None)
    assert theirs.moved()
    assert theirs.current() == mine.head
    assert not theirs.moved()
    git("pack-refs", "--all")
    assert not theirs.moved()
    begun = time.perf_counter()
    for _ in range(200):
        theirs.moved()
    assert (time.perf_counter() - begun) / 200 < 0.002, "four times a second must cost nothing"


def test_a_folder_that_is_taken_away_whenever_it_is_empty(
    bare: Repository, git: Git, sound: Callable[..., None]
) -> None:
    """What `git prune-packed` does to folders of objects, over and over, at every moment."""
    sweeper = subprocess.Popen(
        [sys.executable, "-c", _SWEEP, str(bare.path / "objects")], stdin=subprocess.PIPE
    )
    with sweeper:
        try:
            branch = bare.run("r")
            commits: list[str] = []
            for number in range(60):
                head = commits[-1] if commits else None
                commits += branch.append([draft(f"{number}\n", a_txt=str(number).encode())], head)
            assert sweeper.poll() is None
        finally:
            sweeper.kill()
    assert git("rev-list", "--reverse", "runs/r").split() == commits
    sound()


_SWEEP = """
import os, sys
folders = [f"{sys.argv[1]}/{number:02x}" for number in range(256)]
while True:
    for folder in folders:
        try:
            os.rmdir(folder)
        except OSError:
            pass
"""
