"""When crontab lines are due: against cron's own loop, and against what its crontab takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runbook_tui.preflight.cron.fields import BadTimeError, CronTime, cron_time
from runbook_tui.preflight.cron.tables import BadLine, Line, table
from runbook_tui.preflight.cron.times import due, next_run

UTC_ZONE = ZoneInfo("UTC")
MINUTE = timedelta(minutes=1)
HOURS = timedelta(hours=1)
CHANGES = (
    ("UTC", datetime(2026, 2, 27, 12, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 3, 28, 18, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 24, 18, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 7, 22, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 10, 31, 22, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 6, tzinfo=UTC)),  # half an hour
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 6, tzinfo=UTC)),
    ("America/Santiago", datetime(2026, 4, 4, 20, tzinfo=UTC)),  # back over midnight
    ("America/Santiago", datetime(2026, 9, 5, 20, tzinfo=UTC)),  # on over midnight
)


def matches(when: CronTime, wall: datetime) -> bool:
    on_day = when.on_day(wall.day, wall.month, wall.isoweekday() % 7)
    return wall.minute in when.minutes and wall.hour in when.hours and on_day


def by_crons_loop(when: CronTime, zone: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
    """cron.c of Debian's cron 3.0pl1, waking every minute: `virtual` is the minute it thinks it
    is; it runs after a clock put on, and waits for one put back.
    """
    found = []
    now = start
    virtual = now.astimezone(zone).replace(tzinfo=None) - MINUTE
    while now < end:
        wall = now.astimezone(zone).replace(tzinfo=None)
        ahead = wall - virtual
        hit = False
        if ahead == MINUTE:
            virtual = wall
            hit = matches(when, wall)
        elif MINUTE < ahead < 3 * HOURS:
            hit = when.wild and matches(when, wall)
            while virtual < wall:
                virtual += MINUTE
                hit = hit or (not when.wild and matches(when, virtual))
        elif -3 * HOURS < ahead <= timedelta(0):
            hit = when.wild and matches(when, wall)
        if hit:
            found.append(now)
        now += MINUTE
    return found


def field(low: int, high: int, names: tuple[str, ...] = ()) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    pairs = st.tuples(number, number).map(sorted)
    one = st.one_of(
        number.map(str),
        pairs.map(lambda p: f"{p[0]}-{p[1]}"),
        st.tuples(pairs, st.integers(1, 9)).map(lambda p: f"{p[0][0]}-{p[0][1]}/{p[1]}"),
        *([st.sampled_from(names)] if names else []),
    )
    listed = st.lists(one, min_size=1, max_size=3).map(",".join)
    return st.one_of(st.just("*"), st.integers(2, 30).map(lambda n: f"*/{n}"), listed)


expressions = st.one_of(
    st.tuples(
        field(0, 59),
        field(0, 23),
        field(1, 31),
        field(1, 12, ("jan", "MAR", "Apr", "oct")),
        field(0, 7, ("sun", "Mon", "SAT")),
    ).map(" ".join),
    st.sampled_from(("@daily", "@hourly", "@weekly", "@monthly", "@midnight")),
)


@settings(max_examples=200, deadline=None)
@given(expressions, st.sampled_from(CHANGES))
@example("30 2 * * *", CHANGES[1])
@example("30 2 * * *", CHANGES[2])
@example("*/10 2 * * *", CHANGES[1])
@example("*/10 2 * * *", CHANGES[2])
@example("@hourly", CHANGES[1])
@example("0 0 13 * 5", CHANGES[0])
def test_a_line_is_due_when_crons_own_loop_starts_it(
    text: str, change: tuple[str, datetime]
) -> None:
    when, zone, start = cron_time(text), ZoneInfo(change[0]), change[1]
    end = start + timedelta(days=1, hours=12)
    expected = by_crons_loop(when, zone, start, end)
    assert due(when, zone, start, end) == expected
    coming = next_run(when, zone, start - MINUTE)
    if expected:
        assert coming == expected[0]
    else:
        assert coming is None or coming >= end


def test_a_fixed_time_that_the_clock_jumps_over_runs_right_after() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC)
    jumped = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert due(cron_time("30 2 * * *"), berlin, *night) == [jumped]
    assert due(cron_time("30 2,3 * * *"), berlin, *night) == [jumped, jumped + HOURS / 2]
    assert due(cron_time("*/30 2 * * *"), berlin, *night) == []


def test_a_fixed_time_that_comes_twice_runs_once() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC)
    assert due(cron_time("30 2 * * *"), berlin, *night) == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    ]
    assert len(due(cron_time("*/30 2 * * *"), berlin, *night)) == 4


def test_either_day_is_enough_unless_one_begins_with_a_star() -> None:
    month = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)

    def days(text: str) -> list[int]:
        return [moment.day for moment in due(cron_time(text), UTC_ZONE, *month)]

    assert days("0 4 13 * fri") == [1, 8, 13, 15, 22, 29]
    assert days("0 4 * * fri") == [1, 8, 15, 22, 29]
    assert days("0 4 13 * *") == [13]
    assert days("0 4 */10 * fri") == [1]  # the 1st, 11th, 21st or 31st, and a Friday


def test_the_next_29_february_is_found_and_the_30_never_comes() -> None:
    now = datetime(2026, 5, 1, tzinfo=UTC)
    assert next_run(cron_time("0 0 29 2 *"), UTC_ZONE, now) == datetime(2028, 2, 29, tzinfo=UTC)
    assert next_run(cron_time("0 0 30 2 *"), UTC_ZONE, now) is None


def test_reboot_has_no_time() -> None:
    when = cron_time("@reboot")
    now = datetime(2026, 5, 1, tzinfo=UTC)
    assert when.reboot
    assert due(when, UTC_ZONE, now, now + timedelta(days=3)) == []
    assert next_run(when, UTC_ZONE, now) is None


# What the `crontab` program of Debian's cron 3.0pl1-162 said to each of these.
TAKEN = (
    "0 0 * * mon-fri", "0 0 * JAN-mar,dec sun", "*/90 * * * *", "0 0 31 2 *", "0 0 * * 5-7",
    "*,5 * * * *", "5,*/10 * * * *", "0~30 * * * *", "@daily", "05 08 * * *",
)  # fmt: skip
REFUSED = (
    "5/15 * * * *", "*/0 * * * *", "1-70 * * * *", "0 0 0 * *", "0 0 * * 8", "1,,2 * * * *",
    "@every_minute", "@Daily", "0 0 L * *", "* * * *", "0 0 ? * *", "0 0 * * Monday",
)  # fmt: skip


@pytest.mark.parametrize("text", TAKEN)
def test_what_cron_takes_is_taken(text: str) -> None:
    cron_time(text)


@pytest.mark.parametrize("text", REFUSED)
def test_what_cron_refuses_is_refused(text: str) -> None:
    with pytest.raises(BadTimeError):
        cron_time(text)


def test_a_table_gives_jobs_settings_and_what_cannot_be_read() -> None:
    text = (
        "# a comment\n"
        "SHELL=/bin/sh\n"
        'MAILTO=""\n'
        "CRON_TZ = Europe/Berlin\n"
        "\n"
        " 0 3 * * *\troot\t/opt/run\n"
        "@reboot orders /opt/start --now\n"
        "99 3 * * * root /opt/never\n"
        "0 3 * * * Not/A User\n"
        "0 3 * * * root\n"
    )
    entries = list(table(text, "system"))
    first, second, *bad = entries
    assert isinstance(first, Line)
    assert (first.number, first.user, first.command) == (6, "root", "/opt/run")
    assert (first.zone, first.mail_off) == ("Europe/Berlin", True)
    assert isinstance(second, Line)
    assert second.time.reboot
    assert [(line.number, isinstance(line, BadLine)) for line in bad] == [
        (8, True), (9, True), (10, True),
    ]  # fmt: skip


def test_a_table_of_unknown_form_tells_by_itself_whether_it_has_users() -> None:
    (with_user,) = table("0 3 * * *  root  /opt/run >/dev/null\n", "unsure")
    (without,) = table("0 3 * * * /opt/run now\n", "unsure")
    (command,) = table("0 3 * * * php artisan schedule:run\n", "unsure")
    assert [line.user for line in (with_user, without, command) if isinstance(line, Line)] == [
        "root", "", "",
    ]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_no_text_makes_a_table_fail(text: str) -> None:
    for kind in ("system", "user", "unsure"):
        list(table(text, kind))  # type: ignore[arg-type]
