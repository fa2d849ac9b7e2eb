"""The window opens and ends when the clock on the wall says so, also in the nights it is set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runbook_tui.domain.runbook import Window
from runbook_tui.domain.schedule.window import OpenWindow, resolved

BERLIN = "Europe/Berlin"
LORD_HOWE = "Australia/Lord_Howe"
ZONES = [
    "UTC",
    BERLIN,
    "America/New_York",
    "America/Santiago",
    "Asia/Kolkata",
    "Australia/Adelaide",
    LORD_HOWE,
    "Pacific/Apia",
    "Pacific/Chatham",
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def opened(now: str, start: str, end: str, zone: str | None = None) -> tuple[str, str]:
    """Start and end in UTC, as short texts."""
    found = resolved(Window(start=start, end=end, zone=zone), at(now))
    return f"{found.start:%m-%d %H:%M}", f"{found.end:%m-%d %H:%M}"


def test_a_dated_window_is_itself_whenever_it_is_looked_at() -> None:
    for now in ("2020-01-01T00:00Z", "2026-05-01T21:00Z", "2030-01-01T00:00Z"):
        assert opened(now, "2026-05-01T22:00+02:00", "2026-05-02T01:00Z") == (
            "05-01 20:00",
            "05-02 01:00",
        )


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        ("2026-05-01T12:00Z", "05-01 22:00", "05-02 02:00"),
        ("2026-05-01T22:00Z", "05-01 22:00", "05-02 02:00"),
        ("2026-05-02T01:59Z", "05-01 22:00", "05-02 02:00"),
        ("2026-05-02T02:00Z", "05-02 22:00", "05-03 02:00"),
        ("2026-12-31T23:30Z", "12-31 22:00", "01-01 02:00"),
        ("2027-01-01T00:30Z", "12-31 22:00", "01-01 02:00"),
    ],
)
def test_without_dates_it_is_the_open_one_or_else_the_next(now: str, start: str, end: str) -> None:
    assert opened(now, "22:00Z", "02:00Z") == (start, end)


def test_each_end_may_have_an_offset_of_its_own() -> None:
    assert opened("2026-05-01T12:00Z", "23:00+02:00", "22:30Z") == ("05-01 21:00", "05-01 22:30")
    assert opened("2026-05-01T12:00Z", "23:30-01:00", "03:00+01:00") == (
        "05-02 00:30",
        "05-02 02:00",
    )


def test_a_zone_knows_summer_and_winter() -> None:
    assert opened("2026-07-01T12:00Z", "22:00", "23:00", BERLIN) == ("07-01 20:00", "07-01 21:00")
    assert opened("2026-01-01T12:00Z", "22:00", "23:00", BERLIN) == ("01-01 21:00", "01-01 22:00")
    # An offset of its own counts where one is written.
    assert opened("2026-07-01T12:00Z", "22:00Z", "23:00Z", BERLIN) == ("07-01 22:00", "07-01 23:00")


@pytest.mark.parametrize(
    ("zone", "now", "start", "end", "opens", "ends"),
    [
        # Berlin goes from 02:00 to 03:00 on 29 March 2026, and from 03:00 to 02:00 on 25 October.
        (BERLIN, "2026-03-28T12:00Z", "22:00", "04:00", "03-28 21:00", "03-29 02:00"),
        (BERLIN, "2026-10-24T12:00Z", "22:00", "04:00", "10-24 20:00", "10-25 03:00"),
        (BERLIN, "2026-03-28T12:00Z", "02:30", "04:00", "03-29 01:00", "03-29 02:00"),
        (BERLIN, "2026-03-28T12:00Z", "01:00", "02:30", "03-29 00:00", "03-29 01:00"),
        (BERLIN, "2026-10-24T12:00Z", "02:15", "02:45", "10-25 00:15", "10-25 01:45"),
        (BERLIN, "2026-10-25T00:50Z", "02:15", "02:45", "10-25 00:15", "10-25 01:45"),
        # All of it in the gap: that night has no such window.
        (BERLIN, "2026-03-29T00:30Z", "02:15", "02:45", "03-30 00:15", "03-30 00:45"),
        (BERLIN, "2026-10-01T00:00Z", "2026-10-25T01:00", "2026-10-25T03:00",
         "10-24 23:00", "10-25 02:00"),
        # Santiago and Adelaide: summer begins when the north's ends.
        ("America/Santiago", "2026-09-05T12:00Z", "23:00", "02:00", "09-06 03:00", "09-06 05:00"),
        ("Australia/Adelaide", "2026-04-04T12:00Z", "01:00", "04:00", "04-04 14:30", "04-04 18:30"),
        # Lord Howe is set by half an hour: 02:00 to 02:30 on 4 October 2026, back on 5 April.
        (LORD_HOWE, "2026-10-03T12:00Z", "02:15", "05:00", "10-03 15:30", "10-03 18:00"),
        (LORD_HOWE, "2026-04-04T12:00Z", "01:45", "01:50", "04-04 14:45", "04-04 15:20"),
        # Samoa left out 30 December 2011.
        ("Pacific/Apia", "2011-12-30T09:00Z", "22:00", "01:00", "12-30 08:00", "12-30 10:00"),
        ("Pacific/Apia", "2011-12-30T09:00Z", "10:00", "12:00", "12-30 20:00", "12-30 22:00"),
    ],
)  # fmt: skip
def test_the_nights_in_which_clocks_are_set(
    zone: str, now: str, start: str, end: str, opens: str, ends: str
) -> None:
    assert opened(now, start, end, zone) == (opens, ends)


@pytest.mark.parametrize(
    ("start", "end", "zone", "why"),
    [
        ("22:00", "23:00", None, "22:00 has no offset, and the window no zone"),
        ("22:00", "23:00", "Europe/Berln", "there is no time zone Europe/Berln"),
        ("22:00", "23:00", "Europe", "there is no time zone Europe"),
        ("22:00", "23:00", "../passwd", "there is no time zone"),
        ("22:00", "23:00", "localtime", "not the same zone on every machine"),
        ("22:00", "23:00", "right/UTC", "not the same zone on every machine"),
        ("2026-05-01T22:00Z", "23:00Z", None, "only one end of the window has a date"),
        ("2026-05-01T22:00Z", "2026-05-01T22:00Z", None, "ends before it starts"),
        ("2026-03-29T02:10", "2026-03-29T02:50", BERLIN, "ends before it starts"),
        ("2026-02-30T22:00Z", "2026-03-01T22:00Z", None, "day"),
        ("24:00Z", "23:00Z", None, "hour"),
        ("9999-12-31T23:00-12:00", "9999-12-31T23:30-12:00", None, "no calendar"),
        ("0001-01-01T00:00+12:00", "0001-01-01T01:00Z", None, "no calendar"),
        ("soon", "23:00Z", None, "not a time of a window: 'soon'"),
    ],
)
def test_what_is_no_window_is_told(start: str, end: str, zone: str | None, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        resolved(Window(start=start, end=end, zone=zone), at("2026-05-01T12:00Z"))


def test_the_reserve_comes_along_in_seconds() -> None:
    window = Window(start="22:00Z", end="02:00Z", reserve="1h30m")
    found = resolved(window, at("2026-05-01T12:00Z"))
    assert (found.reserve, found.length) == (5400.0, 4 * 3600.0)
    assert not found.is_open(found.start - timedelta(seconds=1))
    assert found.is_open(found.start)
    assert not found.is_open(found.end)


clocks = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda t: f"{t[0]:02}:{t[1]:02}")
moments = st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 31)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)
# Close to where clocks are set, which chance alone would seldom hit.
nights = st.builds(
    lambda day, hours: at(day) + timedelta(hours=hours),
    st.sampled_from(["2026-03-29T00:00Z", "2026-10-25T00:00Z", "2026-04-04T15:00Z",
                     "2026-10-03T15:30Z", "2011-12-30T10:00Z", "2026-09-06T04:00Z"]),
    st.floats(-60, 60),
)  # fmt: skip


@settings(max_examples=400)
@given(st.sampled_from(ZONES), clocks, clocks, moments | nights)
@example(BERLIN, "02:15", "02:45", at("2026-03-29T01:00Z"))
def test_it_is_never_over_and_never_upside_down(
    zone: str, start: str, end: str, now: datetime
) -> None:
    window = Window(start=start, end=end, zone=zone)
    found = resolved(window, now)
    assert found.start < found.end
    assert found.start.tzinfo is found.end.tzinfo is UTC
    assert now < found.end
    # Twice a day at most, a day and the longest gap ahead at most.
    assert found.length <= 26 * 3600
    assert found.start - now <= timedelta(days=3)
    # The clock on the wall shows what is written, or has just jumped over it.
    for moment, written in ((found.start, start), (found.end, end)):
        shown = moment.astimezone(ZoneInfo(zone))
        jumped = (
            shown.utcoffset()
            != (moment - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).utcoffset()
        )
        assert f"{shown:%H:%M}" == written or jumped


@settings(max_examples=300)
@given(st.sampled_from(ZONES), clocks, clocks, moments | nights, st.floats(0, 72))
def test_windows_come_one_after_the_other(
    zone: str, start: str, end: str, now: datetime, hours: float
) -> None:
    window = Window(start=start, end=end, zone=zone)
    found = resolved(window, now)
    assert resolved(window, found.start).start <= found.start
    later = resolved(window, now + timedelta(hours=hours))
    assert later.start >= found.start
    if now + timedelta(hours=hours) < found.end:
        assert later == found


@settings(max_examples=300)
@given(clocks, clocks, moments, st.integers(-12 * 4, 14 * 4))
def test_without_a_zone_it_is_plain_arithmetic(
    start: str, end: str, now: datetime, quarters: int
) -> None:
    minutes = abs(quarters) * 15
    offset = f"{'-' if quarters < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"
    found = resolved(Window(start=start + offset, end=end + offset), now)
    day = timedelta(days=1)
    shift = timedelta(minutes=quarters * 15)
    known = [int(text[:2]) * 60 + int(text[3:]) for text in (start, end)]
    length = timedelta(minutes=(known[1] - known[0] - 1) % 1440 + 1)
    midnight = (now + shift).replace(hour=0, minute=0, second=0, microsecond=0) - shift
    candidates = [midnight + n * day + timedelta(minutes=known[0]) for n in (-2, -1, 0, 1)]
    first = next(c for c in candidates if now < c + length)
    assert found == OpenWindow(first, first + length)
