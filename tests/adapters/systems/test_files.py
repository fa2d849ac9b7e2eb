"""Files: seen with all that counts, put back byte for byte, and nobody else's touched."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from runbook_tui.adapters.systems.file_values import MOST_KEPT
from runbook_tui.domain.systems.asking import FAILED, FOREIGN, RESTORED
from runbook_tui.domain.systems.files import Files
from runbook_tui.domain.systems.seen import Seen, changes
from tests.adapters.systems.conftest import Child

CONF = Files(paths=("conf",))


@pytest.fixture
def conf(child: Child) -> Path:
    """A folder as a service has it."""
    folder = child.cwd / "conf"
    (folder / "d").mkdir(parents=True)
    (folder / "a.ini").write_bytes(b"x = 1\n")
    (folder / "d" / "b.bin").write_bytes(bytes(range(256)))
    (folder / "now").symlink_to("a.ini")
    (folder / "a.ini").chmod(0o640)
    return folder


def state(folder: Path) -> dict[str, tuple[int, object]]:
    """All that is under a folder, by our own eyes."""
    found: dict[str, tuple[int, object]] = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            found[str(path)] = (mode, path.readlink())
        else:
            found[str(path)] = (mode, path.read_bytes() if stat.S_ISREG(mode) else None)
    return found


def edit(conf: Path) -> None:
    (conf / "a.ini").write_bytes(b"x = 2\n")


def put_folder_for_file(conf: Path) -> None:
    (conf / "a.ini").unlink()
    (conf / "a.ini").mkdir()
    (conf / "a.ini" / "inner").write_bytes(b"")


def put_file_for_folder(conf: Path) -> None:
    shutil.rmtree(conf / "d")
    (conf / "d").write_bytes(b"")


def put_link_for_file(conf: Path) -> None:
    (conf / "a.ini").unlink()
    (conf / "a.ini").symlink_to("/etc/passwd")


def put_link_for_folder(conf: Path) -> None:
    (conf / "d").rename(conf / "d.old")
    (conf / "d").symlink_to("d.old")


def put_file_for_link(conf: Path) -> None:
    (conf / "now").unlink()
    (conf / "now").write_bytes(b"no link")


def point_elsewhere(conf: Path) -> None:
    (conf / "now").unlink()
    (conf / "now").symlink_to("d")


def other_modes(conf: Path) -> None:
    (conf / "a.ini").chmod(0o4755)
    (conf / "d").chmod(0o2777)


def remove_all(conf: Path) -> None:
    shutil.rmtree(conf)


def fill(conf: Path) -> None:
    (conf / "new" / "deep").mkdir(parents=True)
    (conf / "new" / "deep" / "er").write_bytes(b"1")


@pytest.mark.parametrize(
    "step",
    [
        edit, put_folder_for_file, put_file_for_folder, put_link_for_file, put_link_for_folder,
        put_file_for_link, point_elsewhere, other_modes, remove_all, fill,
    ],
)  # fmt: skip
def test_what_a_step_did_is_put_back(
    child: Child, conf: Path, step: Callable[[Path], None]
) -> None:
    as_it_was = state(conf)
    before = child.look(CONF)
    step(conf)
    ours = child.look(CONF)
    assert changes(before, ours)

    said = child.restore(CONF, before, ours)

    assert said.code == RESTORED, said.out
    assert state(conf) == as_it_was
    assert child.look(CONF) == before


def test_what_somebody_else_changed_since_is_left_and_said(child: Child, conf: Path) -> None:
    before = child.look(CONF)
    edit(conf)
    (conf / "d" / "b.bin").unlink()
    ours = child.look(CONF)
    (conf / "a.ini").write_bytes(b"x = 3\n")
    (conf / "theirs").write_bytes(b"")

    said = child.restore(CONF, before, ours)

    assert said.code == FOREIGN
    assert "left conf/a.ini: somebody else has changed it since" in said.out
    assert (conf / "a.ini").read_bytes() == b"x = 3\n"
    assert (conf / "theirs").exists()
    assert (conf / "d" / "b.bin").read_bytes() == bytes(range(256))


def test_a_folder_that_somebody_else_uses_by_now_stays(child: Child, conf: Path) -> None:
    before = child.look(CONF)
    fill(conf)
    ours = child.look(CONF)
    (conf / "new" / "theirs").write_bytes(b"")

    said = child.restore(CONF, before, ours)

    assert said.code == FAILED
    assert "not put back: conf/new: Directory not empty" in said.out
    assert [path.name for path in (conf / "new").iterdir()] == ["theirs"]


def test_nothing_is_done_where_all_is_as_before_already(child: Child, conf: Path) -> None:
    before = child.look(CONF)
    edit(conf)
    ours = child.look(CONF)
    (conf / "a.ini").write_bytes(b"x = 1\n")
    number = (conf / "a.ini").stat().st_ino

    said = child.restore(CONF, before, ours)

    assert (said.code, said.out) == (RESTORED, "")
    assert (conf / "a.ini").stat().st_ino == number


def test_times_are_not_compared(child: Child, conf: Path) -> None:
    before = child.look(CONF)
    os.utime(conf / "a.ini", (1, 1))
    (conf / "passing").write_bytes(b"")
    (conf / "passing").unlink()

    assert child.look(CONF) == before


def test_only_what_was_named_is_read_and_put_back(child: Child, conf: Path) -> None:
    one = Files(paths=("conf",), only=("conf/a.ini",))
    before = child.look(one)
    edit(conf)
    fill(conf)
    ours = child.look(one)

    assert list(ours.objects) == ["conf/a.ini"]
    assert child.restore(one, before, ours).code == RESTORED
    assert (conf / "new" / "deep" / "er").exists()


def test_a_link_above_that_leads_elsewhere_by_now_is_not_followed(child: Child) -> None:
    for name in ("r1", "r2"):
        (child.cwd / name).mkdir()
        (child.cwd / name / "conf").write_text(name)
    (child.cwd / "current").symlink_to("r1")
    config = Files(paths=("current/conf",))
    before = child.look(config)
    (child.cwd / "current").unlink()
    (child.cwd / "current").symlink_to("r2")
    ours = child.look(config)

    said = child.restore(config, before, ours)

    assert said.code == FAILED
    assert "a link on its way leads elsewhere by now" in said.out
    assert (child.cwd / "r2" / "conf").read_text() == "r2"

    # With the link among what is looked at, all comes back.
    both = Files(paths=("current", "current/conf"))
    ours = child.look(both)
    (child.cwd / "current").unlink()
    (child.cwd / "current").symlink_to("r1")
    before = child.look(both)
    (child.cwd / "current").unlink()
    (child.cwd / "current").symlink_to("r2")
    assert child.restore(both, before, ours).code == RESTORED
    assert (child.cwd / "current" / "conf").read_text() == "r1"


def test_names_that_no_terminal_may_see_are_put_back_too(child: Child) -> None:
    top = os.fsencode(child.cwd / "conf")
    Path(os.fsdecode(top)).mkdir()
    names = [b"caf\xe9", b"a\x1b]0;x\x07b", b"two\nlines", "ä".encode()]
    for name in names:
        Path(os.fsdecode(top + b"/" + name)).write_bytes(name)
    before = child.look(CONF)
    shutil.rmtree(top)
    ours = child.look(CONF)

    assert r"conf/caf\xe9" in before.objects
    assert r"conf/a\x1b]0;x\x07b" in before.objects
    assert child.restore(CONF, before, ours).code == RESTORED
    assert {os.fsencode(path.name) for path in (child.cwd / "conf").iterdir()} == set(names)
    assert child.look(CONF) == before


def test_a_huge_file_is_seen_and_said_not_to_come_back(child: Child, conf: Path) -> None:
    huge = conf / "huge"
    with huge.open("wb") as file:
        file.truncate(MOST_KEPT + 1)
    before = child.look(CONF)
    huge.chmod(0o600)
    ours = child.look(CONF)

    assert "too large to be put back" in before.lines["conf/huge"]
    # Its permissions alone need no content.
    assert child.restore(CONF, before, ours).code == RESTORED
    huge.unlink()
    said = child.restore(CONF, before, child.look(CONF))
    assert said.code == FAILED
    assert "67,108,865 bytes are too many to have been kept" in said.out


def test_pipes_and_sockets_are_seen_but_never_opened(child: Child, conf: Path) -> None:
    os.mkfifo(conf / "pipe")
    short = Path(tempfile.mkdtemp(dir="/tmp"))  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(short / "s"))
        (short / "s").rename(conf / "s")
        seen = child.look(CONF)
    short.rmdir()
    (conf / "pipe").unlink()

    said = child.restore(CONF, seen, child.look(CONF))

    assert seen.lines["conf/pipe"].startswith("pipe 0644")
    assert seen.lines["conf/s"].startswith("socket")
    assert said.code == FAILED
    assert "it was a pipe: those are not made again" in said.out


def test_hard_links_live_through_other_permissions(child: Child, conf: Path) -> None:
    (conf / "twin").hardlink_to(conf / "a.ini")
    before = child.look(CONF)
    (conf / "a.ini").chmod(0o600)

    assert child.restore(CONF, before, child.look(CONF)).code == RESTORED
    assert (conf / "twin").samefile(conf / "a.ini")


def test_access_lists_and_attributes_are_put_back(child: Child, conf: Path) -> None:
    try:
        os.setxattr(conf / "a.ini", "user.origin", b"package")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    before = child.look(CONF)
    os.removexattr(conf / "a.ini", "user.origin")
    if shutil.which("setfacl"):
        subprocess.run(["setfacl", "-m", "u:65534:rw", conf / "a.ini"], check=True)
    os.setxattr(conf / "d", "user.mark", b"1")
    ours = child.look(CONF)

    assert "user.mark" in ours.lines["conf/d"]
    assert child.restore(CONF, before, ours).code == RESTORED
    assert child.look(CONF) == before
    assert os.getxattr(conf / "a.ini", "user.origin") == b"package"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_owners_are_put_back(child: Child, conf: Path) -> None:
    os.chown(conf / "a.ini", 33, 34)
    os.lchown(conf / "now", 33, 34)
    before = child.look(CONF)
    (conf / "a.ini").unlink()
    edit(conf)
    os.lchown(conf / "now", 0, 0)

    assert child.restore(CONF, before, child.look(CONF)).code == RESTORED
    assert ((conf / "a.ini").stat().st_uid, (conf / "a.ini").stat().st_gid) == (33, 34)
    assert (conf / "now").lstat().st_uid == 33


@pytest.fixture
def somebody(child: Child) -> Child:
    """The process without root's rights over all files."""
    if os.geteuid() != 0:
        return child
    if shutil.which("setpriv") is None:
        pytest.skip("root's rights cannot be taken away here: setpriv is missing")
    return replace(child, through=("setpriv", "--bounding-set=-all", "--inh-caps=-all"))


def test_what_may_not_be_read_is_named(somebody: Child) -> None:
    (somebody.cwd / "conf").mkdir()
    (somebody.cwd / "conf" / "secret").write_bytes(b"")
    (somebody.cwd / "conf" / "secret").chmod(0)

    why = somebody.refused(CONF)

    assert why.startswith("conf/secret: Permission denied")
    seen = somebody.look(Files(paths=("conf",), ignore=("*/secret",)))
    assert list(seen.objects) == ["conf"]


def test_a_folder_nobody_may_write_in_is_written_in_by_its_owner(somebody: Child) -> None:
    folder = somebody.cwd / "conf"
    folder.mkdir()
    (folder / "a.ini").write_bytes(b"1")
    folder.chmod(0o555)
    before = somebody.look(CONF)
    (folder / "a.ini").write_bytes(b"2")

    said = somebody.restore(CONF, before, somebody.look(CONF))

    assert said.code == RESTORED, said.out
    assert (folder / "a.ini").read_bytes() == b"1"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o555
    assert [path.name for path in folder.iterdir()] == ["a.ini"]


def test_what_stood_before_must_be_kept_on_this_machine(child: Child, conf: Path) -> None:
    ours = child.look(CONF)

    said = child.restore(CONF, Seen({"conf": "0" * 16}), ours)

    assert said.code == 3
    assert "not kept on this machine" in said.err
