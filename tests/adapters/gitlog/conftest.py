"""A repository, the real git to judge it by, and decisions to put into it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runbook_tui.adapters.gitlog import Repository
from runbook_tui.domain.record import CommitDraft, Identity

ROOT = Path(__file__).resolve().parents[3]
ALICE = Identity("Alice", "alice@example.org")

Git = Callable[..., str]


def draft(message: str = "Alice ticked stop-writers\n", **files: bytes) -> CommitDraft:
    """A decision; files by keyword, with ``__`` for a slash and ``_`` for a dot in their names."""
    return CommitDraft(
        message=message,
        author=ALICE,
        committer=Identity("runbook-tui", "host@example.org"),
        when=datetime(2026, 5, 1, 19, 31, 2, tzinfo=UTC),
        files={k.replace("__", "/").replace("_", "."): v for k, v in files.items()},
    )


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No configuration of this machine, and a name for git itself."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (home / ".gitconfig").write_text("[user]\n\tname = Op Erator\n\temail = op@example.org\n")


@pytest.fixture
def bare(tmp_path: Path) -> Repository:
    """A fresh bare repository, as the program makes one."""
    return Repository.create(tmp_path / "log.git")


@pytest.fixture
def git(bare: Repository) -> Git:
    """Real git on `bare`; `at=` names another place. Answers standard output, insists on 0."""

    def run(*arguments: str, at: Path | None = None) -> str:
        done = subprocess.run(
            ["git", "-C", str(at or bare.path), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout

    return run


@pytest.fixture
def sound(git: Git) -> Callable[..., None]:
    """Asserts that `git fsck --strict` has nothing to say."""

    def check(at: Path | None = None) -> None:
        said = git("fsck", "--strict", "--full", "--no-dangling", "--no-progress", at=at)
        assert not said.strip()

    return check


@contextmanager
def child(code: str, *arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process running `code`, with pipes; killed at the end if it still lives."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def line_from(process: subprocess.Popen[bytes]) -> str:
    """The next line that a child prints; "" where it has ended."""
    assert process.stdout
    return process.stdout.readline().decode().strip()
