"""Who may decide and approve what: names, roles, approvals that are of what is there."""

from __future__ import annotations

import pytest

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.decide import decide
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import (
    Approval,
    Observe,
    Role,
)
from runbook_tui.domain.state import (
    Status,
)

from .play import CHECK, Play, check, command, decision, gate, plan_of


@pytest.mark.parametrize(
    "name", ["", " ", "\t", "alice\n", " alice", "a\x1b[2J", "a\u202eb", "a\udc80", "x" * 101]
)
def test_a_name_that_is_none_decides_nothing(name: str) -> None:
    play = Play(plan_of(check("a")))
    verdict = decide(play.state, cmd.AddNote("hello"), name)
    assert isinstance(verdict, Refusal)
    assert "--as" in verdict.hint


def test_a_step_for_a_role_is_only_for_the_people_who_hold_it() -> None:
    play = Play(plan_of(check("a", role="dba"), roles={"dba": Role(people=("bob",))}))
    assert "dba (bob), you are alice" in play.refused(cmd.FinishStep("a"))
    play.do(cmd.FinishStep("a"), by="bob")


def test_nobody_approves_their_own_step() -> None:
    play = Play(plan_of(check("a", approval=Approval())), driver="alice")
    play.do(cmd.StartStep("a"), by="bob")
    assert "their own" in play.refused(cmd.Approve("a"), by="alice")
    assert "their own" in play.refused(cmd.Approve("a"), by="bob")
    assert "not approved" in play.refused(cmd.FinishStep("a"))
    play.do(cmd.Approve("a", "looks right"), by="carol")
    assert "already" in play.refused(cmd.Approve("a"), by="carol")
    play.do(cmd.FinishStep("a"))


def test_who_takes_the_run_over_cannot_approve_what_they_drive() -> None:
    play = Play(plan_of(check("a", approval=Approval())))
    play.do(cmd.StartStep("a"))
    play.do(cmd.ResumeRun(host="elsewhere"), by="bob")
    assert "their own" in play.refused(cmd.Approve("a"), by="bob")


def test_what_changes_nothing_is_not_said_to_when_it_is_retried() -> None:
    play = Play(plan_of(decision("d"), command("c", mutates=True)))
    play.do(cmd.ChooseOption("d", "a"))
    told = play.refused(cmd.ReopenStep("d", "", retry=True))
    assert told == "doing it once more always needs a reason"
    play.run("c", "failed")
    told = play.refused(cmd.ReopenStep("c", "", retry=True))
    assert told == "retrying what changes things always needs a reason"


def approved_decision() -> Play:
    play = Play(plan_of(decision("d", "o1", "o2", approval=Approval())), driver="ana")
    play.do(cmd.ChooseOption("d", "o1"))
    play.do(cmd.Approve("d"), by="bob")
    return play


def test_an_approval_is_of_the_option_that_was_chosen_then() -> None:
    play = approved_decision()
    play.do(cmd.ChooseOption("d", "o2"))
    assert play.status("d") is Status.ACTIVE
    assert play.of("d").approvals == ()
    assert "not approved" in play.refused(cmd.FinishStep("d"))
    play.do(cmd.TakeBack("d"))
    assert play.of("d").choice == "o1"
    play.do(cmd.FinishStep("d"))


def test_a_gate_is_approved_after_it_is_decided() -> None:
    play = Play(plan_of(gate("g", approval=Approval())))
    play.do(cmd.Tick("g", "it works"))
    play.do(cmd.DecideGate("g", go=True))
    assert play.status("g") is Status.ACTIVE
    play.do(cmd.Approve("g"), by="bob")
    play.do(cmd.DecideGate("g", go=True, reason="once more"))
    assert play.of("g").approvals == ()
    play.do(cmd.Approve("g"), by="bob")
    play.do(cmd.FinishStep("g"))


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (cmd.Tick("a", "look", on=False), True),
        (cmd.ObserveValue("a", "3/4"), False),
        (cmd.AddEvidence("a", "log", "evidence/other.txt", 3), False),
        (cmd.BeginCommand("a", purpose="run", line="true"), True),
    ],
    ids=lambda case: type(case).__name__,
)
def test_what_changes_after_an_approval_voids_it(change: cmd.StepCommand, left: bool) -> None:
    step = command(
        "a", items=("look",), observe=Observe(label="n"), evidence=("log",), approval=Approval()
    )
    play = Play(plan_of(step))
    play.run("a")
    play.do(cmd.Tick("a", "look"))
    play.do(cmd.ObserveValue("a", "3/3"))
    play.do(cmd.AddEvidence("a", "log", "evidence/x.txt", 3))
    play.do(cmd.Approve("a"), by="bob")
    play.do(change)
    assert play.of("a").approvals == ()
    if left:
        told = play.refused(cmd.Approve("a"), by="bob")
        assert "cannot be approved yet" in told or "is running" in told
    else:
        play.do(cmd.Approve("a"), by="bob")


def test_a_verification_that_ends_differently_voids_an_approval_the_same_one_does_not() -> None:
    play = Play(plan_of(check("a", verify=CHECK, approval=Approval())))
    play.verify("a")
    play.do(cmd.Approve("a"), by="bob")
    play.verify("a")
    assert [name for name, _ in play.of("a").approvals] == ["bob"]
    play.verify("a", "failed")
    assert play.of("a").approvals == ()


@pytest.mark.parametrize(
    "contribute",
    [
        cmd.StartStep("a"),
        cmd.Tick("a", "look"),
        cmd.ObserveValue("a", "3/3"),
        cmd.AddEvidence("a", "log", "evidence/x.txt", 3),
    ],
    ids=lambda case: type(case).__name__,
)
def test_who_contributed_to_a_step_does_not_approve_it(contribute: cmd.StepCommand) -> None:
    step = check(
        "a", items=("look",), observe=Observe(label="n"), evidence=("log",), approval=Approval()
    )
    play = Play(plan_of(step))
    if not isinstance(contribute, cmd.StartStep):
        play.do(cmd.StartStep("a"))
    play.do(contribute, by="bob")
    assert "nobody approves" in play.refused(cmd.Approve("a"), by="bob")


def test_who_chose_decided_or_ran_does_not_approve() -> None:
    steps = (
        decision("d", approval=Approval()),
        gate("g", approval=Approval()),
        command("c", approval=Approval()),
    )
    play = Play(plan_of(*steps))
    for step, act in (
        ("d", cmd.ChooseOption("d", "a")),
        ("g", cmd.DecideGate("g", go=True)),
        ("c", cmd.BeginCommand("c", purpose="run", line="true")),
    ):
        play.do(cmd.StartStep(step))
        if step == "g":
            play.do(cmd.Tick("g", "it works"))
        play.do(act, by="bob")
        if step == "c":
            play.end("c")
        assert "nobody approves their own work" in play.refused(cmd.Approve(step), by="bob")
        play.do(cmd.Approve(step), by="carol")
        play.do(cmd.FinishStep(step))


def test_an_approval_that_comes_too_early_is_told_what_is_missing() -> None:
    play = Play(plan_of(command("a", items=("look",), approval=Approval())))
    play.do(cmd.StartStep("a"))
    told = play.refused(cmd.Approve("a"), by="bob")
    assert "the command has not run" in told
    assert "not ticked: look" in told
    play.do(cmd.BeginCommand("a", purpose="run", line="true"))
    assert "is running" in play.refused(cmd.Approve("a"), by="bob")


def test_a_log_of_an_older_program_with_an_approval_before_the_choice_stays_readable() -> None:
    play = Play(plan_of(decision("d", approval=Approval()), check("b")))
    old = (
        (ev.StepStarted(step="d"), "alice"),
        (ev.Approved(step="d"), "bob"),
        (ev.OptionChosen(step="d", option="a"), "alice"),
    )
    for event, by in old:
        play.record((event,), by)
    assert play.of("d").approvals == ()
    assert "not approved" in play.refused(cmd.FinishStep("d"))
    play.record((ev.StepDone(step="d"),))
    assert play.replayed() == play.state
    assert play.status("d") is Status.DONE


def test_a_log_of_an_older_program_in_which_somebody_approved_their_own_work_stays_readable() -> (
    None
):
    play = Play(plan_of(check("a", items=("look",), approval=Approval())))
    play.do(cmd.StartStep("a"))
    play.do(cmd.Tick("a", "look"), by="bob")
    play.record((ev.Approved(step="a"),), "bob")
    assert play.of("a").approvals == ()
    play.record((ev.StepDone(step="a"),))
    assert play.status("a") is Status.DONE


def test_a_step_that_is_reopened_is_approved_anew() -> None:
    play = Play(plan_of(check("a", approval=Approval())))
    play.do(cmd.StartStep("a"))
    play.do(cmd.Approve("a"), by="bob")
    play.do(cmd.FinishStep("a"))
    play.do(cmd.ReopenStep("a", "the numbers moved"))
    assert "not approved" in play.refused(cmd.FinishStep("a"))
    play.do(cmd.Approve("a"), by="bob")


def test_approval_by_a_role_is_for_its_people() -> None:
    roles = {"cab": Role(people=("carol",))}
    play = Play(plan_of(check("a", approval=Approval(role="cab")), roles=roles))
    play.do(cmd.StartStep("a"))
    assert "cab (carol)" in play.refused(cmd.Approve("a"), by="bob")
    play.do(cmd.Approve("a"), by="carol")
