"""Time between two moments of a run that was driven on one boot or on several."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.boots import Boots
from runbook_tui.domain.moment import JUMP_SECONDS, Moment
from runbook_tui.domain.runbook import Step, WaitStep
from runbook_tui.domain.schedule.work import work_of
from runbook_tui.domain.state import RunState
from runbook_tui.domain.stopwatch import spent
from runbook_tui.domain.waiting import time_left

from .play import Play, check, plan_of

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
HOUR = 3600.0


def moment(boot_id: str, boot: float, minutes: float) -> Moment:
    """A reading of both clocks; the wall clock says so many minutes past noon."""
    return Moment(NOON + timedelta(minutes=minutes), boot, boot_id)


def known(*moments: Moment) -> Boots:
    boots = Boots()
    for at in moments:
        boots = boots.seen(at)
    return boots


class Travelled(Play):
    """A run whose moments are given one by one."""

    def __init__(self, *steps: Step, at: Moment) -> None:
        self.now = at
        super().__init__(plan_of(*steps))

    def moment(self) -> Moment:
        return self.now


def test_within_a_boot_its_own_clock_counts() -> None:
    start = moment("a", 100, 0)
    assert known(start).between(start, moment("a", 160, 600)) == 60
    assert known(start).between(start, moment("a", 160, -600)) == 60


def test_after_a_reboot_the_wall_clock_counts() -> None:
    start = moment("a", 9000, 0)
    assert known(start, moment("a", 9060, 1)).between(start, moment("b", 5, 10)) == 600


def test_a_step_of_the_wall_clock_before_a_reboot_is_no_time() -> None:
    # Noon by a clock that was an hour behind; it was stepped after a minute.
    start, stepped = moment("a", 9000, 0), moment("a", 9060, 61)
    boots = known(start, stepped)
    assert boots.between(start, moment("b", 5, 70)) == 600
    back = known(start, moment("a", 9060, -59))
    assert back.between(start, moment("b", 5, -50)) == 600


def test_a_host_whose_clock_is_behind_counts_from_where_it_took_over() -> None:
    start, last = moment("a", 9000, 0), moment("a", 9120, 2)
    boots = known(start, last, moment("b", 50, -30))
    assert boots.between(start, moment("b", 50, -30)) == 120
    assert boots.between(start, moment("b", 110, -29)) == 180
    # Once its clock is set right, the whole time is known.
    assert boots.between(start, moment("b", 170, 10)) == 600


def test_a_clock_that_was_wrong_when_the_machine_came_up_is_made_good_by_its_step() -> None:
    start = moment("a", 9000, 0)
    boots = known(start, moment("b", 5, 600), moment("b", 65, 11))
    assert boots.between(start, moment("b", 125, 12)) == 720


def test_what_came_first_is_told_by_more_than_the_wall_clock() -> None:
    first, second = moment("a", 100, 60), moment("a", 200, 2)
    boots = known(first, second, moment("b", 5, 5))
    assert boots.before(first, second)
    assert not boots.before(second, first)
    assert boots.before(second, moment("b", 5, 5))


@pytest.mark.parametrize("jump", [-61, 61])
def test_the_first_step_stays_the_first_when_the_clock_is_stepped(jump: int) -> None:
    play = Travelled(check("one"), check("two"), at=moment("a", 100, 0))
    play.do(cmd.StartStep("one"))
    begun = play.now
    play.now = moment("a", 160, 1 + jump)
    play.do(cmd.FinishStep("one"))
    play.do(cmd.StartStep("two"))
    assert work_of(play.state, play.now, {}).begun == begun


def test_a_wait_for_a_length_goes_on_after_a_reboot_and_on_another_host() -> None:
    step = WaitStep(id="w", title="Wait", duration="30m")
    play = Travelled(step, at=moment("a", 5000, 0))
    play.do(cmd.StartStep("w"))
    play.now = moment("a", 5300, 5)
    play.do(cmd.AddNote("leaving"))
    assert time_left(play.state, step, moment("b", 3, 10)) == 1200
    assert time_left(play.state, step, moment("b", 3, 40)) == 0
    # A host that is an hour behind: what is known to have passed is counted, no more.
    play.now = moment("c", 70_000, -50)
    play.do(cmd.ResumeRun(host="c", program="x"))
    assert time_left(play.state, step, moment("c", 70_060, -49)) == 1800 - 360


def test_a_wait_for_a_time_is_not_a_day_longer_for_a_clock_that_was_ahead() -> None:
    step = WaitStep(id="w", title="Wait", until="12:30Z")
    play = Travelled(step, at=moment("a", 100, 60))
    play.do(cmd.StartStep("w"))
    play.now = moment("a", 160, 1)
    play.do(cmd.RecordClockJump(-HOUR))
    assert time_left(play.state, step, play.now) == 29 * 60


def test_a_wait_for_a_time_that_a_step_of_the_clock_has_passed_is_over() -> None:
    step = WaitStep(id="w", title="Wait", until="12:30Z")
    play = Travelled(step, at=moment("a", 100, 0))
    play.do(cmd.StartStep("w"))
    play.now = moment("a", 160, 61)
    play.do(cmd.RecordClockJump(HOUR))
    assert time_left(play.state, step, play.now) == 0


def test_work_and_pauses_are_counted_across_a_reboot_after_a_stepped_clock() -> None:
    play = Travelled(check("one"), at=moment("a", 100, 0))
    play.do(cmd.StartStep("one"))
    play.now = moment("a", 160, 61)
    play.do(cmd.RecordClockJump(HOUR))
    step = play.state.plan.by_id["one"]
    assert spent(play.state, step, moment("b", 9, 65)) == (300, 0)
    play.do(cmd.PauseRun("a reboot"))
    play.now = moment("b", 9, 65)
    play.do(cmd.ContinueRun())
    worked, waited = spent(play.state, step, moment("b", 69, 66))
    assert worked + waited == 360
    assert worked == 120


def test_a_state_from_before_knows_no_boots_and_still_answers() -> None:
    state = RunState(plan=plan_of(check("one")))
    assert state.between(moment("a", 5, 0), moment("b", 5, 1)) == 60
    assert state.boots.jump(moment("a", 5, 0)) == 0


STAYS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.lists(
            st.tuples(st.floats(0, 5_000), st.floats(-90_000, 90_000)), min_size=1, max_size=4
        ),
    ),
    min_size=1,
    max_size=5,
)


@given(STAYS)
def test_however_wrong_the_wall_clocks_were_lengths_are_true_once_they_are_right(
    stays: list[tuple[str, list[tuple[float, float]]]],
) -> None:
    """Each boot's last look at the wall clock is right, the others are off by anything."""
    boots, true, seen = Boots(), 0.0, []
    ups = {"a": 10.0, "b": 20_000.0, "c": 3e6}
    last = {name: number for number, (name, _) in enumerate(stays)}
    for number, (name, looks) in enumerate(stays):
        for n, (passed, off) in enumerate(looks):
            true += passed
            right = last[name] == number and n == len(looks) - 1
            wall = NOON + timedelta(seconds=true + (0 if right else off))
            at = Moment(wall, ups[name] + true, name)
            boots = boots.seen(at)
            seen.append((true, at))
    _, end = seen[-1]
    for begun, start in seen:
        # A wall clock that is off by less than a jump is not told from a right one.
        assert abs(boots.between(start, end) - (true - begun)) <= JUMP_SECONDS + 0.01


@given(
    st.lists(
        st.builds(
            Moment,
            st.integers(-(10**9), 10**9).map(lambda s: NOON + timedelta(seconds=s)),
            st.floats(0, 1e9),
            st.sampled_from("abc"),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_the_moments_there_is_a_length_and_it_is_not_negative(
    moments: list[Moment],
) -> None:
    boots = known(*moments)
    for start in moments:
        for end in moments:
            assert boots.between(start, end) >= 0
            assert not (boots.before(start, end) and boots.before(end, start))
