"""Time: lengths, clocks that jump, and when a wait is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.moment import (
    JUMP_SECONDS,
    Moment,
    clock_text,
    elapsed,
    length_text,
    wall_jump,
)
from runbook_tui.domain.runbook import WaitStep
from runbook_tui.domain.units import DURATION_PATTERN, seconds
from runbook_tui.domain.waiting import next_time, time_left

from .play import START, Play, at, plan_of

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
WALLS = st.builds(
    lambda late, zone: (START + timedelta(microseconds=late)).astimezone(zone),
    st.integers(-(10**15), 10**15),
    ZONES,
)
MOMENTS = st.builds(Moment, WALLS, st.floats(0, 1e9), st.sampled_from(("boot-1", "boot-2")))


@given(MOMENTS, MOMENTS)
def test_elapsed_is_never_negative(start: Moment, end: Moment) -> None:
    assert elapsed(start, end) >= 0.0


def test_within_a_boot_the_wall_clock_does_not_matter() -> None:
    start = Moment(START, 100.0, "b")
    end = Moment(START - timedelta(hours=3), 160.0, "b")
    assert elapsed(start, end) == 60.0
    assert wall_jump(start, end) == pytest.approx(-3 * 3600 - 60)


def test_across_boots_the_wall_clock_is_all_there_is() -> None:
    start, end = Moment(START, 9_000.0, "b1"), Moment(START + timedelta(minutes=5), 3.0, "b2")
    assert elapsed(start, end) == 300.0
    assert elapsed(end, start) == 0.0
    assert wall_jump(start, end) == 0.0


@given(st.floats(-1e6, 1e6))
def test_a_jump_is_told_from_drift(jump: float) -> None:
    start, end = at(0), Moment(START + timedelta(seconds=10 + jump), 1010.0, "boot-1")
    found = wall_jump(start, end)
    assert found == 0.0 if abs(jump) < JUMP_SECONDS - 0.01 else True
    assert abs(found - jump) < 0.01 if abs(jump) > JUMP_SECONDS + 0.01 else True


def test_a_moment_needs_a_zone_and_a_year_that_every_zone_can_say() -> None:
    with pytest.raises(ValueError, match="zone"):
        Moment(datetime(2026, 5, 1), 0.0, "b")  # noqa: DTZ001 - that is the point
    for year in (1, 9999):
        with pytest.raises(ValueError, match="no moment"):
            Moment(datetime(year, 1, 1, tzinfo=UTC), 0.0, "b")


def test_clock_faces() -> None:
    noon = Moment(datetime(2026, 5, 1, 14, 0, 5, tzinfo=timezone(timedelta(hours=2))), 0.0, "b")
    assert clock_text(noon) == "12:00:05Z"
    assert [length_text(s) for s in (-5, 0, 250.9, 3_729, 360_000)] == [
        "00:00",
        "00:00",
        "04:10",
        "1h02:09",
        "100h00:00",
    ]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", 90),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("1.5h", 5400),
        ("2d", 172_800),
        ("5ms", 0.005),
    ],
)
def test_durations(text: str, length: float) -> None:
    assert seconds(text) == pytest.approx(length)


@pytest.mark.parametrize("text", ["", "5", "m", "5 minutes", "-5m", "5m,", "٥m", "1h  30m", "5m\n"])
def test_what_is_no_duration_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        seconds(text)


@given(st.from_regex(DURATION_PATTERN, fullmatch=True))
def test_every_text_of_the_pattern_is_a_length(text: str) -> None:
    assert seconds(text) >= 0.0


@pytest.mark.parametrize(
    ("zoned", "expected"),
    [
        ("22:00Z", "2026-05-01T22:00Z"),
        ("21:59Z", "2026-05-02T21:59Z"),
        ("22:00:01Z", "2026-05-01T22:00:01Z"),
        ("00:30+02:00", "2026-05-01T22:30Z"),
        ("00:00+02:00", "2026-05-01T22:00Z"),
        ("23:59+02:00", "2026-05-02T21:59Z"),
        ("18:30-03:30", "2026-05-01T22:00Z"),
        ("17:00-08:00", "2026-05-02T01:00Z"),
        ("2026-05-01T20:00Z", "2026-05-01T20:00Z"),
        ("2027-01-01 00:00+14:00", "2026-12-31T10:00Z"),
    ],
)
def test_the_next_time_in_a_zone(zoned: str, expected: str) -> None:
    assert next_time(zoned, START) == datetime.fromisoformat(expected)


@given(
    WALLS,
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(0, 59),
    st.integers(-14, 14),
)
@example(datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=UTC), 1, 0, 0, 1)
def test_a_time_of_day_is_the_first_one_from_then_on(
    after: datetime, hour: int, minute: int, second: int, zone: int
) -> None:
    sign = "-" if zone < 0 else "+"
    found = next_time(f"{hour:02}:{minute:02}:{second:02}{sign}{abs(zone):02}:00", after)
    local = found.astimezone(timezone(timedelta(hours=zone)))
    assert (local.hour, local.minute, local.second) == (hour, minute, second)
    # To the second: who starts to wait at 22:00:00.4 for 22:00 is not made to wait for a day.
    assert timedelta(seconds=-1) < found - after <= timedelta(days=1)


@pytest.mark.parametrize(
    "zoned",
    ["", "22:00", "25:00Z", "22:60Z", "2026-02-30T22:00Z", "22:00CET", "9999-12-31T23:00-01:00"],
)
def test_what_is_no_time_is_said_so(zoned: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        next_time(zoned, START)


def _waiting(**what: str) -> tuple[Play, WaitStep]:
    step = WaitStep(id="w", title="Wait", **what)
    play = Play(plan_of(step))
    play.seconds = -1.0
    play.do(cmd.StartStep("w"))
    return play, step


def test_a_length_runs_from_the_start_of_the_step_whatever_the_wall_clock_does() -> None:
    play, step = _waiting(duration="10m")
    assert time_left(play.state, step, at(0)) == 600.0
    assert time_left(play.state, step, at(599.5)) == 0.5
    assert time_left(play.state, step, at(10_000)) == 0.0
    jumped = Moment(START + timedelta(days=2), 1060.0, "boot-1")
    assert time_left(play.state, step, jumped) == 540.0


def test_a_time_of_day_is_waited_for_past_midnight_and_across_boots() -> None:
    play, step = _waiting(until="01:00+02:00")
    assert time_left(play.state, step, at(0)) == 3_600.0
    assert time_left(play.state, step, at(3_599, "boot-2")) == 1.0
    assert time_left(play.state, step, at(90_000)) == 0.0


def test_a_wait_that_has_not_begun_has_nothing_left() -> None:
    step = WaitStep(id="w", title="Wait", duration="10m")
    assert time_left(Play(plan_of(step)).state, step, at(0)) == 0.0
