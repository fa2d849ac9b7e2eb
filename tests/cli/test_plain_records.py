"""Decision records in line mode: asked for one by one, listed, looked at again."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Program

QUESTIONS = (
    "records new\nDoes the backoff stay?\n"
    "keep: Keep it: the tail stays slow\ntune: Tune it, behind a flag\n\n"
    "tune: two days\n\n"
    "tune\np99 is up\n"
    "\np99 under 95 ms\n\ncarol\n\nbob: revert it\n\nreversible\n14d\n"
)


@pytest.fixture
def opened(program: Program, book: Path) -> Path:
    program.trust(book)
    return book


def test_a_record_is_made_by_answering(program: Program, opened: Path) -> None:
    out = program("run", opened, "--plain", say=f"{QUESTIONS}records\n").stdout
    assert "would change  p99 under 95 ms" in out
    assert "tune  Does the backoff stay?  looked at again" in out
    (made,) = program.json("records")["records"]
    assert made["options"][1]["cost"] == "two days"
    assert made["dissent"] == [{"who": "bob", "said": "revert it"}]
    assert (made["present"], made["reversibility"]) == (["carol"], "reversible")


def test_a_record_is_looked_at_again(program: Program, opened: Path) -> None:
    say = f"{QUESTIONS}records 1 moved\n7d\ntoo early\nrecords 1 kept\n\nit is fine\nrecords 9\n"
    out = program("run", opened, "--plain", say=say).stdout
    assert "there is no record 9" in out
    (made,) = program.json("records")["records"]
    assert [seen["outcome"] for seen in made["revisits"]] == ["moved", "kept"]
    assert made["revisit"] is None


def test_nothing_where_something_is_needed_leaves(program: Program, opened: Path) -> None:
    out = program("run", opened, "--plain", say="records new\n\nrecords soon\nrecords new").stdout
    assert "not done" in out
    assert "no such record: 'soon'" in out
    assert program.json("records")["records"] == []


def test_more_is_added_to_what_a_step_chose(program: Program, opened: Path) -> None:
    skipped = "".join(f"goto {s}\nskip no\n" for s in STEPS)
    rest = "\n\n\nbob: I would wait\n\n\n14d\n"
    say = f"{skipped}records new of the step\nkeep\nit works\n{rest}"
    program("run", opened, "--plain", say=say)
    (made,) = program.json("records")["records"]
    assert (made["source"], made["chosen"], made["reason"]) == ("step", "keep", "it works")
    assert made["dissent"] == [{"who": "bob", "said": "I would wait"}]


STEPS = ("look", "change", "count")


def test_what_is_due_is_said_once_before_the_prompt(program: Program, opened: Path) -> None:
    program("run", opened, "--plain", say=QUESTIONS.replace("14d", "1s"))
    while not program.json("runs")[0]["revisit"][0]["overdue"]:
        pass
    out = program("resume", "--plain", say="list\nlist\nrecords 1 changed\n1\nso\n").stdout
    assert out.count("! record 1 is due for revisiting since") == 1
    assert "which record stands in its place now?" in out
