"""The practice lab from the command line: it opens, it goes on, and nothing of it stays behind."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runbook_tui.formats.load import load
from runbook_tui.practice import pace
from runbook_tui.practice.lab import Lab

from .conftest import Program

PATIENCE = 60


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, Path]]:
    """A home and a lab that the tests of this file use one after the other."""
    home = tmp_path_factory.mktemp("home")
    program, folder = Program(home), tmp_path_factory.mktemp("demo") / "lab"
    yield program, folder
    program("demo", "--stop")


@pytest.fixture
def lab(shared: tuple[Program, Path]) -> tuple[Program, Path]:
    """The lab, built, stopped, and with a runbook that is trusted."""
    program, folder = shared
    if not folder.exists():
        done = program("demo", folder, "--plain", say="\n", code=1)
        assert "not trusted: nothing was started" in done.stderr
        runbook = Lab.open(folder).runbook
        assert load(runbook).digest in done.stdout
        program.trust(runbook)
    assert Lab.open(folder).running == ()
    return program, folder


def opened(program: Program, *arguments: object) -> subprocess.Popen[str]:
    """A demo that waits for words."""
    process = subprocess.Popen(
        program.argv("demo", *arguments, "--plain"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=program.env(),
    )  # fmt: skip
    assert process.stdout is not None
    seen = ""
    while "enter = " not in seen:
        letter = process.stdout.read(1)
        assert letter, seen
        seen += letter
    return process


def ended(process: subprocess.Popen[str], folder: Path) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()
    deadline = time.monotonic() + PATIENCE
    while Lab.open(folder).running:
        assert time.monotonic() < deadline, Lab.open(folder).running


def test_it_runs_tells_where_the_story_is_and_stops(lab: tuple[Program, Path]) -> None:
    program, folder = lab
    done = program("demo", folder, "--plain", say="note looked around\nquit\n")
    assert f"Practice lab {folder}" in done.stderr
    assert Lab.open(folder).running == ()
    story = next(line for line in done.stderr.splitlines() if "read the story" in line)
    command = story.split(":", 1)[1].split()
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "looked around" in told
    token = Lab.open(folder).parameters["partner_token"]
    assert token not in told + done.stdout + done.stderr


def test_the_open_run_goes_on(lab: tuple[Program, Path]) -> None:
    program, folder = lab
    repo = folder / "log.git"
    program("demo", folder, "--plain", say="note again\n")
    assert len(program.json("runs", "--log", repo)) == 1
    assert program.json("status", "--log", repo)["notes"] >= 1


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_closed_terminal_stops_everything(
    lab: tuple[Program, Path], number: signal.Signals
) -> None:
    program, folder = lab
    process = opened(program, folder)
    assert Lab.open(folder).running
    process.send_signal(number)
    assert process.wait(PATIENCE) == 128 + number
    ended(process, folder)


def test_after_a_crash_stop_cleans_up(lab: tuple[Program, Path]) -> None:
    program, folder = lab
    process = opened(program, folder)
    process.kill()
    process.wait()
    assert Lab.open(folder).running
    assert "stopped" in program("demo", "--stop").stdout
    ended(process, folder)
    assert "no lab is running" in program("demo", "--stop").stdout
    assert "nothing was running" in program("demo", "--stop", folder).stdout


def test_after_a_crash_the_demo_finds_its_lab_again(lab: tuple[Program, Path]) -> None:
    program, folder = lab
    process = opened(program, folder)
    process.kill()
    process.wait()
    told = program("resume", code=2).stderr
    assert f"runbook-tui demo {folder}" in told
    done = program("demo", "--plain", say="quit\n")
    assert str(folder) in done.stderr
    assert "demo --new" in done.stderr
    assert "building" not in done.stderr
    assert f"go on with it:   runbook-tui demo {folder}" in done.stderr
    assert len(program.json("runs", "--log", folder / "log.git")) == 1
    ended(process, folder)


def test_a_lab_whose_window_opens_again_is_not_to_be_trusted_again(
    program: Program, tmp_path: Path
) -> None:
    folder = tmp_path / "lab"
    program("demo", folder, "--plain", say="\n", code=1)
    runbook = Lab.open(folder).runbook
    window = re.compile(r"(?m)^  start: .*\n  end: .*$")
    hours_ago = datetime.now(UTC) - timedelta(hours=3)
    stale = f"  start: {hours_ago:%H:%M:%S}Z\n  end: {hours_ago + pace.WINDOW:%H:%M:%S}Z"
    runbook.write_text(window.sub(stale, runbook.read_text()))
    done = program("demo", folder, "--plain", say="\n", code=1)
    assert "not trusted" in done.stderr
    runbook.write_text(window.sub(stale, runbook.read_text()))
    program.trust(runbook)
    program("demo", folder, "--plain", say="quit\n")
    assert stale not in runbook.read_text()


def test_a_lab_that_another_terminal_drives_is_left_to_it(
    lab: tuple[Program, Path], tmp_path: Path
) -> None:
    program, folder = lab
    process = opened(program, folder)
    done = program("demo", "--plain", say="quit\n", env={"TMPDIR": str(tmp_path)}, code=1)
    assert "not trusted: nothing was started" in done.stderr  # it is another lab's runbook
    assert "building the practice lab" in done.stderr
    assert str(folder) not in done.stderr
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE)
    ended(process, folder)


def test_services_can_be_kept(lab: tuple[Program, Path]) -> None:
    program, folder = lab
    program("demo", folder, "--plain", "--keep", say="quit\n")
    assert Lab.open(folder).running
    program("demo", "--stop", folder)
    assert Lab.open(folder).running == ()


def test_a_folder_with_something_else_in_it_is_refused(program: Program, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").write_text("years of work")
    done = program("demo", other, "--plain", code=2)
    assert "is not empty and is no practice lab" in done.stderr
    assert [p.name for p in other.iterdir()] == ["thesis.tex"]


def test_an_upgraded_lab_whose_run_is_over_is_not_run_again(lab: tuple[Program, Path]) -> None:
    program, folder = lab
    repo = folder / "log.git"
    run = program.json("status", "--log", repo)["run"]
    program("decide", run, "-", "abort", "--reason", "enough", "--log", repo)
    before = program("demo", folder, "--plain", say="\n")
    assert "go on with it" in before.stderr  # 4.2 still: a new run may be begun
    layout = Lab.open(folder).layout
    for summary in program.json("runs", "--log", repo):
        if summary["status"] == "open":
            program("decide", summary["run"], "-", "abort", "--reason", "x", "--log", repo)
    newest = program.json("runs", "--log", repo)[0]["run"]
    (layout.releases / "current").unlink()
    (layout.releases / "current").symlink_to("5.0")
    told = program("demo", folder, "--plain", code=1).stderr
    assert "upgraded already" in told
    assert "runbook-tui demo --new" in told
    assert f"runbook-tui resume {newest} --log {repo}" in told
    assert Lab.open(folder).running == ()
