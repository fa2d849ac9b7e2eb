"""Adopting an edited runbook in the middle of a run: what happened stays true."""

from __future__ import annotations

import pytest
from msgspec import structs

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.decide import amend_effects
from runbook_tui.domain.fold import FoldRefusedError, apply, fold
from runbook_tui.domain.runbook import Approval, Observe, Parameter
from runbook_tui.domain.runbook_model import Command
from runbook_tui.domain.state import RunStatus, Status, current

from .play import CHECK, Play, amend_to, at, check, command, decision, gate, pin_of, plan_of


def test_settled_steps_stay_settled_and_changed_ones_are_marked() -> None:
    play = Play(plan_of(check("a"), check("b"), check("c")))
    for step in ("a", "b"):
        play.do(cmd.FinishStep(step))
    new = plan_of(
        check("a", items=("new",)),
        check("b", instruction="More words."),
        check("c"),
        version="1.1.0",
    )
    play.do(amend_to(new))
    assert [play.status(s) for s in "ab"] == [Status.DONE, Status.DONE]
    assert [play.of(s).changed_since for s in "ab"] == [True, False]
    assert play.state.plan is new
    assert play.state.pin == pin_of(new)
    assert play.state.amended == 1
    play.do(cmd.ReopenStep("a", "it means something else now"))
    assert not play.of("a").changed_since


def test_an_open_step_that_changed_starts_over_with_what_was_checked_and_agreed() -> None:
    before = command(
        "a",
        items=("x", "y"),
        verify=CHECK,
        approval=Approval(),
        observe=Observe(label="n"),
        evidence=("log",),
    )
    play = Play(plan_of(before))
    play.do(cmd.Tick("a", "x"))
    play.do(cmd.Tick("a", "y"))
    play.run("a")
    play.verify("a")
    play.do(cmd.ObserveValue("a", "3/3"))
    play.do(cmd.AddEvidence("a", "log", "evidence/a/log.txt", 1))
    play.do(cmd.Approve("a"), by="bob")
    play.do(amend_to(plan_of(structs.replace(before, items=("x", "z")), version="1.1.0")))
    now = play.of("a")
    assert now.status is Status.ACTIVE
    assert now.ticked == {"x"}
    assert now.verify is None
    assert now.approvals == ()
    assert (now.observed, now.evidence) == ("3/3", {"log": "evidence/a/log.txt"})
    assert now.run is not None
    assert "nothing" in play.refused(cmd.TakeBack("a"))


def test_what_an_amendment_does_is_told_before_it_is_adopted() -> None:
    play = Play(plan_of(check("a"), check("b"), check("c"), check("d"), check("e")))
    play.do(cmd.FinishStep("a"))
    play.do(cmd.DeferStep("b", "later"))
    play.do(cmd.StartStep("c"))
    play.do(cmd.StartStep("d", "first"))
    new = plan_of(
        check("a", items=("new",)), check("b", items=("new",)), check("d"), version="1.1.0"
    )
    told = {effect.step: effect.effect for effect in amend_effects(play.state, new)}
    assert set(told) == {"a", "b", "c"}
    assert told["a"].startswith("stays done, marked")
    assert told["b"].startswith("stays open")
    assert told["c"] == "under way; leaves the plan, stays in the log"
    play.do(amend_to(new))
    assert play.of("a").changed_since
    assert not play.of("b").changed_since


def test_added_steps_are_to_be_done_and_removed_ones_are_not() -> None:
    play = Play(plan_of(check("a"), check("b")))
    play.do(cmd.FinishStep("a"))
    play.do(cmd.StartStep("b"))
    play.do(amend_to(plan_of(check("new"), check("a"), version="1.1.0")))
    here = current(play.state)
    assert here is not None
    assert here.id == "new"
    assert "no step b" in play.refused(cmd.FinishStep("b"))
    play.do(cmd.AddNote("b was half done", "b"))
    play.do(cmd.FinishStep("new"))
    play.do(cmd.CloseRun())


def test_a_step_that_left_and_comes_back_is_marked_too() -> None:
    first = plan_of(check("a"), check("b"))
    play = Play(first)
    play.do(cmd.FinishStep("a"))
    play.do(amend_to(plan_of(check("b"), version="1.1.0")))
    back = plan_of(command("a", mutates=True), check("b"), version="1.2.0")
    (effect,) = amend_effects(play.state, back)
    assert effect.step == "a"
    play.do(amend_to(back))
    assert play.of("a").changed_since


def test_a_changed_command_that_changes_things_is_still_not_run_again_by_itself() -> None:
    before = command("a", mutates=True)
    play = Play(plan_of(before))
    play.run("a")
    new = plan_of(structs.replace(before, run=Command(argv=("false",))), version="1.1.0")
    play.do(amend_to(new))
    assert "has run already" in play.refused(cmd.BeginCommand("a", purpose="run", line="false"))


def test_a_choice_among_changed_options_is_made_anew_where_it_is_open() -> None:
    before = decision("d", "a", "b", items=("think",))
    play = Play(plan_of(before))
    play.do(cmd.ChooseOption("d", "a"))
    play.do(amend_to(plan_of(decision("d", "b", "c", items=("think",)), version="1.1.0")))
    assert play.of("d").choice is None
    assert "no option 'a'" in play.refused(cmd.ChooseOption("d", "a"))


@pytest.mark.parametrize("under_way", ["run", "verify", "unknown"])
def test_nothing_is_amended_while_a_command_runs_or_nobody_knows(under_way: str) -> None:
    play = Play(plan_of(command("a", mutates=True, verify=CHECK)))
    purpose: ev.Purpose = "verify" if under_way == "verify" else "run"
    play.do(cmd.BeginCommand("a", purpose=purpose, line="true"))
    if under_way == "unknown":
        play.do(cmd.ReportInterrupted("a"))
    new = plan_of(check("b"), version="1.1.0")
    assert "first" in play.refused(amend_to(new))
    plans = {**play.plans, new.digest: new}
    event = ev.RunbookAmended(pin=pin_of(new), reason="x")
    entry = ev.Entry(seq=len(play.entries) + 1, at=at(99), by="alice", event=event)
    with pytest.raises(FoldRefusedError):
        apply(play.state, entry, plans)


def test_an_amendment_is_of_the_same_runbook_edited_and_reasoned() -> None:
    play = Play(plan_of(check("a")))
    assert "the one this run follows" in play.refused(amend_to(plan_of(check("a"))))
    other = plan_of(check("a"), version="1.1.0", runbook="another")
    assert "another runbook" in play.refused(amend_to(other))
    new = plan_of(check("a"), version="1.1.0")
    assert "needs a reason" in play.refused(amend_to(new, " "))
    wrong = cmd.AmendRunbook(pin_of(plan_of(version="9.9.9")), new, (), "x")
    assert "changed again" in play.refused(wrong)
    assert play.state.status is RunStatus.OPEN


def test_new_parameters_come_with_their_defaults_or_not_at_all() -> None:
    play = Play(
        plan_of(check("a"), parameters={"old": Parameter(), "env": Parameter()}),
        parameters={"old": "kept", "env": "dev"},
    )
    missing = plan_of(check("a"), version="1.1.0", parameters={"host": Parameter()})
    assert "host: a value is needed" in play.refused(amend_to(missing))
    unfit = plan_of(
        check("a"),
        version="1.1.0",
        parameters={"env": Parameter(type="choice", choices=("prod", "test"))},
    )
    assert "dev" in play.refused(amend_to(unfit))
    fine = plan_of(
        check("a"),
        version="1.1.0",
        parameters={
            "env": Parameter(),
            "host": Parameter(default="db1"),
            "pw": Parameter(type="secret"),
        },
    )
    play.do(amend_to(fine))
    assert play.state.parameters == {"old": "kept", "env": "dev", "host": "db1"}
    assert play.state.secrets == ("pw",)


def test_replay_across_amendments_gives_the_same_state() -> None:
    play = Play(plan_of(check("a"), gate("g"), command("b", mutates=True)))
    play.do(cmd.FinishStep("a"))
    play.do(amend_to(plan_of(check("a", items=("x",)), gate("g"), check("c"), version="1.1.0")))
    play.do(cmd.OverrideStep("g", "the board said so"))
    play.do(amend_to(plan_of(check("a"), gate("g", "two"), command("b"), version="1.2.0")))
    play.run("b")
    play.do(cmd.FinishStep("b"))
    play.do(cmd.CloseRun())
    assert play.replayed() == play.state
    assert play.state.amended == 2


def test_a_log_whose_runbook_is_missing_is_refused_with_its_name() -> None:
    play = Play(plan_of(check("a")))
    new = plan_of(check("a"), version="1.1.0")
    play.do(amend_to(new))
    del play.plans[new.digest]
    with pytest.raises(FoldRefusedError, match=r"1\.1\.00.* is not there"):
        fold(play.plans, play.entries)
    with pytest.raises(FoldRefusedError, match="no events"):
        fold(play.plans, [])
