"""Remedies on real files: done whole or not at all, and taken back to the letter."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from runbook_tui.adapters.edits import apply
from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.domain.findings import Edit, Remedy, keyed, line_digest

TOOLS = LocalTools()
CRON = b"# jobs\r\nMAILTO=ops\n0 3 * * * root /usr/bin/export \xff >/dev/null\nlast without end"


def edit(path: Path, line: int, find: str, put: str) -> Edit:
    seen = path.read_bytes().splitlines()[line - 1]
    return Edit(path=str(path), line=line, digest=line_digest(seen), find=find, put=put)


def remedy(*edits: Edit) -> Remedy:
    return Remedy(label="Do it", edits=edits)


def test_a_line_is_commented_out_and_back_and_no_other_byte_changes(tmp_path: Path) -> None:
    file = tmp_path / "cron"
    file.write_bytes(CRON)
    file.chmod(0o640)
    what = remedy(edit(file, 3, "", "# "), edit(file, 4, "", "# "))
    assert apply(what, TOOLS).outcome == "done"
    assert file.read_bytes() == CRON.replace(b"0 3 *", b"# 0 3 *").replace(b"last", b"# last")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert apply(what, TOOLS, undo=True).outcome == "done"
    assert file.read_bytes() == CRON


def test_a_word_is_replaced_wherever_it_stands_in_its_line(tmp_path: Path) -> None:
    file = tmp_path / "a.conf"
    file.write_text("push old.example and old.example\nold.example too\n")
    what = remedy(edit(file, 1, "old.example", "new.example"))
    assert apply(what, TOOLS).outcome == "done"
    assert file.read_text() == "push new.example and new.example\nold.example too\n"
    assert apply(what, TOOLS, undo=True).outcome == "done"
    assert file.read_text() == "push old.example and old.example\nold.example too\n"


def test_a_line_that_is_another_by_now_is_left_and_so_is_everything_else(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("a\n")
    two.write_text("b\n")
    what = remedy(edit(one, 1, "", "# "), edit(two, 1, "", "# "))
    two.write_text("B\n")
    applied = apply(what, TOOLS)
    assert applied.outcome == "failed"
    assert "nothing was changed" in applied.summary
    assert (one.read_text(), two.read_text()) == ("a\n", "B\n")


def test_what_could_not_be_taken_back_is_not_done(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("old and new\n")
    applied = apply(remedy(edit(file, 1, "old", "new")), TOOLS)
    assert (applied.outcome, file.read_text()) == ("failed", "old and new\n")
    assert "by hand" in applied.summary


def test_a_line_that_is_gone_and_a_file_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("a\nb\n")
    what = remedy(edit(file, 2, "", "# "))
    file.write_text("a\n")
    assert "no line 2" in apply(what, TOOLS).summary
    file.unlink()
    assert apply(what, TOOLS).outcome == "failed"
    os.mkfifo(file)
    assert "no plain file" in apply(what, TOOLS).summary


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    file, link = tmp_path / "f", tmp_path / "link"
    file.write_text("a\n")
    link.symlink_to(file)
    assert apply(remedy(edit(link, 1, "", "# ")), TOOLS).outcome == "done"
    assert link.is_symlink()
    assert file.read_text() == "# a\n"


def test_a_command_is_run_and_taken_back_by_its_own(tmp_path: Path) -> None:
    there = tmp_path / "there"
    what = Remedy(label="Make it", argv=("touch", str(there)), undo=("rm", str(there)))
    assert apply(what, TOOLS).outcome == "done"
    assert there.exists()
    assert apply(what, TOOLS, undo=True).outcome == "done"
    assert not there.exists()
    failed = apply(what, TOOLS, undo=True)
    assert failed.outcome == "failed"
    assert "exit 1" in failed.summary
    assert apply(Remedy(label="x", argv=("no-such-program",)), TOOLS).outcome == "failed"
    assert "by hand" in apply(Remedy(label="x", argv=("true",)), TOOLS, undo=True).summary


def test_a_file_with_other_names_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "cron"
    file.write_bytes(CRON)
    os.link(file, tmp_path / "same")
    applied = apply(remedy(edit(file, 3, "", "# ")), TOOLS)
    assert (applied.outcome, "hard links" in applied.summary) == ("failed", True)
    assert file.read_bytes() == (tmp_path / "same").read_bytes() == CRON


def test_all_rights_and_marks_of_a_file_stay(tmp_path: Path) -> None:
    file = tmp_path / "tool"
    file.write_bytes(CRON)
    try:
        os.setxattr(file, "user.mark", b"kept")
    except OSError:
        pytest.skip("this file system keeps no attributes")
    file.chmod(0o4750)
    assert apply(remedy(edit(file, 3, "", "# ")), TOOLS).outcome == "done"
    assert stat.S_IMODE(file.stat().st_mode) == 0o4750
    assert os.getxattr(file, "user.mark") == b"kept"


@pytest.mark.parametrize(("path", "put"), [("/etc/x\0y", "# "), ("/etc/hostname", "\ud800")])
def test_what_is_no_text_is_refused_not_raised(path: str, put: str) -> None:
    applied = apply(remedy(Edit(path=path, line=1, digest="", put=put)), TOOLS)
    assert applied.outcome == "failed"


def test_a_line_is_known_only_with_the_key_it_was_marked_with(tmp_path: Path) -> None:
    file = tmp_path / "cron"
    file.write_bytes(CRON)
    plain = edit(file, 3, "", "# ")
    marked = Edit(path=plain.path, line=3, digest=keyed(plain.digest, b"key"), put="# ")
    assert marked.digest != plain.digest
    assert apply(remedy(marked), TOOLS, key=b"other").outcome == "failed"
    assert apply(remedy(marked), TOOLS, key=b"key").outcome == "done"
    assert apply(remedy(marked), TOOLS, key=b"key", undo=True).outcome == "done"
    assert file.read_bytes() == CRON
