"""The clocks in line mode: before each prompt, told when they come near, answered."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from .conftest import Program

STEPS = """\
phases:
  - id: all
    title: All
    steps:
      - id: first
        kind: checklist
        title: The first
        items: [one]
        estimate: 10m
        mutates: true
        compensation: {text: put it back, estimate: 1h}
      - {id: second, kind: checklist, title: The second, items: [one], estimate: 10m}
"""
HEAD = "format: 1\nid: timed\ntitle: Timed\nversion: 1.0.0\nowner: ops\n"


def timed(book: Path, begins: float, ends: float, warn: str = "") -> None:
    """A runbook whose window begins and ends so many minutes from now."""
    now = datetime.now(UTC)
    start, end = ((now + timedelta(minutes=m)).strftime("%Y-%m-%dT%H:%MZ") for m in (begins, ends))
    window = f'window: {{start: "{start}", end: "{end}"{warn}}}\nbuffer: {{duration: 30m}}\n'
    book.write_text(HEAD + window + STEPS)


def events(program: Program, run: str) -> list[Any]:
    return [json.loads(line)["event"] for line in program("log", run, "--json").stdout.splitlines()]


def test_each_prompt_comes_with_the_clocks(program: Program, book: Path) -> None:
    timed(book, -60, 300)
    program.trust(book)
    out = program("run", book, "--plain", say="\n\n").stdout
    clock = r"^buffer 30m of 30m left, green · ends \d\d:\d\dZ \(80 %\)( · decide by \d\d:\d\dZ)?"
    lines = out.splitlines()
    prompts = [n for n, line in enumerate(lines) if "enter = " in line]
    told = [re.match(clock + r" · window ends \d\d:\d\dZ$", lines[n - 1]) for n in prompts]
    assert len(told) == 3
    assert all(told), out
    # Before the first step there is nothing to take back.
    assert [bool(line and line[1]) for line in told] == [False, True, True]


def test_a_runbook_without_window_and_buffer_has_only_the_clock_it_has(
    program: Program, book: Path
) -> None:
    program.trust(book)
    out = program("run", book, "--plain", say="quit\n").stdout
    assert re.search(r"^ends \d\d:\d\dZ \(80 %\)\nlook: enter = start >", out, re.M)
    assert "window" not in out


def test_time_shows_them_in_full_and_takes_what_can_be_done(program: Program, book: Path) -> None:
    timed(book, -60, 300)
    run = program.start(
        book, say="\ntime\n1 5m the disk is slow\ntime\nextend-window 30m agreed\ntime\n\n"
    )
    out = program("resume", run, "--plain", say="time\nwhat\n").stdout
    assert "in 80 of 100 cases" in out
    takes = r"^rollback takes \S+ from here \(95 of 100\); safe until \d\d:\d\dZ"
    assert re.search(takes, out, re.M), out
    assert "1. extend (first)" in out
    assert "'what' is none of them: nothing was done" in out
    kinds = [event["type"] for event in events(program, run)]
    assert kinds.count("timer-extended") == 1
    assert kinds.count("window-extended") == 1
    # `status` says the same.
    told = program("status", run).stdout
    assert "safe until" in told
    assert "of 30m left" in told


def test_a_deadline_is_told_once_when_it_is_near_and_again_when_it_moves(
    program: Program, book: Path
) -> None:
    timed(book, -300, 25, ", warn: [1h, 20m]")
    program.trust(book)
    out = program(
        "run", book, "--plain", say="note - a\nnote - b\nextend-window 5h agreed\nnote - c\n"
    ).stdout
    near = [line for line in out.splitlines() if line.startswith("! window ends")]
    assert len(near) == 1, out
    out = program("resume", "--plain", say="extend-window 1m more\nnote - d\n").stdout
    assert "! window ends" not in out


def test_a_safe_rollback_that_has_passed_asks_until_it_is_answered(
    program: Program, book: Path
) -> None:
    timed(book, -300, 30)
    run = program.start(book, say="")
    out = program(
        "resume", run, "--plain", say="\nnote - going on\ntime\n1 five minutes are left\nnote - b\n"
    ).stdout
    asks = "The latest safe rollback has passed: go on, roll back or extend? time decides."
    until_time = out[: out.index("> time")]
    assert until_time.count("! safe rollback passed · decide") == 1
    assert until_time.count(f"\n{asks}\n") == 2
    assert "decide by" in out
    assert "PASSED" in out
    assert "goes on past  the latest safe rollback  — five minutes are left" in out
    assert asks not in out[out.index("goes on past") :]
    answered = [e for e in events(program, run) if e["type"] == "deadline-answered"]
    assert [(e["deadline"], e["answer"]) for e in answered] == [("rollback", "go-on")]


@pytest.mark.parametrize(
    ("said", "kind"),
    [("overrun they know", "deadline-answered"), ("extend-window 3h agreed", "window-extended")],
)
def test_a_window_that_is_over_asks_and_is_answered(
    program: Program, book: Path, said: str, kind: str
) -> None:
    timed(book, -300, -5)
    run = program.start(book, say=f"time\n{said}\nnote - on we go\n")
    told = events(program, run)
    assert kind in [event["type"] for event in told]
    asked = "The window is over: go on, extend or abort?"
    out = program("resume", run, "--plain", say="").stdout
    assert asked not in out


def test_status_asks_too_and_says_how_to_answer(program: Program, book: Path) -> None:
    timed(book, -300, -5)
    run = program.start(book, say="")
    told = program("status", run).stdout
    assert "The window is over: go on, extend or abort?" in told
    assert f"runbook-tui decide {run} - with overrun or extend-window or abort decides." in told
    program("decide", run, "-", "overrun", "--reason", "they know")
    assert "go on, extend" not in program("status", run).stdout


def test_no_bell_goes_into_a_pipe(program: Program, book: Path) -> None:
    timed(book, -300, -5)
    program.trust(book)
    assert "\a" not in program("run", book, "--plain", say="note - x\n").stdout
