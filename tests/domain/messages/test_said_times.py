"""Times as messages say them are read back as the same moments, in every zone of the world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_tui.domain.messages.cadence import promised
from runbook_tui.domain.messages.lint import lint
from runbook_tui.domain.messages.remarks import Facts
from runbook_tui.domain.messages.said_times import (
    rounded_down,
    rounded_up,
    said_range,
    said_time,
    zone_name,
    zone_of,
)
from runbook_tui.domain.messages.times import named_times

WINTER = datetime(2026, 1, 15, 12, 40, tzinfo=UTC)
SUMMER = datetime(2026, 7, 15, 12, 40, tzinfo=UTC)
ZONES = sorted(available_timezones())
MOMENTS = st.integers(0, 2 * 366 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@pytest.mark.parametrize("when", [WINTER, SUMMER])
@pytest.mark.parametrize("before", [timedelta(minutes=30), timedelta(days=2, hours=5)])
def test_a_time_said_in_any_zone_is_read_back_as_that_moment(
    when: datetime, before: timedelta
) -> None:
    now = when - before
    for name in ZONES:
        text = f"Next update: {said_time(when, zone_of(name), now)}, or earlier."
        assert {each.at for each in named_times(text, now)} == {when}, (name, text)
        assert promised(text, now) == when, (name, text)
        found = {each.rule for each in lint(text, Facts("announce", "customers", now))}
        assert found <= {"impact-missing"}, (name, text, found)


@given(MOMENTS, st.sampled_from(ZONES), st.integers(0, 900))
def test_a_range_in_any_zone_is_read_back_as_its_two_moments(
    start: datetime, zone: str, minutes: int
) -> None:
    end = start + timedelta(minutes=minutes)
    now = start - timedelta(minutes=minutes % 300)
    text = f"We expect it to be over between {said_range(start, end, zone_of(zone), now)}."
    assert {each.at for each in named_times(text, now)} == {start, end}, text


@pytest.mark.parametrize(
    ("zone", "when", "said"),
    [
        ("Europe/Berlin", SUMMER, "14:40 CEST (12:40 UTC)"),
        ("Europe/Berlin", WINTER, "13:40 CET (12:40 UTC)"),
        ("Europe/London", WINTER, "12:40 GMT"),
        ("Europe/London", SUMMER, "13:40 UTC+1 (12:40 UTC)"),  # BST is Bangladesh's as well
        ("America/Chicago", WINTER, "06:40 UTC-6 (12:40 UTC)"),  # CST is China's as well
        ("Asia/Manila", WINTER, "20:40 UTC+8 (12:40 UTC)"),  # its PST is not that of Los Angeles
        ("America/Havana", SUMMER, "08:40 UTC-4 (12:40 UTC)"),  # nor its CDT that of Chicago
        ("Asia/Kolkata", WINTER, "18:10 UTC+5:30 (12:40 UTC)"),
        ("America/Sao_Paulo", WINTER, "09:40 UTC-3 (12:40 UTC)"),  # has no abbreviation
        ("Etc/UTC", WINTER, "12:40 UTC"),
        ("No/Such", WINTER, "12:40 UTC"),
    ],
)
def test_a_zone_is_called_by_what_means_one_thing(zone: str, when: datetime, said: str) -> None:
    assert said_time(when, zone_of(zone), when) == said


def test_the_day_is_said_where_it_is_not_today_and_of_utc_where_it_is_another() -> None:
    berlin, late = zone_of("Europe/Berlin"), datetime(2026, 1, 15, 23, 30, tzinfo=UTC)
    assert said_time(late, berlin, WINTER) == "2026-01-16 00:30 CET (2026-01-15 23:30 UTC)"
    assert said_time(late, berlin, late) == "00:30 CET (23:30 UTC)"
    assert said_time(late, UTC, WINTER) == "23:30 UTC"


def test_a_time_far_off_today_is_said_with_its_day() -> None:
    breakfast, tonight = WINTER.replace(hour=7), WINTER.replace(hour=22)
    said = said_time(tonight, UTC, breakfast)
    assert said == "2026-01-15 22:40 UTC"
    assert promised(f"Next update: {said}.", breakfast) == tonight
    assert promised("Next update: 22:40 UTC.", breakfast) == tonight, "in one's own words, too"


def test_a_range_over_midnight_says_both_days() -> None:
    start = datetime(2026, 1, 15, 23, 30, tzinfo=UTC)
    said = said_range(start, start + timedelta(hours=1), UTC, start)
    assert said == "23:30 UTC and 2026-01-16 00:30 UTC"


def test_a_range_over_the_change_of_the_clocks_names_both_zones() -> None:
    berlin = zone_of("Europe/Berlin")
    start = datetime(2026, 10, 25, 0, 40, tzinfo=UTC)
    said = said_range(start, start + timedelta(minutes=50), berlin, start)
    assert said == "02:40 CEST (00:40 UTC) and 02:30 CET (01:30 UTC)"


@pytest.mark.parametrize(
    ("text", "moments"),
    [
        ("on 2026-01-20 22:00 to 23:30 UTC", ["2026-01-20T22:00", "2026-01-20T23:30"]),
        ("2026-01-20 22:00 UTC to 01:00 UTC", ["2026-01-20T22:00", "2026-01-21T01:00"]),
        ("2026-01-20 22:00 CET / 21:00 UTC", ["2026-01-20T21:00", "2026-01-20T21:00"]),
        ("tomorrow at 09:00 CET (08:00 UTC)", ["2026-01-16T08:00", "2026-01-16T08:00"]),
        ("at 13:00 UTC and at 15:00 UTC", ["2026-01-15T13:00", "2026-01-15T15:00"]),
    ],
)
def test_a_time_without_its_day_is_on_the_day_of_the_one_that_it_belongs_to(
    text: str, moments: list[str]
) -> None:
    found = [each.at for each in named_times(text, WINTER)]
    assert found == [datetime.fromisoformat(each).replace(tzinfo=UTC) for each in moments]


def test_a_day_that_is_told_in_words_is_not_guessed_at() -> None:
    times = named_times("on Friday at 09:00 CET (08:00 UTC)", WINTER)
    assert [each.at for each in times] == [None, None]


@given(MOMENTS, st.integers(0, 59), st.integers(0, 999_999))
def test_rounded_times_are_full_five_minutes_around(when: datetime, s: int, us: int) -> None:
    exact = when.replace(second=s, microsecond=us)
    down, up = rounded_down(exact), rounded_up(exact)
    assert down <= exact <= up
    assert up - down in (timedelta(), timedelta(minutes=5))
    assert {down.minute % 5, up.minute % 5, down.second, up.second} == {0}


@given(MOMENTS, st.sampled_from(ZONES))
def test_the_name_of_a_zone_is_never_ambiguous_to_the_rules(when: datetime, zone: str) -> None:
    name = zone_name(when.astimezone(ZoneInfo(zone)))
    (found,) = named_times(f"at 12:00 {name}", when)
    assert found.zone == name
    assert not found.ambiguous
