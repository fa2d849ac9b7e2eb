"""A plan that does not fit its window: no live run of it, but a rehearsal, which finds that out."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import RUNBOOK, Program

LONG = RUNBOOK.replace(
    "phases:\n",
    'window: {start: "22:00Z", end: "23:00Z"}\nbuffer: {duration: 90m}\nphases:\n',
    1,
)


@pytest.fixture
def long(book: Path) -> Path:
    book.write_text(LONG)
    return book


def test_a_live_run_is_refused_and_says_what_to_do(program: Program, long: Path) -> None:
    program.trust(long)
    done = program("run", long, "--plain", code=2)
    assert "the window has 1h" in done.stderr
    assert "nothing was started" in done.stderr
    assert "--mode rehearsal" in done.stderr
    assert program.json("runs") == []


@pytest.mark.parametrize(("mode", "what"), [("rehearsal", "rehearsal"), ("dry-run", "dry run")])
def test_a_rehearsal_is_told_and_goes_on(
    program: Program, long: Path, mode: str, what: str
) -> None:
    program.trust(long)
    done = program("run", long, "--plain", "--mode", mode, say="\n")
    assert "the window has 1h" in done.stderr
    assert f"A live run would be refused, this {what} goes on: " in done.stderr
    assert "starts  look" in done.stdout
    assert program.status()["mode"] == mode
    # Going on with it asks nothing of lint.
    assert "enter = tick >" in program("resume", "--plain", say="").stdout


def test_other_errors_stop_a_rehearsal_too(program: Program, long: Path) -> None:
    long.write_text(LONG.replace("min: 1}", "min: 1, max: 0}"))
    done = program("run", long, "--plain", "--mode", "rehearsal", code=2)
    assert "1 error: a runbook with errors is not run" in done.stderr
    assert "the window has" not in done.stderr, "only what stops it"
    assert "runbook-tui lint" in done.stderr


def test_it_can_be_trusted_so_that_it_can_be_rehearsed(program: Program, long: Path) -> None:
    shown = program("trust", long, "--show")
    assert "the window has 1h" in shown.stderr
    assert "change" in shown.stdout


def test_a_rehearsal_adopts_an_edit_that_does_not_fit(program: Program, book: Path) -> None:
    run = program.start(book, "--mode", "rehearsal", say="")
    book.write_text(LONG)
    out = program("resume", run, "--plain", say="amend\nit takes longer\nyes\n").stdout
    assert program.status()["amended"] == 1, out


def test_a_live_run_does_not_adopt_it(program: Program, book: Path) -> None:
    run = program.start(book, say="")
    book.write_text(LONG)
    out = program("resume", run, "--plain", say="amend\n").stdout
    assert "has errors" in out
    assert program.status()["amended"] == 0
