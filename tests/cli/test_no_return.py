"""A point of no return in line mode and from a script: said, asked about, agreed to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Program

BOOK = """\
format: 1
id: cutover
title: Cut over
version: 1.0.0
owner: ops
phases:
  - id: all
    title: All
    steps:
      - id: first
        kind: checklist
        title: The first
        mutates: true
        estimate: 1m
        verify: {argv: ["true"]}
        compensation: {text: put it back}
      - {id: go, kind: gate, title: Go, criteria: [it works], estimate: 1m}
      - id: cut
        kind: command
        title: Remove the old one
        estimate: 1m
        mutates: true
        verify: {argv: ["true"]}
        run: {argv: [echo, removed]}
        point-of-no-return: true
      - {id: last, kind: checklist, title: The last, estimate: 1m}
"""
BEFORE = "override seen\noverride agreed\n"


@pytest.fixture
def run(program: Program, book: Path) -> str:
    """A run that stands before the point of no return."""
    book.write_text(BOOK)
    return program.start(book, say=BEFORE)


def starts(program: Program, run: str) -> list[Any]:
    told = [json.loads(line)["event"] for line in program("log", run, "--json").stdout.splitlines()]
    return [e for e in told if e["type"] == "step-started" and e["step"] == "cut"]


def test_enter_says_what_it_means_and_asks(program: Program, run: str) -> None:
    out = program("resume", run, "--plain", say="\nno\nlist\n").stdout
    assert "POINT OF NO RETURN: once it has begun, nothing before it is taken back" in out
    assert "Past this there is no way back: Remove the old one." in out
    assert "- first: put it back" in out
    assert "start cut, with no way back (LIVE)? Type yes to do it: no" in out
    assert "cut  Remove the old one (point of no return)" in out
    assert starts(program, run) == []
    out = program("resume", run, "--plain", say="\nyes\n\nyes\nshow\n").stdout
    assert "passes  the point of no return cut, giving up the way back of first" in out
    assert out.count("Past this there is no way back") == 1, "once"
    assert "| removed" in out
    assert "the point of no return, passed" in out
    assert len(starts(program, run)) == 1


def test_a_word_that_would_begin_it_asks_first(program: Program, run: str) -> None:
    out = program("resume", run, "--plain", say="run\nno\nverify\nno\noverride x\nno\n").stdout
    assert out.count("Past this there is no way back") == 3
    assert starts(program, run) == []
    program("resume", run, "--plain", say="run\nyes\nyes\n")
    by_id = {step["id"]: step for step in program.status()["steps"]}
    assert by_id["cut"]["attempts"] == 2, "run and verified"
    assert starts(program, run)[0]["gives_up"] == ["first"]


def test_a_start_that_is_no_start_asks_nothing(program: Program, run: str) -> None:
    out = program("resume", run, "--plain", say="note hello\nskip not today\n").stdout
    assert "Past this there is no way back" not in out
    assert "skips  cut" in out


def test_a_script_has_to_agree_explicitly(program: Program, run: str) -> None:
    for words in (["start"], ["start", "--reason", "it is time"], ["override", "--reason", "x"]):
        refused = program("decide", run, "cut", *words, code=1)
        assert "cut is a point of no return" in refused.stderr
        assert f"runbook-tui decide {run} cut start --no-way-back" in refused.stderr
    assert "point of no return" in program("decide", run, "cut", "run", code=1).stderr
    assert starts(program, run) == []
    said = program("decide", run, "cut", "start", "--no-way-back", "--reason", "it is time").stdout
    assert "alice  passes  the point of no return cut" in said
    assert "it is time" in said
    program("decide", run, "cut", "run")
    assert "removed" in program.git("log", "-p", f"runs/{run}")
    told = program("log", run).stdout
    assert (
        "passes  the point of no return cut, giving up the way back of first  — it is time" in told
    )
    status = program("status", run)
    assert "rollback none past cut, the point of no return" in status.stdout
    assert program.status()["clocks"]["point_of_no_return"] == {"ahead": None, "passed": "cut"}


def test_status_says_that_one_is_ahead(program: Program, run: str) -> None:
    assert "ahead    cut, a point of no return" in program("status", run).stdout


def test_the_agreement_is_for_what_begins_a_step(program: Program, run: str) -> None:
    refused = program("decide", run, "cut", "skip", "--reason", "x", "--no-way-back", code=2)
    assert "--no-way-back makes no sense with skip" in refused.stderr
