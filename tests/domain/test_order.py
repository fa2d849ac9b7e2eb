"""Which step comes next, which are locked, which do not apply."""

from __future__ import annotations

import pytest

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.advance import next_act
from runbook_tui.domain.runbook import (
    Condition,
    Parameter,
)
from runbook_tui.domain.state import (
    Status,
    applies,
    current,
    is_settled,
)

from .play import Play, check, command, decision, gate, plan_of


def current_id(play: Play) -> str | None:
    step = current(play.state)
    return None if step is None else step.id


def test_out_of_order_needs_a_reason_and_is_written_down() -> None:
    play = Play(plan_of(check("a"), check("b")))
    assert "out of order" in play.refused(cmd.StartStep("b"))
    assert "out of order" in play.refused(cmd.FinishStep("b"))
    assert "out of order" in play.refused(cmd.StartStep("b", "  "))
    play.do(cmd.StartStep("b", "the window for b closes first"))
    assert play.of("b").deviation == "the window for b closes first"


def test_needs_are_firm_whatever_the_reason() -> None:
    play = Play(plan_of(check("a"), check("b", needs=("a",))))
    assert "needs a first" in play.refused(cmd.StartStep("b", "I insist"))
    play.do(cmd.SkipStep("a", "done yesterday"))
    play.do(cmd.StartStep("b"))


def test_a_gate_locks_what_follows_until_it_is_go() -> None:
    play = Play(plan_of(gate("g", "backup verified"), command("b")))
    for ask in (
        cmd.StartStep("b", "I insist"),
        cmd.BeginCommand("b", purpose="run", line="true"),
        cmd.OverrideStep("b", "I insist"),
        cmd.FinishStep("b"),
    ):
        assert "the gate g is not open" in play.refused(ask)
    assert "never skipped" in play.refused(cmd.SkipStep("g", "late"))
    assert "never deferred" in play.refused(cmd.DeferStep("g", "late"))
    assert "backup verified" in play.refused(cmd.DecideGate("g", go=True))
    play.do(cmd.Tick("g", "backup verified"))
    play.do(cmd.DecideGate("g", go=True))
    assert play.status("g") is Status.DONE
    play.do(cmd.StartStep("b"))


@pytest.mark.parametrize("leave", [cmd.SkipStep, cmd.DeferStep])
def test_leaving_a_locked_step_and_reopening_it_is_no_way_around_the_lock(
    leave: type[cmd.SkipStep],
) -> None:
    play = Play(plan_of(gate("g"), check("a"), check("b", needs=("a",))))
    for step in ("a", "b"):
        play.do(leave(step, "try"))
        for retry in (False, True):
            assert play.refused(cmd.ReopenStep(step, "now then", retry=retry))
    play.do(cmd.OverrideStep("g", "the board said so"))
    play.do(cmd.ReopenStep("a", "now then"))
    assert "needs a" in play.refused(cmd.ReopenStep("b", "now then"))


def test_a_no_go_closes_the_gate_until_it_is_decided_anew() -> None:
    play = Play(plan_of(gate("g"), check("b")))
    play.do(cmd.DecideGate("g", go=False, reason="replication lags"))
    assert play.status("g") is Status.FAILED
    assert "not open" in play.refused(cmd.StartStep("b", "I insist"))
    assert next_act(play.state, play.state.plan.by_id["g"]) == "retry"
    play.do(cmd.ReopenStep("g", "", retry=True))
    play.do(cmd.Tick("g", "it works"))
    play.do(cmd.DecideGate("g", go=True))
    assert current_id(play) == "b"


def test_deferred_steps_come_back_at_the_end() -> None:
    play = Play(plan_of(check("a"), check("b"), check("c")))
    play.do(cmd.DeferStep("a", "the vendor is at lunch"))
    assert current_id(play) == "b"
    play.do(cmd.FinishStep("b"))
    play.do(cmd.FinishStep("c"))
    assert current_id(play) == "a"
    assert "a is deferred" in play.refused(cmd.CloseRun())
    play.do(cmd.StartStep("a"))
    assert play.of("a").settled is None
    play.do(cmd.FinishStep("a"))
    play.do(cmd.CloseRun("all done"))


def test_what_waits_for_a_deferred_step_waits_with_it() -> None:
    play = Play(plan_of(check("a"), check("b", needs=("a",)), check("c")))
    play.do(cmd.DeferStep("a", "later"))
    assert current_id(play) == "c"
    play.do(cmd.FinishStep("c"))
    assert current_id(play) == "a"
    play.do(cmd.FinishStep("a"))
    assert current_id(play) == "b"


# --- conditions


def test_a_step_applies_by_a_parameter() -> None:
    parameters = {"env": Parameter(type="choice", choices=("dev", "prod"))}
    step = check("a", when=Condition(parameter="env", is_="prod"))
    play = Play(plan_of(step, check("b"), parameters=parameters), parameters={"env": "dev"})
    assert applies(play.state, step) is False
    assert current_id(play) == "b"
    assert "does not apply" in play.refused(cmd.StartStep("a", "all the same"))


def test_a_step_that_hangs_on_a_decision_is_open_until_it_is_made() -> None:
    left = check("left", when=Condition(decision="d", is_="a"))
    right = check("right", when=Condition(decision="d", is_="b"))
    play = Play(plan_of(decision("d"), left, right))
    assert applies(play.state, left) is None
    assert "not made yet" in play.refused(cmd.StartStep("left", "all the same"))
    play.do(cmd.ChooseOption("d", "b"))
    assert (applies(play.state, left), applies(play.state, right)) == (False, True)
    assert current_id(play) == "right"


def test_a_deferred_decision_does_not_block_the_run() -> None:
    hanging = check("x", when=Condition(decision="d", is_="a"))
    play = Play(plan_of(decision("d"), hanging, check("y")))
    play.do(cmd.DeferStep("d", "the boss is asleep"))
    assert current_id(play) == "y"
    play.do(cmd.FinishStep("y"))
    assert current_id(play) == "d"
    play.do(cmd.ChooseOption("d", "a"))
    assert current_id(play) == "x"


def test_a_gate_that_waits_for_a_deferred_decision_keeps_what_follows_waiting() -> None:
    closed = gate("g", when=Condition(decision="d", is_="a"))
    play = Play(plan_of(decision("d"), closed, check("x")))
    play.do(cmd.DeferStep("d", "the boss is asleep"))
    assert "the gate g is not open" in play.refused(cmd.StartStep("x", "I insist"))
    assert current_id(play) == "d"
    play.do(cmd.ChooseOption("d", "b"))
    assert current_id(play) == "x"


def test_what_hangs_on_a_decision_that_does_not_apply_does_not_apply() -> None:
    inner = decision("inner", when=Condition(decision="outer", is_="a"))
    deepest = check("deepest", when=Condition(decision="inner", is_="a"))
    play = Play(plan_of(decision("outer"), inner, deepest))
    assert applies(play.state, deepest) is None
    play.do(cmd.ChooseOption("outer", "b"))
    assert applies(play.state, deepest) is False
    assert current_id(play) is None
    play.do(cmd.CloseRun())


def test_a_chain_of_decisions_of_any_length_is_no_trouble() -> None:
    chain_ = [decision("d0")]
    for n in range(1, 3_000):
        chain_.append(decision(f"d{n}", when=Condition(decision=f"d{n - 1}", is_="a")))
    play = Play(plan_of(*chain_))
    assert applies(play.state, chain_[-1]) is None


def test_decisions_in_a_circle_hang_nobody() -> None:
    # Lint refuses such a runbook; a log may hold one all the same.
    one = decision("one", when=Condition(decision="two", is_="a"))
    two = decision("two", when=Condition(decision="one", is_="a"))
    itself = decision("itself", when=Condition(decision="itself", is_="a"))
    play = Play(plan_of(one, two, itself))
    assert [applies(play.state, step) for step in (one, two, itself)] == [None, None, None]
    assert play.refused(cmd.StartStep("one", "well"))


def test_a_command_under_way_is_not_forgotten_when_its_step_no_longer_applies() -> None:
    branch = command("x", mutates=True, when=Condition(decision="d", is_="a"))
    play = Play(plan_of(decision("d"), branch))
    play.do(cmd.ChooseOption("d", "a"))
    play.do(cmd.BeginCommand("x", purpose="run", line="true"))
    play.do(cmd.ReopenStep("d", "wrong way"))
    play.do(cmd.ChooseOption("d", "b"))
    assert applies(play.state, branch) is False
    assert not is_settled(play.state, branch)
    assert "x is running" in play.refused(cmd.CloseRun())
    play.do(cmd.ReportInterrupted("x"))
    assert play.status("x") is Status.UNKNOWN
    assert "x is unknown" in play.refused(cmd.CloseRun())
    assert current_id(play) == "x"
    assert next_act(play.state, branch) == "settle-unknown"
    play.do(cmd.SettleUnknown("x", happened=False, reason="nothing in the database"))
    play.do(cmd.CloseRun())
