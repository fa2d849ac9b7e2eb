"""Storage that fails: nothing acknowledged is lost, nothing is decided twice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from domain.play import at, check, plan_of
from session_desk import (
    ALICE,
    PLAN,
    Branch,
    MemoryLog,
    Ticking,
    do,
    log_of,
    opened,
    started,
)

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.record import (
    LogFailure,
)
from runbook_tui.domain.rules import Refusal
from runbook_tui.session import (
    BrokenLogError,
    LogGoneError,
    Recorded,
    Session,
    Who,
)


def test_a_storage_failure_leaves_everything_as_it_was() -> None:
    branch = Branch()
    session = started(branch)
    before, entries = session.state, list(session.entries)
    log_of(session).fails = LogFailure("disk full")
    heard: list[Sequence[Recorded]] = []
    session.listen(heard.append)
    with pytest.raises(LogFailure):
        session.submit(cmd.StartStep("a"))
    assert (session.state, session.entries, heard) == (before, entries, [])
    log_of(session).fails = None
    (recorded,) = do(session, cmd.StartStep("a"))
    assert recorded.entry.seq == 2


def test_a_decision_that_was_stored_although_storing_failed_is_not_made_twice() -> None:
    branch = Branch()
    session = started(branch)

    def stored_but_unsure() -> None:
        log = log_of(session)
        log.before_append = lambda: None
        other = opened(branch, "alice", PLAN)
        do(other, cmd.StartStep("a"))
        log.fails = LogFailure("the disk did not answer")

    log_of(session).before_append = stored_but_unsure
    with pytest.raises(LogFailure):
        session.submit(cmd.StartStep("a"))
    log_of(session).fails = None
    answer = session.submit(cmd.StartStep("a"))
    assert isinstance(answer, Refusal)
    assert "already" in answer.reason


def test_what_could_not_be_read_once_is_still_missing_and_comes_later() -> None:
    branch = Branch()
    alice, bob = started(branch), opened(branch, "bob", PLAN)
    do(bob, cmd.StartStep("a"))
    log_of(alice).reading_fails = LogFailure("git did not start")
    with pytest.raises(LogFailure):
        alice.catch_up()
    # The log itself has been looked at by now: only the session knows that it is behind.
    assert not log_of(alice).moved()
    assert alice.behind()
    log_of(alice).reading_fails = None
    assert [r.entry.seq for r in alice.catch_up()] == [2]
    assert not alice.behind()


def test_a_branch_that_is_gone_is_said_so_as_long_as_it_is() -> None:
    branch = Branch()
    session = started(branch)
    kept, branch.commits = branch.commits, []
    for _ in range(2):
        assert session.behind()
        with pytest.raises(LogGoneError):
            session.submit(cmd.StartStep("a"))
    branch.commits = kept
    do(session, cmd.StartStep("a"))


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("a merge by hand", "records no event"),
        ("x\n\nRunbook-Event: {}", "not a readable event"),
        (
            "x\n\nRunbook-Event: "
            + ev.encode(ev.Entry(seq=2, at=at(0), by="bob", event=ev.StepDone(step="zz"))),
            "no step zz",
        ),
        (
            "x\n\nRunbook-Event: "
            + ev.encode(ev.Entry(seq=9, at=at(0), by="bob", event=ev.NoteAdded(text="x"))),
            "event 9 follows event 1",
        ),
    ],
)
def test_a_log_that_cannot_be_followed_names_the_commit_and_changes_nothing(
    message: str, says: str
) -> None:
    branch = Branch()
    session = started(branch)
    before = session.state
    branch.add(message)
    for _ in range(2):
        with pytest.raises(BrokenLogError, match=says) as caught:
            session.submit(cmd.StartStep("a"))
        told = str(caught.value)
        assert told.count(branch.commits[-1].id[:12]) == 1
        assert session.log.id in told
    assert session.state == before
    assert len(branch.commits) == 2
    with pytest.raises(BrokenLogError, match=says):
        opened(branch, "bob", PLAN)


def test_a_run_without_events_is_said_so() -> None:
    session = opened(Branch())
    with pytest.raises(BrokenLogError, match="no events"):
        _ = session.state


def test_a_pinned_runbook_that_is_another_is_refused() -> None:
    branch = Branch()
    started(branch)
    log, who = MemoryLog(branch), Who("bob", ALICE)
    other = plan_of(check("evil"), version="9.9.9")
    with pytest.raises(BrokenLogError, match=r"9\.9\.9.*1\.0\.0"):
        Session(log, Ticking(), who, lambda pin, read: other)
