"""The way back from the command line: the plan before anybody commits to it, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Program
from .effects_book import changed, flagged, ledger, walk


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return flagged(tmp_path)


def begun(program: Program, run: str, *scope: str) -> None:
    digest = program.json("rollback", run, *scope)["plan"]["digest"]
    program("rollback", run, *scope, "--begin", "--reason", "it is slow", "--plan", digest[:8])


def test_the_plan_is_made_from_what_happened_newest_first(program: Program, book: Path) -> None:
    run = changed(program, book)
    out = program("rollback", run).stdout
    assert out.startswith("The way back of all of the run, from what happened: 5 steps\n")
    order = [
        "1. Take back file world/extra  (the program does it;",
        "2. Take back webhook partner  (a command;",
        "3. Restore the snapshot disk  (a command; 2m)",
        "it covers: 2 data orders; what it leaves is taken back after it",
        "IT TAKES WITH IT: orders placed since",
        "4. Take back data orders  (by hand;",
        "5. Take back file world/a  (the program does it;",
    ]
    places = [out.index(each) for each in order]
    assert places == sorted(places)
    assert "It takes about " in out
    assert program.status(run)["rollback"] is None  # it was only shown


def test_a_rollback_is_walked_proven_and_closed(program: Program, book: Path) -> None:
    run = changed(program, book)
    folder = book.parent
    begun(program, run)
    assert "rolling back" in program("runs").stdout
    assert program.json("runs")[0]["rollback"] == "under way"
    assert "rollback  1, all of the run: under way, 0 of 5 steps" in program("status", run).stdout
    assert "a rollback is under way" in program("decide", run, "hand", "start", code=1).stderr
    walked = walk(program, run)
    # As planned, although every one of these programs has read it from the log.
    assert walked == ["back-1-4", "back-1-3", "back-1-snapshot-disk", "back-1-2", "back-1-1"]
    done = program("rollback", run, "--end")
    assert "all is as before (5 looks compared)\n" in done.stdout
    assert (folder / "world" / "a").read_text() == "before\n"
    assert (folder / "data").read_text() == "old\n"
    assert not (folder / "hook").exists()
    assert not (folder / "world" / "extra").exists()
    told = program.status(run)
    assert (told["rollback"]["outcome"], told["residue"]) == ("done", [])
    program("decide", run, "-", "close")
    assert "closed, rolled back" in program("runs").stdout
    program.git("fsck", "--strict")


def test_what_differs_is_told_line_by_line_and_the_answer_is_no(
    program: Program, book: Path
) -> None:
    run = changed(program, book)
    begun(program, run)
    walk(program, run)
    (book.parent / "world" / "late").write_text("somebody else's\n")
    (book.parent / "data").write_text("new\n")
    done = program("rollback", run, "--end", code=1)
    assert "your rollback is imperfect here:\n" in done.stdout
    assert "  #2 data orders: " in done.stdout
    assert "  all world/late: absent -> " in done.stdout
    assert "2 data orders: still there after the rollback; UNANSWERED" in done.stdout
    assert f"runbook-tui effect {run} NUMBER accept" in done.stdout
    assert program.status(run)["rollback"]["differs"][0]["where"] == "#2"


def test_nothing_begins_that_nobody_has_seen(program: Program, book: Path) -> None:
    run = changed(program, book)
    digest = program.json("rollback", run)["plan"]["digest"]
    done = program("rollback", run, "--begin", "--reason", "x", code=2)
    assert "--plan" in done.stderr
    program("effect", run, "add", "flag", "order-events", "--undo", "flip it back")
    done = program("rollback", run, "--begin", "--reason", "x", "--plan", digest, code=1)
    assert "the way back is another one by now" in done.stderr
    assert program.status(run)["rollback"] is None


def test_what_was_taken_back_is_done_again_after_turning_forward(
    program: Program, book: Path
) -> None:
    run = changed(program, book)
    begun(program, run)
    program("decide", run, "back-1-4", "run")
    done = program("rollback", run, "--forward", "--reason", "it was the load test")
    assert "the run goes forward again" in done.stdout
    told = program.status(run)
    assert told["rollback"]["outcome"] == "forward"
    assert told["current"]["id"] == "change"
    assert "refused" in program("rollback", run, "--end", code=1).stderr


def test_one_effect_alone_is_taken_back(program: Program, book: Path) -> None:
    run = changed(program, book)
    begun(program, run, "--effect", "3")
    assert walk(program, run)[0] == "back-1-3"
    assert not (book.parent / "hook").exists()
    assert (book.parent / "data").read_text() == "new\n"


def test_one_phase_alone_is_planned(program: Program, book: Path) -> None:
    run = changed(program, book)
    assert program.json("rollback", run, "--phase", "two")["plan"]["steps"] == []
    assert len(program.json("rollback", run, "--phase", "one")["plan"]["steps"]) == 5
    assert "no phase three" in program("rollback", run, "--phase", "three", code=1).stderr


def test_looks_come_before_the_plan_where_they_are_asked_for(program: Program, book: Path) -> None:
    run = changed(program, book)
    (book.parent / "hook").unlink()
    (book.parent / "world" / "a").write_text("theirs\n")
    assert program.json("rollback", run)["plan"]["foreign"] == []
    assert program.json("rollback", run, "--look")["plan"]["foreign"] == [1]
    assert "CHANGED BY SOMEBODY ELSE since" in program("rollback", run).stdout
    assert ledger(program, run)[3]["presence"] == "not-there"


def test_decide_begins_and_ends_one_as_well(program: Program, book: Path) -> None:
    run = changed(program, book)
    program("decide", run, "-", "rollback", "--reason", "it is slow")
    assert "5 steps of it are open" in program("decide", run, "-", "end-rollback", code=1).stderr
    (book.parent / "hook").unlink()
    out = program("decide", run, "back-1-3", "look").stdout
    assert "looks at  effect 3" in out
    assert ledger(program, run)[3]["presence"] == "not-there"
    walk(program, run)
    done = program("decide", run, "-", "end-rollback")
    assert "completes  rollback 1: all is as before" in done.stdout
    assert "all is as before (5 looks compared)" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--phase", "one", "--effect", "1"), "one or the other"),
        (("--begin",), "--begin needs --reason"),
        (("--end", "--phase", "one"), "takes no scope"),
        (("--reason", "x"), "--reason belongs to"),
        (("--begin", "--reason", "x", "--plan", "12"), "at least 8 digits"),
    ],
)
def test_bad_usage_says_what_is_wanted(
    program: Program, book: Path, arguments: tuple[str, ...], words: str
) -> None:
    run = program.start(book)
    assert words in program("rollback", run, *arguments, code=2).stderr
