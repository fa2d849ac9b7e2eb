"""The ledger and the way back in line mode: the same decisions, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Program
from .effects_book import flagged, ledger

RAN = "run\nyes\ndone\n"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return flagged(tmp_path)


def test_the_ledger_and_one_effect_are_read(program: Program, book: Path) -> None:
    program.trust(book)
    out = program("run", book, "--plain", say=f"{RAN}effects\neffects 3\neffects 9\n").stdout
    assert "! effect 4 file world/extra: change left it, and nobody declared it" in out
    assert "+   1  there  file world/a  (of change)" in out
    assert "there is no effect 9" in out
    assert "takes" not in out


def test_the_whole_way_back_is_walked_with_enter(program: Program, book: Path) -> None:
    program.trust(book)
    start = f"{RAN}rollback\nit is slow\nyes\n"
    out = program("run", book, "--plain", say=start).stdout
    shown, asked = "IT TAKES WITH IT: orders placed since", "begin exactly this way back (LIVE)?"
    assert out.index(shown) < out.index(asked)
    assert "The way back of all of the run, from what happened: 5 steps" in out
    command = "\n\nyes\n\n"
    by_hand = "\n\n"
    out = program("resume", "--plain", say=f"{command * 3}{by_hand}{command}end-rollback\n").stdout
    assert "takes    + 4 there  file world/extra" in out
    assert "| all is as before (5 looks compared)" in out
    assert not (book.parent / "hook").exists()
    assert (book.parent / "world" / "a").read_text() == "before\n"


def test_nothing_begins_without_a_typed_yes(program: Program, book: Path) -> None:
    program.trust(book)
    out = program("run", book, "--plain", say=f"{RAN}rollback it is slow\nno\n").stdout
    assert "not done" in out
    assert program.status()["rollback"] is None


def test_a_way_back_is_of_one_effect_and_left_again(program: Program, book: Path) -> None:
    program.trust(book)
    say = (
        f"{RAN}rollback effect 3 the partner asked\nyes\nrollback\nturn-forward it was a mistake\n"
    )
    out = program("run", book, "--plain", say=say).stdout
    assert "begun by alice: the partner asked" in out
    assert program.status()["rollback"]["outcome"] == "forward"


def test_what_keeps_a_run_open_is_answered_where_it_is_told(program: Program, book: Path) -> None:
    program.trust(book)
    say = f"{RAN}skip not today\nclose\neffects 4 accept\nbob\n30d\nthey need it\nclose\nyes\n"
    out = program("run", book, "--plain", say=say).stdout
    assert "refused: nobody answers for 1 left over: 4 file world/extra" in out
    assert "  effect 4: nobody declared it\n" in out
    assert "effects 4 accept (owner, until when, why)" in out
    assert ledger(program, "@last")[4]["answer"]["owner"] == "bob"
    assert program.status()["status"] == "closed"


def test_an_effect_is_added_and_said_to_be_there(program: Program, book: Path) -> None:
    program.trust(book)
    say = "effects add flag order-events\noff\non\nflip it back\neffects 1 not-there I looked\n"
    program("run", book, "--plain", say=say)
    known = ledger(program, "@last")[1]
    assert (known["target"], known["before"], known["presence"]) == (
        "order-events",
        "off",
        "not-there",
    )


def test_looks_that_are_due_wait_for_trust_and_say_so(program: Program, book: Path) -> None:
    run = program.start(book, say=RAN)
    (program.home / "state" / "runbook-tui" / "trusted").unlink()
    out = program("resume", run, "--plain", say="start\nlist\n").stdout
    assert out.count("Looks at side effects are due, and this runbook is not trusted here") == 1


def test_looks_round_a_step_by_hand_are_had_by_themselves(program: Program, book: Path) -> None:
    (book.parent / "warm").write_text("yes\n")
    program.trust(book)
    out = program("run", book, "--plain", say=f"{RAN}start\ntick\ndone\n").stdout
    assert "looks at  effect 5 before the step" in out
    assert "looks at  effect 5 after the step" in out
