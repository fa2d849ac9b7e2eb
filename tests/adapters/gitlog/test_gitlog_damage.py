"""Disks that are full, read-only, gone or lying, and objects that are not what they were."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runbook_tui.adapters.gitlog import BrokenObject, LogError, Repository, StorageFailed, journal

from .conftest import Git, draft


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """One megabyte of file system of its own."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small file system")
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("may not mount a tmpfs here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def _fill(path: Path) -> None:
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


def _temporary(repository: Path) -> list[Path]:
    found = repository.rglob("*")
    return [p for p in found if "tmp" in p.name or p.name.endswith(".lock")]


@pytest.mark.root
def test_a_full_disk_is_said_and_left_clean(
    small_disk: Path, git: Git, sound: Callable[..., None]
) -> None:
    branch = Repository.create(small_disk / "log.git").run("r")
    branch.append([draft("one\n")], None)
    head = branch.head
    filler = small_disk / "filler"
    _fill(filler)
    for decided in (draft("two\n"), draft("two\n", big_txt=os.urandom(50_000))):
        with pytest.raises(StorageFailed) as failed:
            branch.append([decided], head)
        assert "the disk is full" in failed.value.message
        assert str(small_disk) in failed.value.message
        assert not failed.value.uncertain
        assert _temporary(small_disk) == []
        assert branch.current() == head
    with pytest.raises(StorageFailed, match="Could not pack"):
        branch.pack()
    assert _temporary(small_disk) == []
    assert len(list(branch.read())) == 1
    filler.unlink()
    branch.append([draft("two\n")], head)
    sound(small_disk / "log.git")
    with pytest.raises(StorageFailed, match="the disk is full"):
        Repository.create(small_disk / "log.git").run("r").append(
            [draft("three\n", big_txt=os.urandom(3_000_000))], branch.head
        )


@pytest.mark.root
def test_a_disk_with_room_for_a_part_leaves_no_part(small_disk: Path) -> None:
    branch = Repository.create(small_disk / "log.git").run("r")
    branch.append([draft("one\n")], None)
    with pytest.raises(StorageFailed, match="full"):
        branch.append([draft("two\n", big_txt=os.urandom(1_600_000))], branch.head)
    assert _temporary(small_disk) == []
    branch.append([draft("two\n")], branch.head)


@pytest.mark.root
def test_a_read_only_disk_is_read_and_not_written(small_disk: Path) -> None:
    branch = Repository.create(small_disk / "log.git").run("r")
    branch.append([draft("one\n")], None)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StorageFailed, match="read-only"):
        branch.append([draft("two\n")], branch.head)
    with pytest.raises(StorageFailed, match="read-only"):
        Repository.create(small_disk / "other.git")
    spectator = Repository.open(small_disk / "log.git").run("r")
    assert [commit.message for commit in spectator.read()] == ["one\n"]
    assert not spectator.moved()


def test_a_folder_without_rights_is_said(bare: Repository) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    branch = bare.run("r")
    branch.append([draft()], None)
    folders = [p for p in (bare.path / "objects").iterdir() if p.is_dir()]
    for folder in folders:
        folder.chmod(0o555)
    try:
        with pytest.raises(StorageFailed, match="may not do that"):
            branch.append([draft("two\n")], branch.head)
    finally:
        for folder in folders:
            folder.chmod(0o755)


def test_a_vanished_repository_is_not_built_again(bare: Repository) -> None:
    branch = bare.run("r")
    (first,) = branch.append([draft()], None)
    bare.path.rename(bare.path.with_name("moved.git"))
    assert branch.moved()
    with pytest.raises(LogError):
        branch.append([draft("two\n")], first)
    branch.current()
    with pytest.raises(StorageFailed):
        branch.append([draft("two\n")], None)
    assert not bare.path.exists()
    bare.path.mkdir()
    with pytest.raises(StorageFailed):
        branch.append([draft("two\n")], None)
    assert list(bare.path.iterdir()) == []


@pytest.mark.parametrize(
    ("ordered", "failing"), [(False, 1), (False, 2), (False, 3), (False, 4), (True, 2), (True, 3)]
)
def test_whichever_fsync_fails_nothing_is_acknowledged(
    bare: Repository,
    monkeypatch: pytest.MonkeyPatch,
    sound: Callable[..., None],
    ordered: bool,
    failing: int,
) -> None:
    """Lock, object, the object's folder, the branch's folder: four fsyncs, each may fail."""
    monkeypatch.setattr(journal, "keeps_order", lambda device: ordered)
    last = 3 if ordered else 4
    branch = bare.run("r")
    branch.append([draft("one\n"), draft("two\n")], None)
    head = branch.head
    done: list[int] = []
    real = os.fsync

    def fsync(fd: int) -> None:
        done.append(fd)
        if len(done) == failing:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StorageFailed, match="input/output error") as failed:
        branch.append([draft("three\n")], head)
    monkeypatch.undo()
    visible = bare.run("r").head != head
    assert failed.value.uncertain == visible == (failing == last)
    assert ("did not confirm" in failed.value.unharmed) == visible
    assert _temporary(bare.path) == []
    sound()
    bare.run("r").append([draft("four\n")], bare.run("r").head)


@pytest.mark.parametrize(("ordered", "expected"), [(False, 4), (True, 3)])
def test_folders_are_synced_one_by_one_unless_one_journal_keeps_their_order(
    bare: Repository, monkeypatch: pytest.MonkeyPatch, ordered: bool, expected: int
) -> None:
    monkeypatch.setattr(journal, "keeps_order", lambda device: ordered)
    branch = bare.run("r")
    branch.append([draft("one\n")], None)
    real, done = os.fsync, []

    def fsync(fd: int) -> None:
        done.append(fd)
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    branch.append([draft("two\n")], branch.head)
    assert len(done) == expected


def test_only_ext4_with_a_journal_is_trusted_to_keep_order(tmp_path: Path) -> None:
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        number, kind = line.split()[2], line.split(" - ")[1].split()[0]
        major, minor = map(int, number.split(":"))
        if kind not in {"ext4", "ext3", "ext2"}:
            assert not journal.keeps_order(os.makedev(major, minor)), line
    assert not journal.keeps_order(os.makedev(4095, 4095))


def _object(repository: Path, oid: str) -> Path:
    path = repository / "objects" / oid[:2] / oid[2:]
    path.chmod(0o644)
    return path


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 200, b"x\x9c garbage", zlib.compress(b"commit 3\0abc"), zlib.compress(b"")],
)
def test_a_damaged_commit_is_named(bare: Repository, content: bytes) -> None:
    branch = bare.run("r")
    ids = branch.append([draft(f"{n}\n") for n in range(3)], None)
    _object(bare.path, ids[1]).write_bytes(content)
    with pytest.raises(BrokenObject) as broken:
        list(branch.read())
    assert broken.value.object_id == ids[1]


def test_a_missing_commit_is_named(bare: Repository) -> None:
    branch = bare.run("r")
    ids = branch.append([draft(f"{n}\n") for n in range(3)], None)
    _object(bare.path, ids[1]).unlink()
    with pytest.raises(BrokenObject) as broken:
        list(branch.read())
    assert broken.value.object_id == ids[1]


def test_a_bomb_ends_early(bare: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    from runbook_tui.adapters.gitlog import loose

    monkeypatch.setattr(loose, "LARGEST", 1 << 16)
    branch = bare.run("r")
    (commit,) = branch.append([draft()], None)
    _object(bare.path, commit).write_bytes(zlib.compress(b"commit 99999999\0" + b"a" * (1 << 22)))
    with pytest.raises(BrokenObject):
        list(branch.read())


def test_an_object_that_a_power_cut_emptied_is_written_anew(
    bare: Repository, sound: Callable[..., None]
) -> None:
    branch = bare.run("r")
    branch.append([draft("one\n", a_txt=b"evidence\n")], None)
    _object(bare.path, branch.files()["a.txt"]).write_bytes(b"")
    branch.append([draft("two\n", b_txt=b"evidence\n")], branch.head)
    assert branch.file("b.txt") == b"evidence\n"
    sound()


@pytest.mark.parametrize("content", [b"", b"\0" * 41, b"ref: refs/heads/main\n", b"1234\n"])
def test_a_damaged_branch_is_named_and_listed(bare: Repository, content: bytes) -> None:
    bare.run("good").append([draft()], None)
    bare.run("r").append([draft()], None)
    (bare.path / "refs/heads/runs/r").write_bytes(content)
    assert [name for name, _ in bare.runs()] == ["good", "r"]
    assert dict(bare.runs())["r"] == ""
    with pytest.raises(BrokenObject, match="names no commit") as broken:
        bare.run("r")
    assert "git fsck --lost-found" in broken.value.hint


def test_a_branch_that_is_no_chain_of_commits_is_refused(bare: Repository, git: Git) -> None:
    branch = bare.run("r")
    branch.append([draft("one\n", a_txt=b"1")], None)
    blob = branch.files()["a.txt"]
    (bare.path / "refs/heads/runs/r").write_text(blob + "\n")
    with pytest.raises(BrokenObject, match="is a blob where a commit should be"):
        list(branch.read())


def test_git_that_is_missing_is_said_and_appending_goes_on(
    bare: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    branch = bare.run("r")
    branch.append([draft("one\n")], None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("git") is None
    with pytest.raises(LogError, match="Could not start git") as failed:
        branch.pack()
    assert "installed" in failed.value.hint
    branch.append([draft("two\n")], branch.head)
    assert len(list(branch.read())) == 2
    assert bare.identity().name
