"""The ledger from the command line: what was left behind, what is said and answered of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Program
from .effects_book import changed, flagged, ledger


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return flagged(tmp_path)


def test_the_ledger_tells_what_is_there_how_it_is_known_and_what_takes_it_back(
    program: Program, book: Path
) -> None:
    run = changed(program, book)
    out = program("effects", run).stdout
    assert "+   1  there  file world/a  (of change)\n" in out
    assert "       declared: before -> after\n" in out
    assert "no snapshot; reversible; owner ann\n" in out
    assert "taken back: the program puts it back as it was before\n" in out
    assert "snapshot disk; reversible; no owner\n" in out
    assert "taken back: by a command: unhook it\n" in out
    assert "file world/extra  (of change, UNDECLARED, found by a survey)\n" in out
    assert "1 left over, 1 of them unanswered:\n" in out
    assert "  4 file world/extra: nobody declared it; UNANSWERED\n" in out
    known = ledger(program, run)
    assert [known[n]["presence"] for n in (1, 2, 3, 4)] == ["there"] * 4
    assert known[2]["looks"]["last"]["words"] == "new"
    assert known[4]["source"] == "found"
    assert program.json("effects", run)["residue"] == [
        {
            "number": 4,
            "kind": "file",
            "target": "world/extra",
            "why": "undeclared",
            "words": "nobody declared it",
            "answered": False,
        }
    ]


def test_status_tells_the_ledger_in_a_line(program: Program, book: Path) -> None:
    run = changed(program, book)
    assert "effects   4 there; 1 left over and UNANSWERED\n" in program("status", run).stdout
    told = program.status(run)
    assert [each["number"] for each in told["effects"]] == [1, 2, 3, 4]
    assert told["residue"][0]["why"] == "undeclared"
    assert told["rollback"] is None
    assert told["ledger"] == []


def test_what_somebody_else_changed_is_seen_and_said(program: Program, book: Path) -> None:
    run = changed(program, book)
    (book.parent / "world" / "a").write_text("theirs\n")
    out = program("effect", run, "1", "look").stdout
    assert "looks at  effect 1" in out
    assert "there, CHANGED BY SOMEBODY ELSE SINCE  file world/a" in out
    assert ledger(program, run)[1]["foreign"] is True
    said = program("effect", run, "1", "there", "--reason", "they only added a comment").stdout
    assert "alice says it is there" in said


def test_an_effect_is_added_by_hand_and_keeps_the_run_open_until_it_is_answered(
    program: Program, book: Path
) -> None:
    run = changed(program, book)
    out = program(
        "effect", run, "add", "flag", "order-events", "--before", "off", "--after", "on",
        "--undo", "flip it back", "--step", "change",
    ).stdout  # fmt: skip
    assert "~   5" not in out
    assert "flag order-events  (of change, UNDECLARED, added by hand)\n" in out
    assert "taken back: by hand: flip it back\n" in out
    program("decide", run, "hand", "skip", "--reason", "not needed")
    refused = program("decide", run, "-", "close", code=1).stderr
    assert "nobody answers for 2 left over: 4 file world/extra, 5 flag order-events" in refused
    program("effect", run, "4", "ticket", "--ticket", "OPS-7", "--reason", "theirs to remove")
    program(
        "effect", run, "5", "accept", "--owner", "bob", "--until", "2099-06-01",
        "--reason", "they need it", code=2,
    )  # fmt: skip
    program(
        "effect", run, "5", "accept", "--owner", "bob", "--until", "30d",
        "--reason", "they need it",
    )  # fmt: skip
    assert "  4 file world/extra: nobody declared it; handed over to OPS-7 (alice: theirs" in (
        program("effects", run).stdout
    )
    program("decide", run, "-", "close")
    assert program.status(run)["status"] == "closed"


def test_what_can_be_seen_is_not_talked_away(program: Program, book: Path) -> None:
    run = changed(program, book)
    done = program("effect", run, "1", "not-there", "--reason", "I think so", code=1)
    assert "the look at effect 1 says otherwise: there" in done.stderr
    done = program("effect", run, "4", "taken-back", "--reason", "I think so", code=1)
    assert "can be looked at, and is there" in done.stderr
    assert program.json("effect", run, "9", "look", code=1)["refused"]["reason"] == (
        "there is no effect 9"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("x", "look"), "'x' is no number of an effect"),
        (("1", "lok"), "no such action: 'lok'"),
        (("1", "look", "more"), "nothing comes after look"),
        (("1", "accept", "--owner", "bob", "--reason", "x"), "accept needs --until"),
        (("1", "there"), "there needs --reason"),
        (("1", "there", "--reason", "x", "--ticket", "y"), "--ticket makes no sense with there"),
        (("add", "flag"), "needs a KIND and a TARGET"),
        (("add", "flagg", "x"), "no such kind of effect: flagg"),
        (("add", "flag", "x", "--undo", "y", "--irreversible"), "one or the other"),
        (
            ("1", "accept", "--owner", "bob", "--reason", "x", "--until", "2026-05-08T18:00"),
            "until when may it stay?",
        ),
    ],
)
def test_bad_usage_says_what_is_wanted(
    program: Program, book: Path, arguments: tuple[str, ...], words: str
) -> None:
    run = program.start(book)
    assert words in program("effect", run, *arguments, code=2).stderr


def test_looks_that_a_decision_makes_due_are_had_at_once(program: Program, book: Path) -> None:
    run = changed(program, book)
    out = program("decide", run, "hand", "start").stdout
    assert "looks at  effect 5 before the step" in out or "cannot see" in out
    (book.parent / "warm").write_text("yes\n")
    program("decide", run, "hand", "tick", "--item", "1")
    out = program("decide", run, "hand", "done").stdout
    assert "looks at  effect 5 after the step" in out
    assert ledger(program, run)[5]["presence"] == "there"


def test_where_the_runbook_is_not_trusted_it_is_said_that_looks_are_due(
    program: Program, book: Path
) -> None:
    run = changed(program, book)
    (program.home / "state" / "runbook-tui" / "trusted").unlink()
    done = program("decide", run, "hand", "start")
    assert "the runbook is not trusted here" in done.stderr
    assert f"runbook-tui effects {run} --look" in done.stderr
    assert "not trusted" in program("effect", run, "1", "look", code=1).stderr
    assert ledger(program, run)[5]["looks"]["last"] is None
    program.trust(book)
    program("effects", run, "--look")
    assert ledger(program, run)[5]["looks"]["last"] is not None


def test_nothing_that_a_system_says_reaches_the_terminal_raw(program: Program, book: Path) -> None:
    run = changed(program, book)
    (book.parent / "data").write_text("new\n\x1b]0;owned\x07new\n")
    book_text = program("effect", run, "2", "look").stdout
    assert "\x1b" not in book_text
    assert "\x1b" not in program("effects", run).stdout
