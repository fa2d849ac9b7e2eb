"""Several terminals decide on one run: none decides on what is out of date."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from domain.play import start_of
from domain.worlds import Ask, deeds, odd_deeds, plans
from hypothesis import given, settings
from hypothesis import strategies as st
from session_desk import (
    ALICE,
    PLAN,
    Branch,
    MemoryLog,
    Ticking,
    do,
    load_known,
    log_of,
    opened,
    started,
)

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.fold import fold
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.rules import Refusal
from runbook_tui.formats.commit import entry_of
from runbook_tui.session import (
    MOST_RACES,
    Recorded,
    Session,
    Who,
)


def test_decisions_of_other_terminals_arrive() -> None:
    branch = Branch()
    alice = started(branch)
    bob = opened(branch, "bob", PLAN)
    assert not alice.behind()
    do(bob, cmd.StartStep("a"))
    assert alice.behind()
    heard: list[Sequence[Recorded]] = []
    alice.listen(heard.append)
    news = alice.catch_up()
    assert [type(r.entry.event) for r in news] == [ev.StepStarted]
    assert heard == [news]
    assert alice.state == bob.state
    assert not alice.behind()
    assert alice.catch_up() == ()
    assert heard == [news]


def test_a_decision_is_made_on_what_others_decided_before() -> None:
    branch = Branch()
    alice, bob = started(branch), opened(branch, "bob", PLAN)
    do(bob, cmd.FinishStep("a"))
    # Alice's screen still shows `a` open; what she may do follows from the log all the same.
    assert [type(r.entry.event) for r in do(alice, cmd.StartStep("b"))] == [ev.StepStarted]


def test_a_race_lost_is_decided_again_on_the_new_state() -> None:
    branch = Branch()
    alice, bob = started(branch), opened(branch, "bob", PLAN)
    heard: list[type] = []
    alice.listen(lambda recorded: heard.extend(type(r.entry.event) for r in recorded))

    def bob_is_faster() -> None:
        log_of(alice).before_append = lambda: None
        do(bob, cmd.FinishStep("a", "was easy"))

    log_of(alice).before_append = bob_is_faster
    answer = alice.submit(cmd.FinishStep("a"))
    # What was allowed a moment ago is not any more: nothing of it is in the log.
    assert isinstance(answer, Refusal)
    assert "a is done" in answer.reason
    assert heard == [ev.StepStarted, ev.StepDone]
    assert alice.state == bob.state
    assert [entry_of(c).seq for c in branch.commits] == [1, 2, 3]


def test_a_race_lost_is_no_refusal_where_the_decision_still_stands() -> None:
    branch = Branch()
    alice, bob = started(branch), opened(branch, "bob", PLAN)

    def bob_is_faster() -> None:
        log_of(alice).before_append = lambda: None
        do(bob, cmd.AddNote("just saying"))

    log_of(alice).before_append = bob_is_faster
    (recorded,) = do(alice, cmd.StartStep("a"))
    assert recorded.entry.seq == 3
    assert [r.entry.seq for r in alice.entries] == [1, 2, 3]


def test_what_was_decided_on_is_what_the_log_must_still_hold() -> None:
    branch = Branch()
    bob_writes: list[Callable[[], object]] = []

    class Interrupting(Ticking):
        """The clock is read after deciding and before recording: bob is faster just then."""

        def now(self) -> Moment:
            while bob_writes:
                bob_writes.pop()()
            return super().now()

    started(branch)
    alice = Session(MemoryLog(branch), Interrupting(), Who("alice", ALICE), load_known(PLAN))
    bob = opened(branch, "bob", PLAN)
    bob_writes.append(lambda: do(bob, cmd.AddNote("first")))
    (recorded,) = do(alice, cmd.AddNote("second"))
    assert recorded.entry.seq == 3
    assert [entry_of(c).seq for c in branch.commits] == [1, 2, 3]


def test_two_terminals_cannot_both_start_a_run() -> None:
    branch = Branch()
    alice, bob = opened(branch, plan=PLAN), opened(branch, "bob", plan=PLAN)
    assert not isinstance(alice.submit(start_of(PLAN)), Refusal)
    answer = bob.submit(start_of(PLAN))
    assert isinstance(answer, Refusal)
    assert "started already" in answer.reason
    assert len(branch.commits) == 1


def test_a_race_that_never_ends_is_given_up_with_words() -> None:
    branch = Branch()
    alice, bob = started(branch), opened(branch, "bob", PLAN)
    races = 0

    def bob_is_always_faster() -> None:
        nonlocal races
        races += 1
        do(bob, cmd.AddNote("me first"))

    log_of(alice).before_append = bob_is_always_faster
    answer = alice.submit(cmd.StartStep("a"))
    assert isinstance(answer, Refusal)
    assert "faster" in answer.reason
    assert races == MOST_RACES
    alice.catch_up()
    assert alice.state == bob.state


@given(st.data())
@settings(max_examples=25)
def test_terminals_that_take_turns_at_random_agree_in_the_end(data: st.DataObject) -> None:
    plan = data.draw(plans(most=3))
    branch = Branch()
    sessions = [started(branch, plan), opened(branch, "bob", plan), opened(branch, "carol", plan)]
    todo = [*deeds(plan, data.draw(st.binary(max_size=60))), *data.draw(odd_deeds(plan))]
    for deed in todo:
        session = data.draw(st.sampled_from(sessions))
        if isinstance(deed, Ask):
            session.submit(deed.command, by=deed.by or None)
    for session in sessions:
        session.catch_up()
        assert session.state == sessions[0].state
        assert [r.entry for r in session.entries] == [entry_of(c) for c in branch.commits]
    replayed = fold({plan.digest: plan}, map(entry_of, branch.commits))
    assert replayed == sessions[0].state
    assert [entry_of(c).seq for c in branch.commits] == list(range(1, len(branch.commits) + 1))
