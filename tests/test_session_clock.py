"""A wall clock that moved on its own is in the log, once, before anything is dated by it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import structs
from session_desk import PLAN, Branch, Ticking, do, log_of, opened, started

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.record import LogFailure
from runbook_tui.formats.commit import entry_of
from runbook_tui.session import Session

HOUR = 3600.0


class Stepped(Ticking):
    """A clock whose wall time was set."""

    jump = 0.0

    def now(self) -> Moment:
        now = super().now()
        return structs.replace(now, wall=now.wall + timedelta(seconds=self.jump))


def terminal(session: Session, clock: Stepped) -> Session:
    session.clock = clock
    return session


def kinds(branch: Branch) -> list[str]:
    return [type(entry_of(commit).event).__name__ for commit in branch.commits]


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_whoever_decides_next_tells_it_first_and_nobody_again(jump: float) -> None:
    branch = Branch()
    clock = Stepped()
    alice = terminal(started(branch), clock)
    bob = terminal(opened(branch, "bob", PLAN), clock)
    do(alice, cmd.StartStep("a"))
    clock.jump = jump
    do(bob, cmd.AddNote("hello"))
    do(alice, cmd.FinishStep("a"))
    assert kinds(branch)[2:] == ["ClockJumped", "NoteAdded", "StepDone"]
    told = entry_of(branch.commits[2])
    assert (told.by, told.event) == ("bob", ev.ClockJumped(seconds=jump))
    bob.catch_up()
    assert alice.state == bob.state


def test_two_terminals_that_notice_it_at_once_tell_it_once() -> None:
    branch = Branch()
    clock = Stepped()
    alice = terminal(started(branch), clock)
    bob = terminal(opened(branch, "bob", PLAN), clock)
    clock.jump = HOUR

    def bob_is_faster() -> None:
        log_of(alice).before_append = lambda: None
        do(bob, cmd.AddNote("hello"))

    log_of(alice).before_append = bob_is_faster
    do(alice, cmd.StartStep("a"))
    assert kinds(branch) == ["RunStarted", "ClockJumped", "NoteAdded", "StepStarted"]


def test_a_jump_that_cannot_be_stored_stops_the_decision_and_both_come_later() -> None:
    branch = Branch()
    clock = Stepped()
    alice = terminal(started(branch), clock)
    clock.jump = HOUR
    log_of(alice).fails = LogFailure("the disk is full")
    with pytest.raises(LogFailure):
        alice.submit(cmd.StartStep("a"))
    assert kinds(branch) == ["RunStarted"]
    log_of(alice).fails = None
    do(alice, cmd.StartStep("a"))
    assert kinds(branch) == ["RunStarted", "ClockJumped", "StepStarted"]


def test_a_run_that_is_over_is_told_nothing_any_more() -> None:
    branch = Branch()
    clock = Stepped()
    alice = terminal(started(branch), clock)
    do(alice, cmd.AbortRun("enough"))
    clock.jump = HOUR
    assert alice.clock_jump() == 0
    do(alice, cmd.AddNote("afterwards"))
    assert kinds(branch) == ["RunStarted", "RunAborted", "NoteAdded"]
