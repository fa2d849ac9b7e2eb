"""Deadlines: told ahead, told again when they pass, and asking for an answer until there is one."""

from __future__ import annotations

import pytest

from domain.play import at
from domain.schedule.test_reading import UNDO, Clocked, step
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.runbook import Window
from runbook_tui.domain.schedule.alarm import Alarm, alarms, timer_left, unanswered
from runbook_tui.domain.schedule.estimate import Estimate
from runbook_tui.domain.schedule.pace import pace


def told(run: Clocked, what: str, seconds: float | None = None) -> list[Alarm]:
    found = alarms(run.state, run.read(seconds))
    return [alarm for alarm in found if alarm.what == what]


def begun() -> Clocked:
    """One step done that takes five minutes to take back; the next one under way."""
    run = Clocked(step("a", compensation=UNDO), step("b", 10))
    run.through("a", 10)
    run.do(cmd.StartStep("b"))
    return run


def first_with(run: Clocked, what: str, name: str) -> float:
    """The minute in which an alarm of this name is told first."""
    for minute in range(180):
        if any(alarm.name == name for alarm in told(run, what, run.seconds + 60 * minute)):
            return minute
    raise AssertionError(f"never {name}")


def test_the_latest_safe_rollback_is_told_ahead_twice_and_once_it_has_passed() -> None:
    run = begun()
    assert told(run, "rollback") == []
    near = first_with(run, "rollback", "rollback 900")
    nearer = first_with(run, "rollback", "rollback 300")
    passed = first_with(run, "rollback", "rollback passed")
    assert near < nearer < passed
    assert passed - nearer <= 6, "it also comes nearer while the step takes longer"


def test_the_runbook_says_how_long_before() -> None:
    run = Clocked(
        step("a", compensation=UNDO),
        step("b", 10),
        window=Window(start="22:00Z", end="00:00Z", warn=("40m",)),
    )
    run.through("a", 10)
    run.do(cmd.StartStep("b"))
    assert first_with(run, "rollback", "rollback 2400") > 0


def test_a_passed_deadline_asks_until_somebody_answers_and_the_answer_has_a_reason() -> None:
    run = begun()
    passed = run.seconds + 60 * first_with(run, "rollback", "rollback passed")
    run.seconds = passed
    assert unanswered(run.state, run.read()) == "rollback"
    assert "always needs a reason" in run.refused(cmd.AnswerDeadline("rollback", "go-on", " "))
    run.do(cmd.AnswerDeadline("rollback", "go-on", "two minutes of work are left"))
    assert unanswered(run.state, run.read()) is None
    assert "going on" in told(run, "rollback")[0].text
    assert run.replayed() == run.state


def test_an_extension_moves_the_deadline_ahead_and_it_asks_anew_when_it_passes_again() -> None:
    run = begun()
    run.seconds += 60 * first_with(run, "rollback", "rollback passed")
    assert "say how long" in run.refused(cmd.AnswerDeadline("rollback", "extend", "agreed"))
    run.do(cmd.AnswerDeadline("rollback", "extend", "agreed on the phone", "1h"))
    assert unanswered(run.state, run.read()) is None
    assert told(run, "rollback") == []
    run.seconds += 60 * first_with(run, "rollback", "rollback passed")
    assert unanswered(run.state, run.read()) == "rollback"


def test_the_end_of_the_window_is_the_last_deadline() -> None:
    run = begun()
    run.seconds = 2 * 3600 + 60
    now = run.read()
    assert now.overrun == pytest.approx(60, abs=2)
    assert unanswered(run.state, now) == "window"
    assert told(run, "window")[0].passed
    assert told(run, "rollback") == [], "one question at a time"
    run.do(cmd.AnswerDeadline("window", "go-on", "the customer knows"))
    assert unanswered(run.state, run.read()) is None


def test_a_paused_run_and_one_that_is_over_ask_nothing() -> None:
    run = begun()
    run.do(cmd.PauseRun("waiting"))
    run.seconds = 3 * 3600
    assert unanswered(run.state, run.read()) is None
    run.do(cmd.ContinueRun())
    run.do(cmd.AbortRun("too late"))
    assert alarms(run.state, run.read()) == ()


def test_a_timer_counts_down_from_the_start_and_an_extension_lengthens_it() -> None:
    run = Clocked(step("a", timer="5m"), step("b"))
    a = run.state.plan.by_id["a"]
    assert timer_left(run.state, a, at(run.seconds)) is None
    run.do(cmd.StartStep("a"))
    begins = run.seconds
    assert timer_left(run.state, a, at(begins + 60)) == pytest.approx(240)
    assert told(run, "timer", begins + 60) == []
    assert told(run, "timer", begins + 250)[0].name.endswith("near")
    assert told(run, "timer", begins + 301)[0].passed
    run.do(cmd.ExtendTimer("a", "10m", "the copy is slow"))
    assert timer_left(run.state, a, at(begins + 301)) == pytest.approx(599)
    assert told(run, "timer", begins + 301) == []


def test_the_point_of_no_return_is_said_before_it_is_begun() -> None:
    run = Clocked(step("a"), step("b", point_of_no_return=True), step("c"))
    assert told(run, "no-return") == []
    run.through("a", 10)
    assert "point of no return" in told(run, "no-return")[0].text
    run.do(cmd.StartStep("b", agreed=True))
    assert told(run, "no-return") == []


@pytest.mark.parametrize(
    ("worked", "done", "expected"),
    [
        (30, False, "on"),
        (70, False, "over"),
        (70, True, "on"),
        (130, True, "over"),
        (5, True, "fast"),
    ],
)
def test_over_on_time_and_suspiciously_fast(worked: float, done: bool, expected: str) -> None:
    assert pace(Estimate(40, 60, 120), worked, done=done) == expected
