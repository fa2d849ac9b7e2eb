"""The power-cut harness in small; `python -m tests.faults.powercut --cuts 40` is the real one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.faults import powercut, witness


@pytest.mark.root
def test_three_power_cuts_lose_nothing_acknowledged() -> None:
    if why := powercut.missing():
        pytest.skip(why)
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.powercut", "--cuts", "3", "--seed", "3"],
        cwd=witness.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    counts = done.stdout.splitlines()[2].split(" | ")
    assert int(counts[2].replace(",", "")) > 3, "nothing was acknowledged, so nothing was tested"
    assert counts[3] == "0"


@pytest.mark.root
def test_the_harness_sees_what_git_commit_loses() -> None:
    if why := powercut.missing():
        pytest.skip(why)
    (cut,) = powercut.run("git-commit", 1, 5, quiet=True)
    assert cut.acknowledged
    assert cut.lost
