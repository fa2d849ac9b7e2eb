"""The forecast: what an operator may conclude from p50, p95 and the chance of a deadline."""

from __future__ import annotations

import math
import random
from itertools import pairwise
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_tui.domain.schedule.estimate import NOTHING, Estimate, one_figure
from runbook_tui.domain.schedule.forecast import Forecaster, quantile
from runbook_tui.domain.schedule.rest import LEAST_LEFT, Current
from runbook_tui.domain.schedule.samples import Sampler
from tests.faults.forecast_coverage import TOO_SMALL, measure, true_length

from .estimates import estimates

STEP = one_figure(600.0)
THREE = Estimate(60.0, 120.0, 600.0)
PLAN = {f"step-{n}": one_figure(120.0 + 30.0 * n) for n in range(12)}


def small(draws: int = 200) -> Forecaster:
    return Forecaster(Sampler(draws=draws))


def only(elapsed: float, estimate: Estimate = STEP) -> Current:
    return Current("now", estimate, elapsed)


# is it honest?


def test_what_was_forecast_comes_true_as_often_as_it_says() -> None:
    """2,000 simulated runs; the long version is `python -m tests.faults.forecast_coverage`."""
    found = measure(2000, 16, 500)
    assert found.honest(), found.within
    assert all(count > 1500 for count in found.runs.values())


def test_without_the_shared_slowdown_it_would_not() -> None:
    found = measure(1000, 16, 200, assumed_spread=0.0)
    assert not found.honest()
    assert found.within["start"][95] < 75


def test_estimates_that_are_all_too_small_are_found_out_by_half_way() -> None:
    found = measure(1000, 16, 200, true=TOO_SMALL)
    assert found.within["start"][95] < 60
    assert found.recovered(), found.within


def test_the_rest_of_a_late_step_is_what_the_model_says() -> None:
    """Against plain simulation: draw the slowdown and the step until it outlasts what elapsed."""
    source = random.Random(11)
    elapsed, left, pace = 900.0, [], []
    while len(left) < 3000:
        slowdown = source.lognormvariate(0, 0.25)
        took = slowdown * true_length(STEP, source)
        if took > elapsed:
            left.append(took - elapsed + slowdown * true_length(THREE, source))
            pace.append(slowdown)
    assert median(pace) > 1.15, "a late step says that the run is slow"
    found = Forecaster().forecast({"then": THREE}, current=only(elapsed))
    for share, point in ((0.5, found.p50), (0.8, found.p80), (0.95, found.p95)):
        assert point == pytest.approx(quantile(sorted(left), share), rel=0.06)


# what it rests on


def test_an_empty_plan_is_done() -> None:
    found = small().forecast({})
    assert (found.p50, found.p95, found.chance(0.0), found.chance(-1.0)) == (0.0, 0.0, 1.0, 0.0)


def test_fixed_waits_are_not_stretched() -> None:
    late = [(STEP, 1.5 * STEP.mean)] * 20
    without = small().forecast(PLAN, finished=late)
    waiting = small().forecast(PLAN, finished=late, waits=1800.0)
    assert waiting.p50 == pytest.approx(without.p50 + 1800.0)
    assert waiting.p95 == pytest.approx(without.p95 + 1800.0)
    assert waiting.mean == pytest.approx(without.mean + 1800.0)


def test_late_steps_move_the_forecast_and_say_why() -> None:
    on_plan = small().forecast(PLAN, finished=[(STEP, STEP.mean)] * 5)
    late = small().forecast(PLAN, finished=[(STEP, 1.4 * STEP.mean)] * 5)
    assert late.slowdown > 1.2
    assert late.finished == 5
    assert late.p50 > 1.2 * on_plan.p50


@given(estimates(1.0), st.lists(st.floats(-10, 1e6), min_size=2, max_size=6))
def test_more_time_is_never_a_smaller_chance(estimate: Estimate, deadlines: list[float]) -> None:
    found = small().forecast(PLAN, current=only(30.0, estimate))
    chances = [found.chance(deadline) for deadline in sorted(deadlines)]
    assert chances == sorted(chances)
    assert found.chance(math.inf) == 1.0
    assert found.chance(found.p95) == pytest.approx(0.95, abs=0.03)


@settings(max_examples=25)
@given(st.integers(0, 10), st.floats(0.8, 1.4))
def test_a_step_done_on_time_is_never_bad_news(done: int, pace: float) -> None:
    """As long as the pace so far let expect, once another step is done there is less to do."""
    forecaster = small(500)
    names = list(PLAN)
    finished = [(PLAN[name], pace * PLAN[name].mean) for name in names[:done]]
    before = forecaster.forecast({n: PLAN[n] for n in names[done:]}, finished=finished)
    took = before.slowdown * PLAN[names[done]].mean
    after = forecaster.forecast(
        {n: PLAN[n] for n in names[done + 1 :]}, finished=[*finished, (PLAN[names[done]], took)]
    )
    noise = 0.01 * before.p50
    assert after.p50 <= before.p50 - took + 0.02 * took + noise
    assert after.p95 <= before.p95


@settings(max_examples=60)
@given(
    estimates(),
    st.floats(0, 1e6),
    st.lists(st.tuples(estimates(), st.floats(0, 1e6)), max_size=4),
)
def test_what_is_under_way_never_has_nothing_left(
    estimate: Estimate, elapsed: float, finished: list[tuple[Estimate, float]]
) -> None:
    found = small(50).forecast({}, current=only(elapsed, estimate), finished=finished)
    assert found.draws[0] >= LEAST_LEFT
    assert found.p50 <= found.p80 <= found.p95
    assert math.isfinite(found.p95)
    assert math.isfinite(found.mean)


# a step that is over everything thought possible


def test_a_stuck_step_stays_longer_the_longer_it_is_stuck() -> None:
    """On average as much again as it is already over; and no jump where that rule begins."""
    forecaster = Forecaster()
    points = [forecaster.forecast({}, current=only(60.0 * n)).p95 for n in range(15, 61)]
    turning = points.index(min(points))
    assert points[turning:] == sorted(points[turning:])
    assert all(abs(b - a) < 300 for a, b in pairwise(points))
    hour, two = (forecaster.forecast({}, current=only(3600.0 * n)) for n in (1, 2))
    assert two.p50 - hour.p50 == pytest.approx(0.41 * 3600, rel=0.1)
    assert two.mean - hour.mean == pytest.approx(3600, rel=0.1)


def test_a_stuck_step_does_not_condemn_the_others_forever() -> None:
    forecaster = Forecaster()
    late, stuck = (
        forecaster.forecast(PLAN, current=only(seconds)).p50
        - forecaster.forecast({}, current=only(seconds)).p50
        for seconds in (1200.0, 36000.0)
    )
    planned = sum(estimate.mean for estimate in PLAN.values())
    assert planned < stuck < 1.6 * planned
    assert late > 1.05 * planned


def test_a_step_without_an_estimate_is_thought_to_take_about_as_long_again() -> None:
    found = Forecaster().forecast({}, current=only(600.0, NOTHING))
    assert found.mean == pytest.approx(600.0, rel=0.1)


def test_exact_estimates_and_no_spread_give_exact_forecasts() -> None:
    exact = Estimate(60.0, 60.0, 60.0)
    forecaster = Forecaster(Sampler(draws=50), prior_spread=0.0)
    found = forecaster.forecast({"a": exact, "b": exact}, current=only(20.0, exact))
    assert (found.p50, found.p95, found.mean) == (160.0, 160.0, 160.0)
    assert forecaster.forecast({}, current=only(60.0, exact)).p95 == LEAST_LEFT


# caches


def test_the_same_question_has_the_same_answer_whatever_was_asked_before() -> None:
    names = list(PLAN)
    kept = small()
    for done in (0, 3, 1, 9, 12, 2):
        pending = {name: PLAN[name] for name in names[done:]}
        assert kept.forecast(pending, current=only(99.0)) == small().forecast(
            pending, current=only(99.0)
        )


def test_the_first_forecast_can_be_prepared_in_parts() -> None:
    kept = small()
    calls = 1
    while not kept.warm(PLAN, at_most=5):
        calls += 1
    assert calls == 3
    assert kept.forecast(PLAN) == small().forecast(PLAN)


class Counting(Sampler):
    """Counts the columns that it makes."""

    made = 0

    def unscaled(self, name: str, estimate: Estimate) -> tuple[float, float, tuple[float, ...]]:
        self.made += 1
        return super().unscaled(name, estimate)


def test_a_forecast_anew_does_not_draw_the_whole_plan_again() -> None:
    """What keeps it short: one column to take away, one for the step under way."""
    plan = {f"step-{n}": one_figure(60.0 + n) for n in range(300)}
    sampler = Counting(draws=50)
    forecaster = Forecaster(sampler)
    forecaster.forecast(plan)
    for done in range(1, 20):
        sampler.made = 0
        pending = dict(list(plan.items())[done:])
        forecaster.forecast(pending, current=Current("step-0", plan["step-0"], 30.0))
        assert sampler.made <= 2
