"""The clocks of a whole run: what an operator reads off them, at every moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from domain.play import START, Play, at, start_of
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.runbook import (
    Buffer,
    ChecklistStep,
    Condition,
    DecisionStep,
    Phase,
    Runbook,
    Step,
    WaitStep,
    Window,
)
from runbook_tui.domain.runbook_effects import Compensation
from runbook_tui.domain.runbook_model import Option
from runbook_tui.domain.schedule.baseline import baseline
from runbook_tui.domain.schedule.estimate import Estimate
from runbook_tui.domain.schedule.reading import Reading, Timekeeper, point_of

UNDO = Compensation(text="put it back", estimate="5m")


def step(name: str, minutes: int = 10, **more: object) -> Step:
    return ChecklistStep(id=name, title=name, estimate=f"{minutes}m", **more)  # type: ignore[arg-type]


def plan(*steps: Step, buffer: Buffer | None = None, window: Window | None = None) -> Plan:
    book = Runbook(
        format=1,
        id="upgrade",
        title="An upgrade",
        version="1.0.0",
        owner="ops",
        window=window or Window(start="22:00Z", end="00:00Z", reserve="10m"),
        buffer=buffer or Buffer(duration="30m"),
        phases=(Phase(id="all", title="All", steps=steps),),
    )
    return Plan(book, "1" * 64)


class Clocked(Play):
    """A run with a baseline, and its clocks."""

    def __init__(
        self, *steps: Step, took: Mapping[str, Estimate] | None = None, **more: object
    ) -> None:
        self.keeper = Timekeeper()
        made = plan(*steps, **more)  # type: ignore[arg-type]
        super().__init__(made, start=False)
        command = start_of(made)
        based = baseline(made, command.run, START, {}, took)
        self.do(structs.replace(command, baseline=based))

    def read(self, seconds: float | None = None) -> Reading:
        found = self.keeper.read(self.state, at(self.seconds if seconds is None else seconds))
        assert found is not None
        return found

    def through(self, name: str, minutes: float) -> None:
        """Does a step that takes so long."""
        self.do(cmd.StartStep(name, agreed=True))
        self.seconds += minutes * 60 - 1
        self.do(cmd.FinishStep(name))


def minutes(when: datetime | None) -> float:
    """Minutes after the run's start."""
    assert when is not None
    return (when - START).total_seconds() / 60


def test_before_anything_is_done_the_buffer_is_whole_and_nothing_can_be_rolled_back() -> None:
    run = Clocked(step("a"), step("b"))
    now = run.read()
    assert now.buffer_left == 30 * 60
    assert now.fever.zone == "green"
    assert now.decide_by is None
    assert now.window_ends == datetime(2026, 5, 2, 0, 0, tzinfo=UTC)
    assert 15 < minutes(now.ends[0]) < 30
    assert now.ends[0] < now.ends[1] < now.ends[2]
    assert now.chance is not None
    assert now.chance > 0.99


def test_a_run_without_a_baseline_has_no_clocks() -> None:
    run = Play(plan(step("a")))
    assert Timekeeper().read(run.state, at(10)) is None


def test_a_step_that_overruns_eats_buffer_and_turns_the_chart_yellow_then_red() -> None:
    run = Clocked(*(step(name) for name in "abcdef"))
    run.through("a", 10)
    assert run.read().fever.zone == "green"
    run.do(cmd.StartStep("b"))
    begun = run.seconds
    zones = [run.read(begun + 60 * m).fever.zone for m in range(0, 90, 2)]
    assert zones == sorted(zones, key=["green", "yellow", "red"].index), "it never gets better"
    assert {"green", "yellow", "red"} == set(zones)
    left = [run.read(begun + 60 * m).buffer_left for m in range(0, 90, 2)]
    assert left == sorted(left, reverse=True)
    assert left[-1] < 0, "overdrawn is said, not hidden at nothing"


def test_the_latest_safe_rollback_comes_nearer_with_every_step_that_must_be_taken_back() -> None:
    run = Clocked(*(step(name, compensation=UNDO) for name in "abcd"))
    moments = []
    for name in "abc":
        run.through(name, 10)
        moments.append(run.read().decide_by)
    assert moments == sorted(moments, reverse=True)  # type: ignore[type-var]
    ends = run.read().window_ends
    assert ends is not None
    assert moments[0] is not None
    # Five minutes back, at least, and ten of reserve.
    assert ends - moments[0] > timedelta(minutes=14)


def test_past_a_point_of_no_return_only_what_came_after_it_is_taken_back() -> None:
    run = Clocked(
        step("a", compensation=UNDO),
        step("b", point_of_no_return=True),
        step("c", compensation=UNDO),
    )
    run.through("a", 10)
    assert run.read().work.no_return == "b"
    assert len(run.read().work.back) == 1
    run.do(cmd.StartStep("b", agreed=True))
    assert run.read().work.passed == "b"
    assert run.read().work.back == ()
    assert run.read().work.no_return == ""


def test_an_extension_eats_buffer_and_is_in_the_forecast() -> None:
    run = Clocked(step("a"), step("b"))
    run.do(cmd.StartStep("a"))
    before = run.read()
    run.do(cmd.ExtendTimer("a", "20m", "the copy is slow"))
    after = run.read()
    assert after.buffer_left < before.buffer_left - 15 * 60
    assert after.forecast.p50 > before.forecast.p50 + 15 * 60
    assert run.replayed() == run.state


def test_a_longer_window_moves_the_deadlines_and_leaves_the_buffer_as_it_was() -> None:
    run = Clocked(step("a", compensation=UNDO), step("b"))
    run.through("a", 10)
    before = run.read()
    run.do(cmd.ExtendWindow("45m", "agreed on the phone"))
    after = run.read()
    assert before.window_ends is not None
    assert after.window_ends == before.window_ends + timedelta(minutes=45)
    assert minutes(after.decide_by) == pytest.approx(minutes(before.decide_by) + 45, abs=0.1)
    assert after.buffer_left == pytest.approx(before.buffer_left, abs=5)


@pytest.mark.parametrize("held", [False, True])
def test_a_pause_says_whether_the_window_runs_on(held: bool) -> None:
    run = Clocked(step("a"), step("b"))
    run.through("a", 10)
    before = run.read()
    run.do(cmd.PauseRun("waiting for the DBA", held=held))
    run.seconds += 1200
    during = run.read()
    run.do(cmd.ContinueRun())
    after = run.read()
    assert before.window_ends is not None
    assert after.window_ends is not None
    moved = (after.window_ends - before.window_ends).total_seconds()
    lost = after.point.drift - before.point.drift
    if held:
        assert moved == pytest.approx(1200, abs=3)
        assert lost == pytest.approx(0, abs=5)
        assert during.window_ends == pytest.approx(after.window_ends, abs=timedelta(seconds=3))
    else:
        assert moved == 0
        assert lost == pytest.approx(1200, abs=5)


def test_time_spent_waiting_for_people_is_not_held_against_the_pace() -> None:
    run = Clocked(
        DecisionStep(
            id="d",
            title="d",
            estimate="1m",
            question="?",
            options=(Option(id="x", title="x"), Option(id="y", title="y")),
        ),
        step("b"),
    )
    run.do(cmd.StartStep("d"))
    run.seconds += 3600
    assert run.read().forecast.slowdown == pytest.approx(1.0, abs=0.01)


def test_what_hangs_on_a_decision_is_counted_as_the_plan_takes_it_until_it_is_made() -> None:
    options = (Option(id="long", title="x"), Option(id="short", title="y"))
    run = Clocked(
        DecisionStep(id="d", title="d", estimate="1m", question="?", options=options),
        step("more", 30, when=Condition(decision="d", is_="long")),
        step("b", 5),
    )
    assert "more" in run.read().work.pending
    run.do(cmd.StartStep("d"))
    run.do(cmd.ChooseOption("d", "short"))
    assert "more" not in run.read().work.pending


def test_a_wait_for_a_time_of_day_ends_then_however_slow_the_work_before_it() -> None:
    run = Clocked(step("a", 10), WaitStep(id="w", title="w", until="22:30Z"), step("b", 10))
    assert run.read().work.waits == pytest.approx(20 * 60, abs=90)
    run.through("a", 25)
    assert run.read().work.waits == pytest.approx(5 * 60, abs=5)


def test_before_the_window_opens_the_end_is_reckoned_from_its_opening() -> None:
    run = Clocked(step("a"), window=Window(start="23:00Z", end="01:00Z"))
    now = run.read()
    assert now.begins_in == pytest.approx(3600, abs=5)
    assert minutes(now.ends[0]) > 60
    assert now.buffer_left == 30 * 60


def test_skipped_work_is_done_with_and_teaches_nothing_about_the_pace() -> None:
    run = Clocked(step("a"), step("b"))
    run.do(cmd.SkipStep("a", "done yesterday"))
    now = run.read()
    assert now.point.chain_done == pytest.approx(0.5)
    assert now.forecast.finished == 0


def test_a_wall_clock_that_jumps_moves_the_deadline_but_no_length() -> None:
    run = Clocked(step("a"), step("b"))
    run.do(cmd.StartStep("a"))
    now = at(run.seconds + 300)
    jumped = Moment(now.wall - timedelta(hours=2), now.boot, now.boot_id)
    one = run.keeper.read(run.state, now)
    other = run.keeper.read(run.state, jumped)
    assert one is not None
    assert other is not None
    assert one.buffer_left == other.buffer_left
    assert other.window_left == pytest.approx((one.window_left or 0) + 7200)


@given(
    jump=st.floats(-1e6, 1e6),
    boot=st.sampled_from(["boot-1", "boot-2"]),
    passed=st.floats(0, 1e6),
    done=st.integers(0, 3),
)
def test_no_clock_ever_shows_a_negative_or_impossible_remaining_time(
    jump: float, boot: str, passed: float, done: int
) -> None:
    run = Clocked(*(step(name, compensation=UNDO) for name in "abc"))
    for name in "abc"[:done]:
        run.through(name, 10)
    now = at(run.seconds + passed)
    now = replace_moment(now, jump, boot)
    found = run.keeper.read(run.state, now)
    assert found is not None
    assert found.window_left is not None
    assert found.window_left >= 0
    assert (found.window_left == 0) or (found.overrun == 0)
    assert 0 <= found.forecast.p50 <= found.forecast.p80 <= found.forecast.p95
    assert 0 <= (found.chance or 0.0) <= 1
    assert found.buffer_left <= found.baseline.buffer
    assert found.rollback.p95 >= 0
    assert found.point.chain_done <= 1


def replace_moment(now: Moment, jump: float, boot: str) -> Moment:
    return Moment(now.wall + timedelta(seconds=jump), now.boot, boot)


def test_the_same_state_and_time_give_the_same_reading_in_another_program() -> None:
    run = Clocked(step("a", compensation=UNDO), step("b"))
    run.through("a", 12)
    here = run.read()
    there = Timekeeper().read(run.replayed(), at(run.seconds))
    assert there is not None
    assert here.figures == there.figures


def test_the_figures_of_a_decision_are_points_of_the_chart_later() -> None:
    run = Clocked(step("a"), step("b"))
    run.through("a", 25)
    now = run.read()
    point = point_of(now.figures)
    assert point.chain_done == pytest.approx(now.point.chain_done, abs=0.001)
    assert point.buffer_used == pytest.approx(now.point.buffer_used, abs=0.001)


def test_the_baseline_is_frozen_and_a_later_edit_of_the_runbook_does_not_move_it() -> None:
    run = Clocked(step("a"), step("b"))
    before = run.state.baseline
    longer = replace(plan(step("a"), step("b", 50)), digest="2" * 64)
    pin = structs.replace(start_of(longer).pin, digest="2" * 64)
    run.plans[longer.digest] = longer
    run.do(cmd.StartStep("a"))
    run.do(cmd.AmendRunbook(pin, longer, ("b: estimate",), "it takes longer"))
    assert run.state.baseline == before
    assert run.read().buffer_left < 30 * 60


def test_absurd_lengths_end_at_the_end_of_the_calendar_and_never_in_an_error() -> None:
    endless = "9" * 400 + "d"
    undo = Compensation(text="put it back", estimate=endless)
    absurd = {"estimate": endless, "compensation": undo, "timer": endless}
    steps = [ChecklistStep(id=f"s{n}", title="s", **absurd) for n in range(400)]  # type: ignore[arg-type]
    run = Clocked(*steps, buffer=Buffer(duration=endless))
    assert run.read().ends[2].year > 9000
    for n in range(350):
        run.do(cmd.StartStep(f"s{n}"))
        run.do(cmd.FinishStep(f"s{n}"))
    now = run.read()
    assert now.figures.decide_by is not None


def test_the_chance_to_be_done_before_the_latest_safe_rollback_is_smaller_than_to_be_in_time() -> (
    None
):
    # Window of 45 minutes less 10 of reserve; three steps of 10 minutes, of which one is done.
    window = Window(start="22:00Z", end="22:45Z", reserve="10m")
    run = Clocked(step("a", compensation=UNDO, mutates=True), step("b"), step("c"), window=window)
    assert run.read().chance_by_rollback is None, "nothing to take back yet"
    run.through("a", 10)
    now = run.read()
    assert now.chance is not None
    assert now.chance_by_rollback is not None
    assert 0 < now.chance_by_rollback < now.chance < 1
    assert now.decide_by is not None
    left = (now.decide_by - now.now.utc).total_seconds()
    draws = sum(now.forecast.chance(left + shift) for shift in (-60, 60)) / 2
    assert now.chance_by_rollback == pytest.approx(draws, abs=0.15)
    run.seconds += 3600
    assert run.read().chance_by_rollback == 0
