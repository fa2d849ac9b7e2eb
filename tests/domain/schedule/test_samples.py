"""Draws of a step's length: the right distribution, the same everywhere, independent of others."""

from __future__ import annotations

import math
import random
from statistics import fmean, pvariance

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_tui.domain.schedule.estimate import NOTHING, Estimate, one_figure
from runbook_tui.domain.schedule.quantiles import strata
from runbook_tui.domain.schedule.samples import Sampler, variance
from runbook_tui.domain.schedule.totals import Totals

from .estimates import estimates

SKEWED = Estimate(60.0, 120.0, 600.0)
STEPS = {f"step-{n}": one_figure(60.0 + n) for n in range(40)}


def drawn_by_the_standard_library(estimate: Estimate, draws: int) -> list[float]:
    """Beta-PERT by another way altogether."""
    reach = estimate.worst - estimate.best
    alpha = 1 + 4 * (estimate.likely - estimate.best) / reach
    source = random.Random(7)
    return sorted(
        estimate.best + reach * source.betavariate(alpha, 6 - alpha) for _ in range(draws)
    )


@pytest.mark.parametrize(
    "estimate",
    [SKEWED, one_figure(300.0), Estimate(0, 0, 60), Estimate(0, 60, 60), Estimate(5, 30, 55)],
)
def test_a_column_is_beta_pert(estimate: Estimate) -> None:
    column = sorted(Sampler().column("migrate", estimate))
    assert fmean(column) == pytest.approx(estimate.mean, rel=2e-4)
    assert pvariance(column) == pytest.approx(variance(estimate), rel=0.03)
    other = drawn_by_the_standard_library(estimate, 40_000)
    reach = estimate.worst - estimate.best
    for share in (0.05, 0.25, 0.5, 0.75, 0.95):
        here, there = column[int(share * 2000)], other[int(share * 40_000)]
        assert abs(here - there) < 0.012 * reach, f"quantile {share}"


@given(estimates())
def test_draws_stay_within_the_estimate_and_keep_its_mean(estimate: Estimate) -> None:
    column = Sampler(draws=200).column("any", estimate)
    seen = 0.001
    assert min(column) >= estimate.best - seen
    reach = estimate.worst - estimate.best
    assert max(column) <= estimate.worst + 0.05 * reach + seen
    assert fmean(column) == pytest.approx(estimate.mean, rel=3e-3, abs=seen)


def test_an_exact_estimate_has_no_spread_and_nothing_takes_no_time() -> None:
    assert set(Sampler().column("exact", Estimate(90.0, 90.0, 90.0))) == {90.0}
    assert set(Sampler().column("nothing", NOTHING)) == {0.0}


def test_a_length_without_end_is_cut_to_one_with_a_mean() -> None:
    column = Sampler().column("typing error", Estimate(1.0, 2.0, math.inf))
    assert all(math.isfinite(draw) for draw in column)


def test_the_same_seed_name_and_estimate_give_the_same_draws_on_every_host() -> None:
    assert Sampler(3).column("a", SKEWED) == Sampler(3).column("a", SKEWED)
    first, second, third = Sampler(3).column("a", SKEWED)[:3]
    assert (first, second, third) == pytest.approx((127.9968, 274.1716, 347.0784), abs=1e-2)


def test_another_name_or_seed_gives_another_order_of_the_same_draws() -> None:
    one = Sampler(3).column("a", SKEWED)
    for other in (Sampler(3).column("b", SKEWED), Sampler(4).column("a", SKEWED)):
        assert other != one
        assert sorted(other) == sorted(one)


def test_steps_are_drawn_independently_of_each_other() -> None:
    """No pair moves together, and the sum spreads as much as independent steps do."""
    sampler = Sampler(1)
    shares = [sampler.unscaled(f"step-{n}", SKEWED)[2] for n in range(60)]
    middle, spread = fmean(shares[0]), pvariance(shares[0])
    for n, one in enumerate(shares):
        for other in shares[:n]:
            together = math.fsum(a * b for a, b in zip(one, other, strict=True)) / 2000 - middle**2
            assert abs(together / spread) < 0.11, "5 standard errors of 2,000 draws"
    sums = Totals(sampler).of({f"step-{n}": SKEWED for n in range(300)})
    assert pvariance(sums) == pytest.approx(300 * variance(SKEWED), rel=0.12)


@settings(max_examples=40)
@given(st.lists(st.sets(st.sampled_from(sorted(STEPS))), max_size=6), st.integers(1, 9))
def test_totals_do_not_depend_on_what_was_asked_before(asked: list[set[str]], some: int) -> None:
    sampler = Sampler(draws=50)
    kept = Totals(sampler)
    for names in asked:
        steps = {name: STEPS[name] for name in names}
        while not kept.warm(steps, some):
            pass
        assert kept.of(steps) == Totals(sampler).of(dict(reversed(steps.items())))


def test_totals_notice_a_changed_estimate() -> None:
    sampler = Sampler(draws=50)
    kept = Totals(sampler)
    kept.of({"a": SKEWED, "b": SKEWED, "c": SKEWED})
    changed = {"a": SKEWED, "b": one_figure(10.0), "c": SKEWED}
    assert kept.of(changed) == Totals(sampler).of(changed)


def test_too_few_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="95 %"):
        Sampler(draws=19)


@given(st.integers(1, 500))
def test_strata_of_an_even_density_are_even(draws: int) -> None:
    found = strata(lambda x: 1.0, 2.0, 4.0, draws)
    assert found == pytest.approx([2 + 2 * (i + 0.5) / draws for i in range(draws)])
