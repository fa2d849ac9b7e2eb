"""The latest safe rollback: an operator who decides by then is back in time."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_tui.domain.schedule.estimate import Estimate, one_figure
from runbook_tui.domain.schedule.rest import Current
from runbook_tui.domain.schedule.rollback import UNKNOWN_LENGTH, RollbackClock, assumed
from runbook_tui.domain.schedule.samples import Sampler
from tests.faults.forecast_coverage import true_length

from .estimates import estimates

STEP = one_figure(600.0)
BACK = [one_figure(300.0), Estimate(60.0, 120.0, 600.0), one_figure(900.0)]
CHECKS = [one_figure(30.0)] * 3
NOW = Current("migrate", STEP, 240.0)


def small() -> RollbackClock:
    return RollbackClock(Sampler(draws=200))


def test_who_decides_in_time_is_back_in_time() -> None:
    """2,000 simulated ways back, decided at the last safe moment: about 95 of 100 make it."""
    source = random.Random(5)
    found = RollbackClock().margin(BACK, CHECKS, current=NOW)
    back = 0
    runs = 0
    while runs < 2000:
        slowdown = source.lognormvariate(0, 0.25)
        step = slowdown * true_length(STEP, source)
        if step > NOW.elapsed:
            way = sum(slowdown * true_length(estimate, source) for estimate in [*BACK, *CHECKS])
            back += step - NOW.elapsed + way <= found.p95
            runs += 1
    assert 0.93 <= back / runs <= 0.97


def test_the_reserve_stays_free() -> None:
    without = small().margin(BACK, CHECKS, current=NOW)
    found = small().margin(BACK, CHECKS, current=NOW, reserve=600.0)
    assert without.decide_by == without.p95
    assert found.p95 == without.p95
    assert found.decide_by == found.p95 + 600.0


def test_nothing_to_take_back_needs_no_time() -> None:
    assert small().margin([]).decide_by == 0.0


@settings(max_examples=40)
@given(st.lists(estimates(), max_size=5), estimates(60.0))
def test_one_more_thing_to_take_back_never_leaves_more_time(
    back: list[Estimate], more: Estimate
) -> None:
    clock = small()
    before = clock.margin(back, current=NOW).p95
    after = clock.margin([*back, more], current=NOW).p95
    assert after > before


def test_progress_in_the_step_moves_the_clock_later() -> None:
    clock = small()
    needs = [
        clock.margin(BACK, CHECKS, current=Current("migrate", STEP, elapsed)).p95
        for elapsed in (0.0, 120.0, 240.0, 360.0)
    ]
    assert needs == sorted(needs, reverse=True)


def test_a_slow_evening_is_slow_on_the_way_back_too() -> None:
    on_plan = small().margin(BACK, finished=[(STEP, STEP.mean)] * 8)
    slow = small().margin(BACK, finished=[(STEP, 1.5 * STEP.mean)] * 8)
    assert slow.p95 > 1.3 * on_plan.p95


def test_estimates_that_nobody_made_are_counted() -> None:
    found = small().margin([BACK[0], assumed(STEP), assumed(None)], [assumed(None, 20.0)])
    assert found.assumed == 3
    assert small().margin(BACK, CHECKS).assumed == 0


def test_a_way_back_without_an_estimate_is_as_long_as_the_way_there() -> None:
    assert assumed(STEP).mean == STEP.mean
    assert assumed(STEP, 1800.0).likely == 1800.0
    assert assumed(STEP, 5.0).mean == STEP.mean, "ticked off at once"
    assert assumed(None, 45.0).likely == 45.0
    assert assumed(None).likely == UNKNOWN_LENGTH
    assert {assumed(None).source, assumed(STEP).source, assumed(STEP, 1e4).source} == {"assumed"}


def test_the_margin_does_not_depend_on_what_was_asked_before() -> None:
    clock = small()
    for many in (3, 1, 0, 2, 3):
        assert clock.margin(BACK[:many], CHECKS[:many], current=NOW) == small().margin(
            BACK[:many], CHECKS[:many], current=NOW
        )
