"""Packages are put out into a private folder, or refused with the reason; nothing stays behind."""

from __future__ import annotations

import os
import stat
import tarfile
import tempfile
import threading
from pathlib import Path

import pytest

from runbook_tui.preflight.package import unpacking
from runbook_tui.preflight.package.members import Limits
from runbook_tui.preflight.package.unpacking import Unpacker
from runbook_tui.preflight.trees import NotThereError, Tree

from .archives import deb_of, entry, special, tar_of, zip_of
from .test_hostile_archives import HOSTILE, SMALL

X = b"x"


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    return folder


def places(tree: Tree | None) -> dict[str, bytes]:
    assert tree is not None
    return {tree.place(path): path.read_bytes() for path in tree.files()}


def everything(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*"))


@pytest.mark.parametrize("what", [name for name in HOSTILE if HOSTILE[name][2] != "folder"])
def test_nothing_of_a_hostile_package_gets_out_of_the_folder(
    what: str, tmp_path: Path, parent: Path
) -> None:
    key, severity, name, build = HOSTILE[what]
    path = build(tmp_path / name)
    before = everything(tmp_path)
    with Unpacker(SMALL, parent=parent) as unpacker:
        if severity == "inhibitor":
            with pytest.raises(NotThereError, match=r"not unpacked, it is unsafe|read"):
                unpacker.unpack(path, name)
            assert everything(tmp_path) == before + everything_of(parent, tmp_path)
            assert [f for f in parent.rglob("*") if f.is_file()] == []
        else:
            tree = unpacker.unpack(path, name)
            assert tree is not None
            for each in parent.rglob("*"):
                status = each.lstat()
                assert stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode), key
                assert stat.S_IMODE(status.st_mode) == (0o700 if each.is_dir() else 0o600)
            if severity == "unknown":
                assert unpacker.left_out(path, name)
    assert everything(tmp_path) == before
    assert list(parent.iterdir()) == []


def everything_of(parent: Path, root: Path) -> list[str]:
    return sorted(str(each.relative_to(root)) for each in parent.rglob("*"))


def test_files_are_called_what_the_package_calls_them(tmp_path: Path, parent: Path) -> None:
    inner = tar_of(tmp_path / "i", ("./etc/x", b"one"), ("etc/y z", b"two"))
    path = zip_of(
        tmp_path / "o.zip", ("in.tgz", inner.read_bytes()), ("cron.d/job", b"three"), ("-rf", b"")
    )
    with Unpacker(parent=parent) as unpacker:
        tree = unpacker.unpack(path, "up/o.zip")
        assert places(tree) == {
            "up/o.zip!-rf": b"",
            "up/o.zip!cron.d/job": b"three",
            "up/o.zip!in.tgz!./etc/x": b"one",
            "up/o.zip!in.tgz!etc/y z": b"two",
        }
        assert tree is not None
        assert not tree.editable
        assert {path.relative_to(tree.root).as_posix() for path in tree.files()} == {
            "-rf", "cron.d/job", "in.tgz!/etc/x", "in.tgz!/etc/y z",
        }  # fmt: skip


def test_a_debian_package_is_its_control_files_and_what_it_installs(
    tmp_path: Path, parent: Path
) -> None:
    data = tar_of(tmp_path / "d", ("./usr/bin/x", b"run")).read_bytes()
    path = deb_of(tmp_path / "p.deb", debian_binary=b"2.0\n", data_tar_gz=data)
    with Unpacker(parent=parent) as unpacker:
        assert places(unpacker.unpack(path, "p.deb"))["p.deb!data.tar_gz!./usr/bin/x"] == b"run"


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"[a]\nb = 1\n" * 100, bytes(600), b"\xff" * 1000]
)
def test_a_file_that_is_no_package_is_left_to_whoever_asks(
    content: bytes, tmp_path: Path, parent: Path
) -> None:
    (tmp_path / "f.zip").write_bytes(content)
    with Unpacker(parent=parent) as unpacker:
        assert unpacker.unpack(tmp_path / "f.zip", "f.zip") is None
        assert list(parent.iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 and no more", b"7z\xbc\xaf\x27\x1c" + bytes(50), b"\x1f\x8b\x08broken"]
)
def test_a_package_that_cannot_be_read_is_no_file_to_look_at(
    content: bytes, tmp_path: Path, parent: Path
) -> None:
    (tmp_path / "f").write_bytes(content)
    with Unpacker(parent=parent) as unpacker, pytest.raises(NotThereError, match=r"^f: "):
        unpacker.unpack(tmp_path / "f", "f")
    with Unpacker(parent=parent) as unpacker, pytest.raises(NotThereError, match="No such file"):
        unpacker.unpack(tmp_path / "none", "none")


def test_it_is_read_once_until_it_is_another(tmp_path: Path, parent: Path) -> None:
    path = zip_of(tmp_path / "p.zip", ("a", b"1"))
    reads: list[int] = []
    with Unpacker(parent=parent, progress=lambda _m, size: reads.append(size)) as unpacker:
        first, second = unpacker.unpack(path, "p"), unpacker.unpack(path, "again")
        assert first is not None
        assert second is not None
        assert first.root == second.root
        assert list(places(second)) == ["again!a"]
        once = len(reads)
        zip_of(path, ("a", b"22"))
        assert places(unpacker.unpack(path, "p")) == {"p!a": b"22"}
        assert len(reads) > once


def test_its_fingerprint_is_the_packages(tmp_path: Path, parent: Path) -> None:
    path = zip_of(tmp_path / "p.zip", ("a", b"1"))
    prints = []
    for content in (b"1", b"1", b"2"):
        zip_of(path, ("a", content))
        with Unpacker(parent=parent) as unpacker:
            tree = unpacker.unpack(path, "p")
            assert tree is not None
            prints.append(tree.fingerprint())
    assert prints[0] == prints[1] != prints[2]


def test_checks_side_by_side_share_it(tmp_path: Path, parent: Path) -> None:
    path = zip_of(tmp_path / "p.zip", *((f"{n}", os.urandom(20_000)) for n in range(50)))
    roots: list[Path] = []
    with Unpacker(parent=parent) as unpacker:

        def ask() -> None:
            tree = unpacker.unpack(path, "p")
            assert tree is not None
            roots.append(tree.root)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(roots) == 4
    assert len(set(roots)) == 1


def test_rights_and_links_do_not_come_along(tmp_path: Path, parent: Path) -> None:
    sets = special("setuid", tarfile.REGTYPE, mode=0o6777)
    link = special("link", tarfile.SYMTYPE, "plain")
    path = tar_of(tmp_path / "p.tar", ("plain", X), sets, link, how="w")
    with Unpacker(parent=parent) as unpacker:
        tree = unpacker.unpack(path, "p")
        assert sorted(places(tree)) == ["p!plain", "p!setuid"]
        assert tree is not None
        assert {stat.S_IMODE(each.lstat().st_mode) for each in tree.files()} == {0o600}
        [private] = parent.iterdir()
        assert stat.S_IMODE(private.stat().st_mode) == 0o700


def test_names_that_a_disk_does_not_take_are_kept_apart(tmp_path: Path, parent: Path) -> None:
    names = [
        "a\x1b]0;x", "a\x01]0;x", "ü" * 200 + ".sql", "/".join("d" * 300), "\udce4",
    ]  # fmt: skip
    entries = [(name, str(n).encode()) for n, name in enumerate(names)]
    path = tar_of(tmp_path / "p.tar", *entries, how="w")
    with Unpacker(parent=parent) as unpacker:
        found = places(unpacker.unpack(path, "p"))
    assert sorted(found.values()) == sorted(content for _, content in entries)
    assert not any("\x1b" in place for place in found)


def test_a_mode_of_a_folder_is_no_mode_of_a_file(tmp_path: Path, parent: Path) -> None:
    path = zip_of(tmp_path / "p.zip", (entry("d/", 0o40000), b""), ("d/f", X))
    with Unpacker(parent=parent) as unpacker:
        assert list(places(unpacker.unpack(path, "p"))) == ["p!d/f"]


def test_the_disk_is_not_filled_up(
    tmp_path: Path, parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zip_of(tmp_path / "p.zip", ("a", X))
    monkeypatch.setattr(unpacking, "SPARED", 2**62)
    with Unpacker(parent=parent) as unpacker:
        with pytest.raises(NotThereError, match="too little room"):
            unpacker.unpack(path, "p")
        monkeypatch.setattr(unpacking, "SPARED", 0)
        assert places(unpacker.unpack(path, "p")) == {"p!a": X}


def test_whoever_stops_it_leaves_nothing(tmp_path: Path, parent: Path) -> None:
    path = zip_of(tmp_path / "p.zip", *((f"{n}", X) for n in range(30)))

    def stop(members: int, _size: int) -> None:
        if members == 10:
            raise KeyboardInterrupt

    with Unpacker(progress=stop, parent=parent) as unpacker:
        with pytest.raises(KeyboardInterrupt):
            unpacker.unpack(path, "p")
        assert [each for each in parent.rglob("*") if each.is_file()] == []
    assert list(parent.iterdir()) == []


def test_a_package_beyond_the_limits_is_refused(tmp_path: Path, parent: Path) -> None:
    path = zip_of(tmp_path / "p.zip", *((f"{n}", X) for n in range(30)))
    with Unpacker(Limits(members=20), parent=parent) as unpacker:
        with pytest.raises(NotThereError, match="more members than a package may have"):
            unpacker.unpack(path, "p")
        with pytest.raises(NotThereError):
            unpacker.unpack(path, "p")


def test_it_lies_where_temporary_files_lie(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "p.zip", ("a", X))
    with Unpacker() as unpacker:
        tree = unpacker.unpack(path, "p")
        assert tree is not None
        assert tree.root.is_relative_to(tempfile.gettempdir())
    assert not tree.root.exists()
