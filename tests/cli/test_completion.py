"""Shells complete commands, options, runs and steps."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import Program


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_the_shell_accepts(program: Program, shell: str, tmp_path: Path) -> None:
    script = program("completion", shell).stdout
    assert "_RUNBOOK_TUI_COMPLETE" in script
    if shutil.which(shell):
        (tmp_path / "script").write_text(script)
        subprocess.run([shell, "-n", tmp_path / "script"], check=True)


def completed(program: Program, *words: str) -> set[str]:
    """What bash would offer after these words."""
    done = program(
        env={
            "_RUNBOOK_TUI_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(("runbook-tui", *words)),
            "COMP_CWORD": str(len(words)),
        }
    )
    return {line.split(",", 1)[1] for line in done.stdout.splitlines() if line}


def test_commands_runs_steps_and_acts(program: Program, book: Path) -> None:
    run = program.start(book)
    assert {"run", "runs", "resume"} <= completed(program, "r")
    assert completed(program, "status", run[:6]) == {run}
    assert completed(program, "decide", run, "c") == {"change", "count"}
    assert completed(program, "decide", run, "look", "no") == {"no-go", "not-happened", "note"}
    assert "--reason" in completed(program, "decide", "--r")


def test_a_broken_set_up_completes_nothing_and_says_nothing(program: Program) -> None:
    assert completed(program, "status", "x") == set()
    config = program.home / "config" / "runbook-tui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("nonsense")
    assert completed(program, "status", "x") == set()
