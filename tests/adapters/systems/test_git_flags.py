"""Flags in a git work tree: what is there, what is committed, and one put back byte for byte."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from runbook_tui.domain.systems.asking import FAILED, FOREIGN, RESTORED
from runbook_tui.domain.systems.flag_files import GitFlags
from tests.adapters.systems.conftest import Child

FILES = {
    "flags.yaml": (
        "# asked for by ops\ncheckout:\n    new: false   # ask first\n    retries: 3\nbeta: 'no'\n",
        "new: false   # ask first", "new: true", "checkout.new",
    ),
    "flags.json": (
        '{\n\t"a": {"new": false, "old": true},\n\t"b": "1"\n}\n',
        '"new": false', '"new": "false"', "a.new",
    ),
    "flags.toml": (
        "[checkout]\nnew = false\nold=true\n", "new = false", "new = true", "checkout.new",
    ),
    "flags.ini": (
        "[checkout]\r\nnew = off\r\nold = on\r\n", "new = off", "new = on", "checkout.new",
    ),
    ".env.prod": ("A=1\nexport NEW_CHECKOUT=\"0\"\n", 'CHECKOUT="0"', "CHECKOUT=1", "NEW_CHECKOUT"),
}  # fmt: skip


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def tree(child: Child) -> Path:
    """A repository with flags in every format, committed on `main`."""
    folder = child.cwd / "shop"
    (folder / "config").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    for name, (text, *_) in FILES.items():
        (folder / "config" / name).write_bytes(text.encode())
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "flags")
    return folder


def config(*files: str, **more: str) -> GitFlags:
    return GitFlags(repository="shop", files=tuple(f"config/{name}" for name in files), **more)  # type: ignore[arg-type]


def change(path: Path, old: str, new: str) -> None:
    text = path.read_bytes().decode()
    assert text.count(old) == 1
    path.write_bytes(text.replace(old, new).encode())


@pytest.mark.parametrize("name", FILES)
def test_a_flag_is_put_back_byte_for_byte(child: Child, tree: Path, name: str) -> None:
    text, old, new, flag = FILES[name]
    file = tree / "config" / name
    before = child.look(config(name))
    change(file, old, new)
    ours = child.look(config(name))

    said = child.restore(config(name), before, ours)

    assert said.code == RESTORED, said.out
    assert f"put back config/{name}: {flag}" in said.out
    assert file.read_bytes() == text.encode()
    assert child.look(config(name)) == before


@pytest.mark.parametrize(
    ("name", "line"),
    [("flags.yaml", "    retries: 3\n"), ("flags.toml", "old=true\n"), (".env.prod", "A=1\n")],
)
def test_flags_that_came_or_went_are_put_back(
    child: Child, tree: Path, name: str, line: str
) -> None:
    file = tree / "config" / name
    with_it = file.read_bytes()
    seen = child.look(config(name))
    change(file, line, "")
    without = child.look(config(name))

    assert child.restore(config(name), seen, without).code == RESTORED
    assert file.read_bytes() == with_it

    change(file, line, "")
    before = child.look(config(name))
    file.write_bytes(with_it)
    assert child.restore(config(name), before, seen).code == RESTORED
    assert file.read_bytes() == with_it.replace(line.encode(), b"")


def test_a_last_flag_of_json_comes_back_with_its_comma(child: Child, tree: Path) -> None:
    file = tree / "config" / "flags.json"
    as_it_was = file.read_bytes()
    before = child.look(config("flags.json"))
    change(file, ',\n\t"b": "1"', "")

    said = child.restore(config("flags.json"), before, child.look(config("flags.json")))

    assert said.code == RESTORED, said.out
    assert file.read_bytes() == as_it_was


def test_what_was_committed_is_said_and_left_to_people(child: Child, tree: Path) -> None:
    file = tree / "config" / "flags.yaml"
    before = child.look(config("flags.yaml"))
    assert before.lines["config/flags.yaml: checkout.new"] == "false on main, committed"
    change(file, "new: false", "new: true")
    git(tree, "commit", "-qam", "on")
    ours = child.look(config("flags.yaml"))

    said = child.restore(config("flags.yaml"), before, ours)

    assert said.code == FAILED  # until it is committed, it is not as it was
    assert "false in the work tree; still to be committed" in said.out
    assert "not committed: HEAD has true" in said.out
    git(tree, "commit", "-qam", "off again")
    assert child.look(config("flags.yaml")) == before


def test_a_change_of_another_flag_by_somebody_else_is_left(child: Child, tree: Path) -> None:
    file = tree / "config" / "flags.json"
    before = child.look(config("flags.json"))
    change(file, '"new": false', '"new": true')
    ours = child.look(config("flags.json"))
    change(file, '"old": true', '"old": null')

    said = child.restore(config("flags.json"), before, ours)

    assert said.code == FOREIGN
    assert "left config/flags.json: a.old: somebody else" in said.out
    assert b'{"new": false, "old": null}' in file.read_bytes()


def test_another_branch_is_another_state_and_not_changed_back(child: Child, tree: Path) -> None:
    before = child.look(config("flags.toml"))
    git(tree, "checkout", "-q", "-b", "other")
    ours = child.look(config("flags.toml"))

    said = child.restore(config("flags.toml"), before, ours)

    assert said.code == FAILED
    assert "another branch is checked out: other, before main" in said.out


def test_flags_in_code_are_found_by_an_expression(child: Child, tree: Path) -> None:
    file = tree / "config" / "flags.py"
    file.write_text("# code\nNEW_CHECKOUT = False  # soon\nOTHER = 'x'\n")
    code = config("flags.py", pattern=r"^(?P<name>[A-Z_]+) = (?P<value>True|False)")
    before = child.look(code)
    change(file, "NEW_CHECKOUT = False", "NEW_CHECKOUT = True")
    ours = child.look(code)

    assert list(ours.objects) == ["config/flags.py: NEW_CHECKOUT"]
    assert child.restore(code, before, ours).code == RESTORED
    assert file.read_text() == "# code\nNEW_CHECKOUT = False  # soon\nOTHER = 'x'\n"


def test_a_secret_beside_the_flags_is_not_told(child: Child, tree: Path) -> None:
    (tree / "config" / "app.env").write_text("DB_PASSWORD=hunter2hunter2\nNEW=1\n")

    said = child.ask(config("app.env"))

    assert said.code == 0
    assert "hunter2" not in said.out
    some = GitFlags(repository="shop", files=("config/app.env",), names=("NEW",))
    assert list(child.look(some).objects) == ["config/app.env: NEW"]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (GitFlags(repository="nowhere", files=("a.yaml",)), "No such file or directory"),
        (GitFlags(repository=".", files=("a.yaml",)), "not a git repository"),
        (GitFlags(repository="shop", files=("a.py",)), "needs a `pattern`"),
        (GitFlags(repository="shop", files=("a",), pattern="(a+)+"), "the pattern is refused"),
        (GitFlags(repository="shop", files=("config/bad.json",)), "config/bad.json:1: no JSON"),
    ],
)
def test_it_says_why_it_cannot_look(child: Child, tree: Path, asked: GitFlags, why: str) -> None:
    (tree / "config" / "bad.json").write_text("{'a': 1}")
    assert why in child.refused(asked)
