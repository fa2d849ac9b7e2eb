"""Steps are late together: what finished steps say about the others."""

from __future__ import annotations

import math
from math import exp, log

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from runbook_tui.domain.schedule.estimate import NOTHING, Estimate, one_figure
from runbook_tui.domain.schedule.samples import variance
from runbook_tui.domain.schedule.slowdown import PRIOR_SPREAD, learn, teaches

from .estimates import estimates

STEP = one_figure(600.0)


def test_before_anything_is_finished_runs_are_on_plan_by_and_large() -> None:
    nothing = learn([])
    assert (nothing.median, nothing.spread, nothing.finished) == (1.0, PRIOR_SPREAD, 0)


def test_one_step_is_weighed_by_its_own_spread() -> None:
    """By hand: prior precision 16, noise var/E²."""
    found = learn([(STEP, 1.3 * STEP.mean)])
    noise = variance(STEP) / STEP.mean**2
    assert found.log_median == pytest.approx(log(1.3) / noise / (16 + 1 / noise))
    assert found.spread == pytest.approx((16 + 1 / noise) ** -0.5)
    assert 1.0 < found.median < 1.3


def test_many_late_steps_are_believed_and_leave_little_doubt() -> None:
    found = learn([(STEP, 1.5 * STEP.mean)] * 30)
    assert found.median == pytest.approx(1.5, rel=0.02)
    assert found.spread < 0.05
    assert found.finished == 30


def test_a_step_ticked_off_at_once_does_not_promise_a_fast_run() -> None:
    late = [(STEP, 1.2 * STEP.mean)] * 3
    assert learn([*late, (one_figure(3600.0), 4.0)]) == learn(late)
    assert not teaches(STEP, 0.49 * STEP.best)
    assert teaches(STEP, 0.51 * STEP.best)
    assert not teaches(Estimate(0.0, 60.0, 600.0), 1.0)


def test_steps_without_an_estimate_teach_nothing() -> None:
    assert learn([(NOTHING, 900.0)]) == learn([])


def test_exact_estimates_leave_a_little_doubt() -> None:
    found = learn([(Estimate(60.0, 60.0, 60.0), 90.0)])
    assert found.median == pytest.approx(1.5, rel=0.01)
    assert 0.005 < found.spread < 0.02


@given(st.lists(st.tuples(estimates(), st.floats(0)), max_size=8))
def test_nothing_that_happened_breaks_it(finished: list[tuple[Estimate, float]]) -> None:
    found = learn(finished)
    assert 0 < found.median < math.inf
    assert 0 < found.spread <= PRIOR_SPREAD
    factors = found.factors(50)
    assert factors == sorted(factors)


@given(estimates(1.0), st.floats(0.6, 5), st.floats(1.01, 2))
def test_later_steps_never_mean_a_faster_run(estimate: Estimate, pace: float, more: float) -> None:
    assume(teaches(estimate, pace * estimate.mean))
    slow = learn([(estimate, pace * more * estimate.mean)])
    assert slow.median >= learn([(estimate, pace * estimate.mean)]).median


def test_factors_are_lognormal() -> None:
    factors = learn([]).factors(2000)
    assert factors[1000] == pytest.approx(1.0, rel=1e-3)
    assert factors[1900] == pytest.approx(exp(1.645 * PRIOR_SPREAD), rel=2e-3)
