"""The fever chart: green, yellow, red, where to, and why, in words for somebody who is tired."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.domain.schedule.fever import (
    MOST_USED,
    Point,
    boundaries,
    fever,
    reading,
    why,
    zone_of,
)
from runbook_tui.domain.schedule.sparkline import ASCII, BLOCKS, sparkline

SHARE = st.floats(0, 1)


def at(done: float, used: float) -> Point:
    return Point(done, used, used * 3600.0)


@pytest.mark.parametrize(
    ("done", "used", "zone"),
    [
        (0.0, 0.00, "green"),
        (0.0, 0.15, "green"),
        (0.0, 0.16, "yellow"),
        (0.0, 0.30, "yellow"),
        (0.0, 0.31, "red"),
        (0.5, 0.44, "green"),
        (0.5, 0.46, "yellow"),
        (0.5, 0.61, "red"),
        (1.0, 0.74, "green"),
        (1.0, 0.76, "yellow"),
        (1.0, 0.91, "red"),
        (1.0, 1.50, "red"),
    ],
)
def test_the_boundaries_are_those_in_the_docs(done: float, used: float, zone: str) -> None:
    assert zone_of(at(done, used)) == zone


@given(SHARE, SHARE, st.floats(0, 2))
def test_more_work_done_for_the_same_buffer_is_never_worse(
    done: float, more: float, used: float
) -> None:
    order = ("green", "yellow", "red")
    before = order.index(zone_of(at(min(done, more), used)))
    assert order.index(zone_of(at(max(done, more), used))) <= before
    yellow, red = boundaries(done)
    assert 0 < yellow < red < 1


def test_a_reading_counts_what_is_expected_not_only_what_is_lost() -> None:
    """An hour planned, half of it done in 40 minutes, 40 more expected: 20 late of 30."""
    found = reading(planned=3600.0, done=1800.0, spent=2400.0, left=2400.0, buffer=1800.0)
    assert found == Point(0.5, pytest.approx(2 / 3), 1200.0)
    shown = fever([found])
    assert (shown.zone, shown.burn_rate, shown.drift) == ("red", pytest.approx(4 / 3), 1200.0)


def test_a_run_that_is_early_uses_no_buffer_and_says_how_early() -> None:
    found = reading(planned=3600.0, done=1800.0, spent=1500.0, left=1500.0, buffer=1800.0)
    assert (found.buffer_used, found.drift) == (0.0, -600.0)
    assert why(fever([found])) == "the buffer is untouched, 50 % of the chain done"


def test_without_a_buffer_any_delay_is_red() -> None:
    late = reading(planned=600.0, done=300.0, spent=301.0, left=300.0, buffer=0.0)
    assert (late.buffer_used, zone_of(late)) == (MOST_USED, "red")
    on_time = reading(planned=600.0, done=300.0, spent=300.0, left=300.0, buffer=0.0)
    assert zone_of(on_time) == "green"


@given(*[st.floats(0)] * 5)
def test_no_figures_break_it(
    planned: float, done: float, spent: float, left: float, buffer: float
) -> None:
    point = reading(planned=planned, done=done, spent=spent, left=left, buffer=buffer)
    assert 0 <= point.chain_done <= 1
    assert 0 <= point.buffer_used <= MOST_USED
    assert math.isfinite(point.drift)
    found = fever([point, point])
    assert found.trend == "steady"
    assert "of the chain done" in why(found)


def test_the_sentence_says_what_is_wrong_and_by_which_figures() -> None:
    assert why(fever([at(0.35, 0.60)])) == (
        "the buffer is used up faster than the work gets done: 60 % of it gone, "
        "35 % of the chain done"
    )
    assert why(fever([at(0.5, 0.2)])) == (
        "the buffer will do: 20 % of it gone, 50 % of the chain done"
    )
    assert why(fever([at(0.5, 0.46)])) == (
        "the buffer is used up nearly as fast as the work gets done: 46 % of it gone, "
        "50 % of the chain done"
    )
    assert why(fever([at(0.9, 0.85)])) == (
        "hardly any buffer is left for the rest of the work: 85 % of it gone, "
        "90 % of the chain done"
    )
    assert "no buffer" in why(fever([at(0.1, MOST_USED)]))
    assert why(fever([at(0.9, 1.2)])) == (
        "the buffer is overdrawn: 120 % of it gone, 90 % of the chain done"
    )
    assert why(fever([at(0.0, 0.4)])).startswith("the buffer is used up faster")


def test_the_trend_is_about_the_way_to_red() -> None:
    steadily = [at(n / 10, 0.06 * n) for n in range(6)]
    assert fever(steadily).trend == "steady", "as fast as the boundary rises"
    assert fever([*steadily, at(0.5, 0.5)]).trend == "worse"
    assert fever([*steadily, at(0.8, 0.3)]).trend == "better"
    assert fever([at(0.1, 0.9), *steadily]).trend == "steady", "what is long past does not count"


def test_no_burn_rate_before_any_work() -> None:
    assert fever([at(0.0, 0.1)]).burn_rate is None
    with pytest.raises(ValueError, match="needs a point"):
        fever([])


def test_the_line_shows_the_last_points_on_a_fixed_scale() -> None:
    values = [0.9, 0.0, 0.15, 0.3, 0.5, 0.7, 0.85, 1.0, 1.4]
    assert sparkline(values) == "▁▂▃▅▆▇██"
    assert sparkline(values, last=3) == "▇██"
    assert sparkline(values, ascii_only=True) == ".:-+*#@@"
    assert sparkline([]) == ""
    assert sparkline([30.0, 60.0], full=60.0) == "▅█"
    with pytest.raises(ValueError, match="scale"):
        sparkline(values, full=0.0)


@given(st.lists(st.floats(allow_nan=False)), st.integers(1, 20), st.booleans())
def test_every_point_has_one_mark(values: list[float], last: int, ascii_only: bool) -> None:
    line = sparkline(values, last, ascii_only=ascii_only)
    assert len(line) == min(last, len(values))
    assert set(line) <= set(ASCII if ascii_only else BLOCKS)
    assert not ascii_only or line.isascii()
