"""Which steps move the end, and which have room: against a longest path found by trying all."""

from __future__ import annotations

import time
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.domain.schedule.estimate import Estimate
from runbook_tui.domain.schedule.network import Activity, network


def takes(seconds: float, spread: float = 0.0) -> Estimate:
    return Estimate(seconds - spread, seconds, seconds + spread)


def test_the_longest_way_is_the_chain_and_the_other_has_slack() -> None:
    found = network(
        [
            Activity("a", (), False, takes(10)),
            Activity("long", ("a",), False, takes(100)),
            Activity("short", ("a",), False, takes(30)),
            Activity("end", ("long", "short"), False, takes(5)),
        ]
    )
    assert found.chain == ("a", "long", "end")
    assert (found.mean, found.total) == (115, 145)
    assert found.slots["short"] == (10, 80)
    assert found.slots["short"].slack == 70
    assert [found.slots[i].slack for i in found.chain] == [0, 0, 0]


def test_everything_after_a_gate_waits_for_it_and_nothing_else_does() -> None:
    found = network(
        [
            Activity("slow", (), False, takes(50)),
            Activity("check", (), False, takes(20)),
            Activity("gate", ("check",), True, takes(1)),
            Activity("after", (), False, takes(10)),
        ]
    )
    assert found.slots["gate"].earliest == 20
    assert found.slots["after"].earliest == 21
    assert found.chain == ("slow",)
    assert found.slots["after"].slack == 50 - 31


def test_of_two_equally_long_ways_the_less_certain_one_is_critical() -> None:
    steps = [
        Activity("sure", (), False, takes(60)),
        Activity("unsure", (), False, takes(60, 30)),
        Activity("end", ("sure", "unsure"), False, takes(1)),
    ]
    assert network(steps).chain == ("unsure", "end")
    assert network(steps).variance == pytest.approx(10.0**2)
    assert network([steps[1], steps[0], steps[2]]).chain == ("unsure", "end")


def test_steps_that_do_not_apply_and_steps_without_estimate_hold_nothing_up() -> None:
    found = network(
        [
            Activity("a", ("gone", "b"), False, None),
            Activity("b", ("a",), False, takes(7)),
        ]
    )
    assert found.slots == {"a": (0, 0), "b": (0, 0)}
    assert (found.mean, found.total, found.chain) == (7, 7, ("a", "b"))


def test_no_steps_make_no_plan() -> None:
    found = network([])
    assert (found.slots, found.chain, found.mean, found.total) == ({}, (), 0, 0)


@st.composite
def plans(draw: st.DrawFn) -> list[Activity]:
    count = draw(st.integers(1, 9))
    plan = []
    for index in range(count):
        needs = draw(st.lists(st.integers(0, count - 1), max_size=3))
        length = draw(st.one_of(st.none(), st.integers(0, 100)))
        estimate = None if length is None else takes(length, draw(st.integers(0, length)))
        gate = draw(st.integers(0, 3)) == 0
        plan.append(Activity(f"s{index}", tuple(f"s{n}" for n in needs), gate, estimate))
    return plan


@given(plans())
def test_it_agrees_with_trying_every_path(plan: list[Activity]) -> None:
    place = {activity.id: n for n, activity in enumerate(plan)}
    length = [activity.estimate.mean if activity.estimate else 0.0 for activity in plan]
    # Every gate before, not only the last one, and every need that comes earlier.
    before = [
        {place[need] for need in activity.needs if place[need] < n}
        | {g for g in range(n) if plan[g].is_gate}
        for n, activity in enumerate(plan)
    ]

    @cache
    def start(n: int) -> float:
        return max((start(b) + length[b] for b in before[n]), default=0.0)

    @cache
    def rest(n: int) -> float:
        """From the start of a step to the end of the last that waits for it."""
        after = [m for m in range(len(plan)) if n in before[m]]
        return length[n] + max((rest(m) for m in after), default=0.0)

    found = network(plan)
    end = max(start(n) + length[n] for n in range(len(plan)))
    assert found.mean == pytest.approx(end)
    assert found.total == pytest.approx(sum(length))
    for n, activity in enumerate(plan):
        slot = found.slots[activity.id]
        assert slot.earliest == pytest.approx(start(n))
        assert slot.latest == pytest.approx(end - rest(n), abs=1e-6)
        assert slot.slack >= 0
    # The chain is a path, has no slack, and is as long as it says.
    chain = [place[i] for i in found.chain]
    assert all(one in before[other] for one, other in pairwise(chain))
    assert sum(length[n] for n in chain) == pytest.approx(end)
    assert all(found.slots[i].slack == pytest.approx(0, abs=1e-6) for i in found.chain)


def test_it_grows_with_steps_and_needs_and_not_with_their_square() -> None:
    def cost(count: int) -> float:
        plan = [
            Activity(f"s{n}", tuple(f"s{m}" for m in range(max(0, n - 3), n)), n % 7 == 0, takes(9))
            for n in range(count)
        ]

        def once() -> float:
            began = time.process_time()
            network(plan)
            return time.process_time() - began

        return min(once() for _ in range(5))

    # Eight times the steps: 8 if it is linear, 64 if it were square.
    assert cost(8_000) < 24 * cost(1_000)
