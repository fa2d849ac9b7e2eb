"""What the plan needs in all: steps, buffer, the way back and the reserve."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.domain.runbook import (
    Buffer,
    ChecklistStep,
    Condition,
    DecisionStep,
    Parameter,
    Phase,
    Poll,
    Runbook,
    Step,
    ThreePoint,
    WaitStep,
    WatchStep,
)
from runbook_tui.domain.runbook_effects import Compensation, Effect
from runbook_tui.domain.runbook_model import Option
from runbook_tui.domain.schedule.buffer import (
    VERIFY,
    PlanLength,
    p95,
    plan_length,
    sized,
    way_back,
)
from runbook_tui.domain.schedule.estimate import Estimate, one_figure
from runbook_tui.domain.schedule.polling import intervals
from runbook_tui.domain.schedule.route import length_of, route
from runbook_tui.domain.schedule.window import OpenWindow

estimates = st.lists(st.floats(0, 1e5), min_size=3, max_size=3).map(
    lambda points: Estimate(*sorted(points))
)


def step(name: str, **more: Any) -> ChecklistStep:
    return ChecklistStep(id=name, title=name, **more)


def book(*steps: Step, **more: Any) -> Runbook:
    return Runbook(
        format=1,
        id="x",
        title="X",
        version="1.0.0",
        owner="ops",
        phases=(Phase(id="p", title="P", steps=steps),),
        **more,
    )


def back(estimate: str | None) -> Compensation:
    return Compensation(text="back", estimate=estimate)


@pytest.mark.parametrize(
    ("buffer", "seconds"),
    [
        (None, 0.0),
        (Buffer(), 0.0),
        (Buffer(percent=25), 250.0),
        (Buffer(duration="20m"), 1200.0),
        (Buffer(root_of_squares=True), 50.0),  # 30² + 40² = 50²
    ],
)
def test_a_buffer_is_as_large_as_the_runbook_says(buffer: Buffer | None, seconds: float) -> None:
    chain = [Estimate(0, 100, 130), Estimate(50, 60, 100), Estimate(7, 7, 7)]
    assert sized(buffer, chain, 1000.0) == pytest.approx(seconds)


@given(st.lists(estimates, max_size=8))
def test_root_of_squares_lies_between_the_largest_overrun_and_all_of_them(
    chain: list[Estimate],
) -> None:
    overruns = [estimate.worst - estimate.likely for estimate in chain]
    size = sized(Buffer(root_of_squares=True), chain, 0.0)
    assert max(overruns, default=0.0) <= size + 1e-6
    assert size <= sum(overruns) + 1e-6


@given(st.lists(estimates, max_size=8), st.lists(estimates, max_size=8))
def test_p95_of_more_is_more_but_less_than_both_apart(
    some: list[Estimate], others: list[Estimate]
) -> None:
    together = p95(some + others)
    assert together >= max(p95(some), p95(others)) - 1e-6
    assert together <= p95(some) + p95(others) + 1e-6
    assert together >= sum(estimate.mean for estimate in some + others) - 1e-6


def test_the_plan_is_the_sum_of_its_steps_and_names_those_nobody_estimated() -> None:
    legs = route(
        book(
            step("a", estimate=ThreePoint(best="4m", likely="6m", worst="14m")),
            step("b"),
            step("c", estimate="60s"),
        )
    ).legs
    length = plan_length(legs, Buffer(percent=50), 300.0)
    assert length.mean == pytest.approx((4 + 4 * 6 + 14) * 10 + (45 + 240 + 120) / 6)
    assert length.p95 == pytest.approx(length.mean + 1.645 * (100.0**2 + 12.5**2) ** 0.5, rel=1e-3)
    assert length.buffer == length.mean / 2
    assert (length.rollback, length.reserve, length.unknown) == (0.0, 300.0, ("b",))
    assert length.needed == pytest.approx(length.mean * 1.5 + 300)


def test_what_the_window_lacks_is_told_in_seconds() -> None:
    opens = datetime(2026, 5, 1, 22, tzinfo=UTC)
    length = PlanLength(mean=3000, p95=3600, buffer=600, rollback=900, reserve=300)
    for seconds, lacks in ((3600, 1200), (4800, 0), (7200, 0)):
        window = OpenWindow(opens, opens + timedelta(seconds=seconds))
        assert length.shortfall(window) == lacks


def test_the_way_back_is_in_reverse_order_and_looks_at_each_step_again() -> None:
    legs = route(
        book(
            step("a", compensation=back("1m")),
            step("b"),
            step("c", compensation=back("2m")),
        )
    ).legs
    assert way_back(legs) == [[one_figure(120), VERIFY, one_figure(60), VERIFY]]


def test_the_way_back_ends_at_the_last_point_of_no_return() -> None:
    legs = route(
        book(
            step("a", compensation=back("10m")),
            step("cut", compensation=back("9h"), point_of_no_return=True),
            step("b", compensation=back("1m")),
        )
    ).legs
    assert way_back(legs) == [[one_figure(600), VERIFY], [one_figure(60), VERIFY]]
    # The longest of them is what the window must have room for.
    assert plan_length(legs, None).rollback == p95([one_figure(600), VERIFY])


def test_a_steps_own_compensation_stands_for_those_of_its_effects() -> None:
    effects = (
        Effect(kind="flag", target="1", compensation=back("1m")),
        Effect(kind="flag", target="2", compensation=back("2m")),
        Effect(kind="dns", target="x"),
    )
    both = route(book(step("a", effects=effects, compensation=back("7m")))).legs
    assert way_back(both) == [[one_figure(420), VERIFY]]
    only = route(book(step("a", effects=effects))).legs
    assert way_back(only) == [[one_figure(120), VERIFY, one_figure(60), VERIFY]]


def test_taking_back_is_assumed_to_take_as_long_as_doing() -> None:
    legs = route(book(step("a", estimate="4m", compensation=back(None)))).legs
    (estimate, _verify) = way_back(legs)[0]
    assert (estimate.mean, estimate.source) == (one_figure(240).mean, "assumed")


def test_waiting_and_watching_take_as_long_as_they_say() -> None:
    wait = WaitStep(id="w", title="W", duration="5m")
    assert length_of(wait) == Estimate(300, 300, 300, "one figure")
    assert length_of(WatchStep(id="t", title="T", soak="1h")) == Estimate(
        3600, 3600, 3600, "one figure"
    )
    longer = WatchStep(
        id="t", title="T", soak="10m", estimate=ThreePoint(best="5m", likely="12m", worst="30m")
    )
    assert length_of(longer) == Estimate(600, 720, 1800)
    assert length_of(WaitStep(id="w", title="W", until="22:00Z")) is None
    assert length_of(step("a")) is None


def test_the_plan_goes_the_way_that_is_expected() -> None:
    decision = DecisionStep(
        id="d",
        title="D",
        question="Q",
        options=(Option(id="keep", title="K"), Option(id="back", title="B")),
    )
    inner = DecisionStep(
        id="e",
        title="E",
        question="Q",
        options=decision.options,
        when=Condition(decision="d", is_="back"),
    )
    runbook = book(
        decision,
        step("keep", when=Condition(decision="d", is_="keep")),
        inner,
        step("deep", when=Condition(decision="e", is_="keep")),
        step("prod", when=Condition(parameter="env", is_="prod")),
        step("dev", when=Condition(parameter="env", not_="prod")),
        step("who-knows", when=Condition(parameter="free", is_="x")),
        parameters={"env": Parameter(default="prod"), "free": Parameter()},
    )
    found = route(runbook)
    assert [leg.step.id for leg in found.legs] == ["d", "keep", "prod", "who-knows"]
    assert found.chosen == {"d": "keep"}
    assert [s.id for s in found.left_out] == ["e", "deep", "dev"]
    known = route(runbook, {"env": "dev", "free": "y"})
    assert [leg.step.id for leg in known.legs] == ["d", "keep", "dev"]


def test_timings_of_earlier_runs_stand_in_for_what_is_written() -> None:
    timing = Estimate(10, 20, 30, "earlier runs", 3)
    legs = route(book(step("a", estimate="9h"), step("b", estimate="1m")), None, {"a": timing}).legs
    assert [leg.estimate for leg in legs] == [timing, one_figure(60)]


def test_questions_come_ever_more_seldom_up_to_a_limit() -> None:
    def first(count: int, **more: Any) -> list[float]:
        return list(islice(intervals(Poll(argv=("x",), **more)), count))

    assert first(3) == [5, 5, 5]
    assert first(6, interval="1s", backoff=2.0, longest="10s") == [1, 2, 4, 8, 10, 10]
    assert first(4, interval="4m", backoff=3.0, limit="10m") == [240, 600, 600, 600]
    # An interval that is longer than the longest stays as it is written.
    assert first(3, interval="9s", backoff=2.0, longest="5s") == [9, 9, 9]


@given(st.floats(1, 100), st.integers(1, 500), st.integers(1, 500))
def test_intervals_never_shrink_and_never_grow_without_bound(
    backoff: float, interval: int, longest: int
) -> None:
    poll = Poll(argv=("x",), interval=f"{interval}s", backoff=backoff, longest=f"{longest}s")
    found = list(islice(intervals(poll), 50))
    assert found == sorted(found)
    assert found[0] == interval
    assert found[-1] <= max(interval, longest)
