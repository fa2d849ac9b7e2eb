"""Rehearse, then go live: a live run knows what was rehearsed, and from what its lengths come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .conftest import RUNBOOK, Program

BOOK = RUNBOOK.replace(
    "  target: {description: where, default: here}\n",
    "  target: {description: where, default: live-host, rehearsal: staging}\n"
    '  rate: {default: "150"}\n',
).replace("phases:\n", 'rehearsal: {load: "{{rate}} requests/s"}\nphases:\n', 1)
SECONDS = "estimate: 1m", "estimate: {best: 1ms, likely: 100ms, worst: 10s}"


def lines(program: Program, run: str) -> list[Any]:
    return [json.loads(line) for line in program("log", run, "--json").stdout.splitlines()]


def rehearse(program: Program, book: Path, *arguments: str) -> str:
    """Does the first two steps, and ends the rehearsal."""
    run = program.start(book, "--mode", "rehearsal", *arguments, say="note hello\n")
    program("decide", run, "look", "start")
    for item in ("1", "2"):
        program("decide", run, "look", "tick", "--item", item)
    program("decide", run, "look", "done")
    program("decide", run, "change", "start")
    program("decide", run, "change", "run")
    program("decide", run, "change", "verify")
    program("decide", run, "change", "done")
    program("decide", run, "-", "abort", "--reason", "rehearsed")
    return run


def steps(program: Program, run: str) -> dict[str, Any]:
    return {step["id"]: step["rehearsed"] for step in program.status(run)["steps"]}


def test_a_live_run_tells_what_was_rehearsed_and_what_changed_since(
    program: Program, book: Path
) -> None:
    book.write_text(BOOK.replace(*SECONDS))
    first = rehearse(program, book)
    second = rehearse(program, book, "--load", "a replay of May\x1b[31m")
    assert program.status(first)["load"] == "150 requests/s"
    assert program.status(first)["parameters"]["target"] == "staging"
    assert (book.parent / "changed").read_text() == "changed staging\n" * 2
    assert steps(program, first)["look"] is None, "of a live run only"
    assert "held under 150 requests/s" in program("status", first).stdout

    text = book.read_text()
    book.write_text(text.replace("items: [one thing, another thing]", "items: [one thing]"))
    live = program.start(book, say="note hello\n")
    assert program.status(live)["parameters"]["target"] == "live-host"
    told = steps(program, live)
    assert told["look"]["how"] == "changed since"
    change = told["change"]
    assert (change["how"], change["times"], change["run"]) == ("rehearsed", 2, second)
    assert "\x1b" not in change["load"]
    assert change["load"].startswith("a replay of May")
    assert len(change["content"]) == 16
    assert told["count"]["how"] == "never"
    text = program("status", live).stdout
    assert "1 of 4 steps as they stand now" in text
    assert "since: look" in text
    assert "count, way" in text
    assert "1 step rehearsed before" in program("log", live).stdout
    assert lines(program, live)[0]["event"]["baseline"]["took"]["change"][3] == 2


def test_the_chart_has_the_numbers_of_the_rehearsals(program: Program, book: Path) -> None:
    book.write_text(BOOK.replace(*SECONDS))
    rehearse(program, book)
    rehearse(program, book)
    text = program("show", "--gantt", book).stdout
    assert "from 2 rehearsals for 2 of 4 steps" in " ".join(text.split())
    assert next(line for line in text.splitlines() if line.startswith("change")).endswith("2")
    written = program("show", "--gantt", "--as-written", book).stdout
    assert "rehearsal" not in written
    nowhere = program("show", "--gantt", "--log", "nowhere.git", book, code=2)
    assert "nowhere.git is not" in nowhere.stderr


def test_a_load_is_of_a_rehearsal(program: Program, book: Path) -> None:
    done = program("run", book, "--load", "full", code=2)
    assert "--mode rehearsal" in done.stderr
