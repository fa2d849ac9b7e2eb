"""Decision records from the command line: made, added to, listed, looked at again."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from .conftest import Program

MADE = (
    "Does the backoff stay?",
    *("--option", "keep: Keep it: the tail stays slow"),
    *("--option", "tune: Tune it, behind a flag"),
    *("--cost", "tune: two days"),
    *("--chosen", "tune", "--reason", "p99 is up"),
)


@pytest.fixture
def run(program: Program, book: Path) -> str:
    program.trust(book)
    program("run", book, "--plain", say="quit\n")
    return str(program.status()["run"])


def records(program: Program, run: str = "@last") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = program.json("records", run)["records"]
    return found


def test_a_record_is_made_with_its_evidence_by_hash(
    program: Program, run: str, tmp_path: Path
) -> None:
    (tmp_path / "p99.txt").write_text("p99 113 ms\ntoken=abcdefgh12345678\n")
    done = program(
        "record",
        run,
        *MADE,
        *("--evidence", f"tail={tmp_path / 'p99.txt'}", "--threshold", "p99 under 95 ms"),
        *("--dissent", "bob: revert it", "--present", "carol"),
        *("--reversibility", "until 30d", "--revisit", "14d"),
    )
    assert "decides  tune (record 1): Does the backoff stay?" in done.stdout
    (made,) = records(program)
    (proof,) = made["evidence"]
    stored = program.git("show", f"runs/{run}:{proof['path']}")
    assert hashlib.sha256(stored.encode()).hexdigest() == proof["sha256"]
    assert "abcdefgh12345678" not in stored
    assert made["options"][1]["cost"] == "two days"
    assert made["dissent"] == [{"who": "bob", "said": "revert it"}]
    assert made["present"] == ["carol"]
    assert made["reversibility"] == "until"
    assert made["clocks"] is not None
    assert program.status()["records"] == [made]
    body = program.git("log", "-1", "--format=%B", f"runs/{run}")
    assert body.startswith("alice decides tune (record 1): Does the backoff stay?")
    assert f"sha256 {proof['sha256']}" in body
    assert "would change it: p99 under 95 ms" in body
    text = program("records").stdout
    assert "● tune: Tune it, behind a flag; costs: two days" in text
    assert proof["sha256"] in text


def test_a_file_of_the_log_is_evidence_as_it_lies_there(program: Program, run: str) -> None:
    path = program.git("ls-tree", "-r", "--name-only", f"runs/{run}").splitlines()[0]
    program("record", run, *MADE, "--evidence", path, "--revisit", "never: the host is gone")
    (made,) = records(program)
    stored = program.git("show", f"runs/{run}:{path}")
    assert made["evidence"][0]["sha256"] == hashlib.sha256(stored.encode()).hexdigest()
    assert made["unvisited"] == "the host is gone"
    assert program.json("runs")[0]["revisit"] == []


@pytest.mark.parametrize(
    ("options", "words", "code"),
    [
        ((), "when is this looked at again", 1),
        (("--revisit", "2020-01-01"), "that is past", 1),
        (("--revisit", "soon"), "when?", 1),
        (("--revisit", "14d", "--evidence", "a=/nowhere"), "/nowhere", 1),
        (("--revisit", "14d", "--evidence", "evidence/none.txt"), "the log has no file", 1),
        (("--revisit", "14d", "--evidence", "../../etc/passwd"), "the log has no file", 1),
        (("--revisit", "14d", "--dissent", "no"), "who was of another mind", 1),
        (("--revisit", "14d", "--reversibility", "maybe"), "can it be taken back", 1),
        (("--revisit", "14d", "--replaces", "4"), "no record 4", 1),
        (("--revisit", "14d", "--step", "nowhere"), "has no step nowhere", 1),
        (("--revisit", "14d", "--option", "odd"), "is no option", 2),
        (("--revisit", "14d", "--cost", "odd: dear"), "is no cost", 2),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_recorded(
    program: Program, run: str, options: tuple[str, ...], words: str, code: int
) -> None:
    assert words in program("record", run, *MADE, *options, code=code).stderr
    assert records(program) == []


def test_what_a_step_chose_is_added_to(program: Program, run: str) -> None:
    assert "choose one of keep, undo" in program("record", run, "--step", "way", code=1).stderr
    for step in ("look", "change", "count"):
        program("decide", run, step, "skip", "--reason", "not today")
    program("record", run, "--step", "way", "--chosen", "keep", "--revisit", "14d")
    (made,) = records(program)
    assert (made["source"], made["question"], made["chosen"]) == ("step", "Keep it?", "keep")
    assert made["revisit"] is not None
    program("record", run, "--step", "way", "--dissent", "bob: no", "--as", "bob")
    (made,) = records(program)
    assert made["dissent"] == [{"who": "bob", "said": "no"}]
    assert [r["question"] for r in program.json("runs")[0]["revisit"]] == ["Keep it?"]
    refused = program("record", run, "--step", "way", "--chosen", "undo", code=1).stderr
    assert "way chose keep, not undo" in refused


def test_what_is_due_shows_up_in_runs_also_of_a_closed_run(program: Program, run: str) -> None:
    program("record", run, *MADE, "--revisit", "2s")
    program("decide", run, "-", "abort", "--reason", "enough")
    (waiting,) = program.json("runs")[0]["revisit"]
    assert (waiting["number"], waiting["question"]) == (1, "Does the backoff stay?")
    due = program.json("runs")[0]["revisit"]
    while not due[0]["overdue"]:
        due = program.json("runs")[0]["revisit"]
    line = "  ! record 1 is due for revisiting since"
    assert line in program("runs").stdout
    assert line.strip() in program("status").stdout
    program("revisit", run, "1", "moved", "--reason", "too early", "--until", "14d")
    assert line not in program("runs").stdout
    assert program.json("runs")[0]["revisit"][0]["overdue"] is False
    program("revisit", run, "1", "kept", "--reason", "it is fine")
    assert program.json("runs")[0]["revisit"] == []
    (made,) = records(program)
    assert [seen["outcome"] for seen in made["revisits"]] == ["moved", "kept"]


def test_a_later_record_stands_in_its_place(program: Program, run: str) -> None:
    program("record", run, *MADE, "--revisit", "14d")
    asked = ("revisit", run, "1", "changed", "--reason", "the load doubled")
    assert "which record stands in its place" in program(*asked, code=1).stderr
    done = program.json("record", run, *MADE, "--revisit", "7d", "--replaces", "1")
    assert [each["event"]["type"] for each in done["recorded"]] == [
        "decision-recorded",
        "decision-revisited",
    ]
    first, second = records(program)
    assert (first["replaced_by"], first["holds"], second["replaces"]) == (2, False, 1)
    assert [r["number"] for r in program.json("runs")[0]["revisit"]] == [2]
    assert (
        "no number of a record"
        in program("revisit", run, "x", "kept", "--reason", "y", code=2).stderr
    )
