"""Work and waiting for people are clocked apart: nobody's coffee break is in an estimate."""

from __future__ import annotations

import pytest

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.runbook import Approval, ChecklistStep
from runbook_tui.domain.stopwatch import spent

from .play import Play, at, check, command, decision, gate, plan_of


def times(play: Play, name: str, now: float | None = None) -> tuple[float, float]:
    """Seconds of work and of waiting for people."""
    moment = at(play.seconds if now is None else now)
    return spent(play.state, play.state.plan.by_id[name], moment)


def test_work_runs_from_the_start_to_the_end_and_no_further() -> None:
    play = Play(plan_of(check("a", items=("x",)), check("b")))
    assert times(play, "a") == (0, 0)
    play.seconds = 10
    play.do(cmd.StartStep("a"))
    begun = play.seconds
    play.seconds += 60
    assert times(play, "a") == (play.seconds - begun, 0)
    play.do(cmd.Tick("a", "x"))
    play.do(cmd.FinishStep("a"))
    ended = play.seconds
    play.seconds += 600
    assert times(play, "a") == (pytest.approx(ended - begun), 0)


def test_waiting_for_an_approval_is_no_work() -> None:
    step = ChecklistStep(id="a", title="A", items=("x",), approval=Approval())
    play = Play(plan_of(step))
    play.do(cmd.StartStep("a"))
    play.seconds += 30
    play.do(cmd.Tick("a", "x"))
    worked, waited = times(play, "a")
    assert waited == 0
    play.seconds += 900
    play.do(cmd.Approve("a"), by="bob")
    assert times(play, "a")[0] == pytest.approx(worked)
    assert times(play, "a")[1] >= 900


@pytest.mark.parametrize("kind", ["decision", "gate"])
def test_thinking_about_a_choice_is_no_work(kind: str) -> None:
    step = decision("a") if kind == "decision" else gate("a")
    play = Play(plan_of(step, check("b")))
    play.do(cmd.StartStep("a"))
    for item in step.checklist:
        play.do(cmd.Tick("a", item.key))
    worked, _ = times(play, "a")
    assert times(play, "a", play.seconds + 300) == (worked, pytest.approx(300, abs=5))


def test_a_pause_is_no_work() -> None:
    play = Play(plan_of(command("a")))
    play.do(cmd.StartStep("a"))
    play.seconds += 10
    play.do(cmd.PauseRun("lunch"))
    worked, _ = times(play, "a")
    play.seconds += 1000
    assert times(play, "a")[0] == pytest.approx(worked)
    play.do(cmd.ContinueRun())
    resumed = play.seconds
    play.seconds += 20
    assert times(play, "a")[0] == pytest.approx(worked + play.seconds - resumed)
    assert times(play, "a")[1] >= 1000


def test_a_command_that_runs_through_a_pause_works_on() -> None:
    play = Play(plan_of(command("a")))
    play.do(cmd.StartStep("a"))
    play.do(cmd.BeginCommand("a", purpose="run", line="true"))
    play.do(cmd.PauseRun("lunch"))
    worked, _ = times(play, "a")
    play.seconds += 100
    assert times(play, "a")[0] == pytest.approx(worked + 100)


def test_what_is_taken_back_took_its_time_all_the_same() -> None:
    play = Play(plan_of(check("a", items=("x",))))
    play.do(cmd.StartStep("a"))
    play.seconds += 40
    play.do(cmd.Tick("a", "x"))
    play.do(cmd.TakeBack("a"))
    assert times(play, "a")[0] >= 40


def test_time_is_counted_once_through_a_reopening_and_never_while_the_step_is_settled() -> None:
    play = Play(plan_of(check("a"), check("b")))
    play.do(cmd.StartStep("a"))
    play.seconds += 5
    play.do(cmd.FinishStep("a"))
    first, _ = times(play, "a")
    play.seconds += 500
    play.do(cmd.ReopenStep("a", "look again"))
    assert times(play, "a")[0] == pytest.approx(first)
    play.seconds += 7
    play.do(cmd.FinishStep("a"))
    assert first + 7 <= times(play, "a")[0] <= first + 10


def test_a_wall_clock_that_jumps_changes_no_length() -> None:
    play = Play(plan_of(check("a")))
    play.do(cmd.StartStep("a"))
    now = at(play.seconds + 60)
    jumped = type(now)(now.wall.replace(hour=5), now.boot, now.boot_id)
    step = play.state.plan.by_id["a"]
    assert spent(play.state, step, jumped) == spent(play.state, step, now)


def test_every_time_is_in_the_replayed_state_too() -> None:
    play = Play(plan_of(check("a", items=("x",)), command("b")))
    play.do(cmd.StartStep("a"))
    play.do(cmd.PauseRun("lunch"))
    play.do(cmd.ContinueRun())
    play.do(cmd.Tick("a", "x"))
    assert isinstance(play.entries[-1].event, ev.ItemTicked)
    assert play.replayed() == play.state
