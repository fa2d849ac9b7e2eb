"""The clocks for scripts and for whoever is not at the screen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .conftest import RUNBOOK, Program

TIMED = RUNBOOK.replace(
    "phases:\n", 'window: {start: "00:00Z", end: "23:59Z"}\nbuffer: {duration: 30m}\nphases:\n', 1
)


def lines(program: Program, run: str) -> list[Any]:
    return [json.loads(line) for line in program("log", run, "--json").stdout.splitlines()]


def test_status_says_what_the_clocks_say(program: Program, book: Path) -> None:
    book.write_text(TIMED)
    run = program.start(book, say="skip nothing to see\n")
    clocks = program.status()["clocks"]
    assert clocks["buffer"] == {"size": 1800, "left": 1800}
    assert clocks["fever"]["zone"] == "green"
    assert clocks["ends"]["p50"] <= clocks["ends"]["p80"] <= clocks["ends"]["p95"]
    assert clocks["window"]["ends"].endswith("T23:59:00Z")
    assert clocks["point_of_no_return"] == {"ahead": None, "passed": None}
    text = program("status", run).stdout
    assert "ends " in text
    assert "in 80 of 100 cases" in text


def test_every_decision_has_its_figures_in_json_and_in_plain_git(
    program: Program, book: Path
) -> None:
    book.write_text(TIMED)
    run = program.start(book, say="note hello\n")
    entries = lines(program, run)
    assert "figures" not in entries[0], "the run began with it"
    assert entries[0]["event"]["baseline"]["buffer"] == 1800
    assert entries[1]["figures"]["buffer"] == 1800
    told = program.git("log", "-1", "--format=%B", f"runs/{run}")
    assert "Runbook-Clocks: buffer 30:00 left" in told


def test_more_time_from_a_script(program: Program, book: Path) -> None:
    book.write_text(TIMED)
    run = program.start(book, say="note hello\n")
    done = program("decide", run, "look", "extend", "--reason", "slow", code=2)
    assert "extend needs --length" in done.stderr
    done = program("decide", run, "look", "extend", "--length", "soon", "--reason", "x", code=1)
    assert "say how long" in done.stderr
    program("decide", run, "look", "extend", "--length", "10m", "--reason", "the disk is slow")
    assert program.status()["clocks"]["fever"]["drift"] == 0, "nothing has begun yet"
    program("decide", run, "-", "extend-window", "--length", "1h", "--reason", "agreed")
    assert "extends  the window by 1h00:00" in program("log", run).stdout


def test_what_an_earlier_run_took_is_the_estimate_of_the_next(program: Program, book: Path) -> None:
    book.write_text(TIMED.replace("estimate: 1m", "estimate: 100ms"))
    first = program.start(book, say="note hello\n")
    program("decide", first, "look", "start")
    for item in ("1", "2"):
        program("decide", first, "look", "tick", "--item", item)
    program("decide", first, "look", "done")
    program("decide", first, "-", "abort", "--reason", "practice")
    second = program.start(book, say="note hello\n")
    entries = lines(program, second)
    took = entries[0]["event"]["baseline"].get("took", {})
    assert set(took) == {"look"}
    assert took["look"][3] == 1
