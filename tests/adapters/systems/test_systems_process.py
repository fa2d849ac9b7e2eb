"""The process itself: what it ends with, what it leaves behind, what it hands on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runbook_tui.domain.systems import asking
from runbook_tui.domain.systems.packages import Pip
from tests.adapters.systems.conftest import Child


def program(child: Child, text: str) -> str:
    path = child.cwd / "python"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_ended_from_outside_it_leaves_no_program_behind(child: Child) -> None:
    os.mkfifo(child.cwd / "said")
    command = asking.look(
        Pip(python=program(child, f"echo $$ > {child.cwd}/said; exec sleep 1000")), sys.executable
    )
    assert command.argv
    with subprocess.Popen(command.argv, env={**os.environ, **command.env}) as process:
        number = int((child.cwd / "said").read_text())  # waits until it runs
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM

    assert not Path(f"/proc/{number}").exists()


def test_programs_that_it_starts_do_not_inherit_secrets(child: Child) -> None:
    python = program(child, f"env > {child.cwd}/env; echo '[]'")

    assert child.look(Pip(python=python, index="https://u:hunter2@example.org/")).objects == {}
    assert "hunter2" not in (child.cwd / "env").read_text()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "Invalid value ''"),
        ({"RBS_SYSTEM": "files"}, "missing required field `paths`"),
        ({"RBS_SYSTEM": "files", "RBS_PATHS": ".", "RBS_NONE": "1"}, "unknown field `none`"),
    ],
)
def test_what_is_no_config_is_said(child: Child, given: dict[str, str], why: str) -> None:
    argv = [sys.executable, "-P", "-m", asking.MODULE, "look"]
    done = subprocess.run(
        argv, env={**os.environ, **given}, cwd=child.cwd, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (asking.NOT_ASKED, "")
    assert why in done.stderr
