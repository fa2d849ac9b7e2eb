"""Commands start quickly because they import only what they need: looked up in the process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Program

PROBE = """
import sys
from runbook_tui.cli.root import run
code = run(sys.argv[1:])
sys.stderr.write("\\nMODULES " + " ".join(sorted(sys.modules)) + "\\n")
sys.exit(code)
"""
HEAVY = {"textual", "rich", "git", "gitdb"}


def imported(program: Program, *arguments: object) -> set[str]:
    """The modules that are there after a command ran."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=program.env(),
        stdin=subprocess.DEVNULL,
        cwd=program.home,
        timeout=60,
    )
    assert done.returncode in (0, 1), done.stderr
    return set(done.stderr.rpartition("MODULES ")[2].split())


def test_help_needs_almost_nothing(program: Program) -> None:
    found = imported(program, "--help")
    assert not found & (HEAVY | {"yaml", "asyncio", "msgspec", "sqlite3"})


def test_lint_needs_neither_the_screen_nor_git(program: Program, book: Path) -> None:
    found = imported(program, "lint", book)
    assert "yaml" in found
    assert not found & (HEAVY | {"asyncio"})


@pytest.mark.parametrize("command", [("runs",), ("status",), ("log",)])
def test_reading_a_run_needs_no_screen(
    program: Program, book: Path, command: tuple[str, ...]
) -> None:
    program.start(book)
    assert not imported(program, *command) & HEAVY


def test_deciding_needs_no_screen(program: Program, book: Path) -> None:
    program.start(book)
    assert not imported(program, "decide", "@last", "look", "start") & {"textual", "rich"}


def test_line_mode_needs_no_screen(program: Program, book: Path) -> None:
    program.trust(book)
    assert not imported(program, "run", book, "--plain") & {"textual", "rich"}
