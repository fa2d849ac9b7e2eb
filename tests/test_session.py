"""The one way a decision is made: durable or refused, whatever other terminals do meanwhile."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

from domain.play import amend_to, check, command, plan_of, start_of
from session_desk import (
    ALICE,
    PLAN,
    Branch,
    do,
    files_of,
    opened,
    started,
)

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.record import (
    Identity,
)
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import Parameter
from runbook_tui.domain.state import RunStatus, Status
from runbook_tui.formats.commit import entry_of
from runbook_tui.session import (
    Recorded,
)


def test_what_submit_returns_is_in_the_log() -> None:
    branch = Branch()
    session = started(branch)
    recorded = do(session, cmd.StartStep("a"))
    assert [entry_of(branch.commits[-1])] == [r.entry for r in recorded]
    assert recorded[0].commit == branch.head == session.head
    assert session.state.of("a").status is Status.ACTIVE
    assert [r.entry.seq for r in session.entries] == [1, 2]


def test_a_refusal_leaves_no_trace() -> None:
    branch = Branch()
    session = started(branch)
    before, count = session.state, len(branch.commits)
    heard: list[Sequence[Recorded]] = []
    session.listen(heard.append)
    refusal = session.submit(cmd.StartStep("b"))
    assert isinstance(refusal, Refusal)
    assert session.ask(cmd.StartStep("b")) == refusal
    assert session.ask(cmd.StartStep("a")) is None
    assert (session.state, len(branch.commits), heard) == (before, count, [])


def test_a_decision_of_several_events_is_recorded_whole() -> None:
    branch = Branch()
    session = started(branch)
    do(session, cmd.FinishStep("a"))
    count = len(branch.commits)
    do(session, cmd.StartStep("b"))
    recorded = do(session, cmd.FinishStep("b"))
    assert [type(r.entry.event) for r in recorded] == [ev.StepDone]
    both = do(session, cmd.BeginCommand("c", purpose="run", line="true"))
    assert [type(r.entry.event) for r in both] == [ev.StepStarted, ev.CommandStarted]
    assert len(branch.commits) == count + 4


def test_who_decided_is_the_author_and_who_ran_the_program_the_committer() -> None:
    branch = Branch()
    session = started(branch)
    do(session, cmd.AddNote("from the console"), by="bob de vries")
    assert branch.commits[-1].author == Identity("bob de vries", "bob.de.vries@claimed.invalid")
    assert branch.commits[-1].committer == ALICE
    do(session, cmd.AddNote("mine"))
    assert branch.commits[-1].author == ALICE


def test_a_name_that_is_none_records_nothing() -> None:
    branch = Branch()
    session = started(branch)
    for name in ("eve\n\nRunbook-Event: {}", "eve <root@localhost>\x00", " "):
        assert isinstance(session.submit(cmd.AddNote("x"), by=name), Refusal)
    assert len(branch.commits) == 1


# --- amendments


def test_an_amendment_reaches_other_terminals_with_its_runbook() -> None:
    branch = Branch()
    new = plan_of(check("z"), version="2.0.0")
    alice, bob = started(branch), opened(branch, "bob", PLAN, new)
    answer = alice.submit(amend_to(new), files=files_of(new))
    assert not isinstance(answer, Refusal)
    bob.catch_up()
    assert bob.state == alice.state
    assert [step.id for step in bob.state.plan.steps] == ["z"]
    late = opened(branch, "carol", PLAN, new)
    assert late.state == alice.state


# --- secrets

SECRET = 'hunt3r "two" & more'


def test_no_secret_is_ever_committed_whatever_is_said() -> None:
    branch = Branch()
    plan = plan_of(
        check("a", items=("x",)),
        command("c", mutates=True),
        parameters={"pw": Parameter(type="secret")},
    )
    session = started(branch, plan, {"pw": SECRET})
    coded = base64.b64encode(f"user:{SECRET}".encode()).decode()
    for words in (SECRET, f"it is {SECRET}!", json.dumps([SECRET]), f"Basic {coded}"):
        do(session, cmd.AddNote(words, "a"))
        do(session, cmd.AddRedline(words))
        do(session, cmd.PauseRun(words))
        do(session, cmd.ContinueRun())
    do(session, cmd.StartStep("c", f"because {SECRET}"))
    do(session, cmd.BeginCommand("c", purpose="run", line=f"login {SECRET}"))
    do(session, cmd.FinishCommand("c", "run", 1, "ok", 0, 1.0, summary=f"hello {SECRET}"))
    do(session, cmd.FinishStep("c", SECRET))
    do(session, cmd.OverrideStep("a", SECRET))
    do(session, cmd.CloseRun(SECRET))
    written = branch.bytes
    for form in (SECRET, json.dumps(SECRET)[1:-1], json.dumps(json.dumps(SECRET))[1:-1], coded):
        assert form.encode() not in written
    assert "‹redacted:pw›".encode() in written
    assert session.state == opened(branch, "bob", plan).state


def test_a_plain_parameter_that_holds_a_secret_stops_the_start() -> None:
    branch = Branch()
    plan = plan_of(check("a"), parameters={"pw": Parameter(type="secret"), "dsn": Parameter()})
    session = opened(branch, plan=plan, secrets={"pw": "hunter22"})
    answer = session.submit(start_of(plan, {"dsn": "db://x:hunter22@h"}, ("pw",)))
    assert isinstance(answer, Refusal)
    assert "dsn" in answer.reason
    assert "hunter22" not in str(answer)
    assert branch.commits == []


def test_a_secret_given_later_is_taken_out_from_then_on() -> None:
    branch = Branch()
    started(branch)
    session = opened(branch, "bob", PLAN)
    session.give_secrets({"pw": "hunter22"})
    do(session, cmd.AddNote("it is hunter22"))
    assert b"hunter22" not in branch.bytes
    assert session.redactor.line("hunter22") == "‹redacted:pw›"


# --- listeners


def test_listeners_hear_everything_in_order_until_they_stop() -> None:
    branch = Branch()
    alice, bob = started(branch), opened(branch, "bob", PLAN)
    heard: list[int] = []
    stop = alice.listen(lambda recorded: heard.extend(r.entry.seq for r in recorded))
    do(alice, cmd.AddNote("one"))
    do(bob, cmd.AddNote("two"))
    do(alice, cmd.AddNote("three"))
    assert heard == [2, 3, 4]
    stop()
    stop()
    do(alice, cmd.AddNote("four"))
    assert heard == [2, 3, 4]


def test_a_listener_sees_the_new_state_and_may_stop_itself() -> None:
    branch = Branch()
    session = started(branch)
    seen: list[Status] = []

    def once(recorded: Sequence[Recorded]) -> None:
        seen.append(session.state.of("a").status)
        stop()

    stop = session.listen(once)
    other: list[int] = []
    session.listen(lambda recorded: other.append(len(recorded)))
    do(session, cmd.FinishStep("a"))
    do(session, cmd.AddNote("x"))
    assert seen == [Status.DONE]
    assert other == [2, 1]


def test_a_run_that_is_over_is_over_for_every_terminal() -> None:
    branch = Branch()
    alice, bob = started(branch), opened(branch, "bob", PLAN)
    do(bob, cmd.AbortRun("the vendor called"))
    assert isinstance(alice.submit(cmd.StartStep("a")), Refusal)
    do(alice, cmd.AddNote("for the record"))
    assert alice.state.status is RunStatus.ABORTED
