"""The clocks in words: read in a second, by somebody tired, without colour."""

from __future__ import annotations

import pytest
from domain.schedule.test_reading import UNDO, Clocked, step

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.runbook import Buffer
from runbook_tui.domain.schedule.alarm import Alarm, alarms
from runbook_tui.domain.schedule.bell import Bell
from runbook_tui.domain.schedule.clock_words import percent, short
from runbook_tui.tui.alarms import notification
from runbook_tui.tui.deadline import figures
from runbook_tui.tui.present.clocks import clock_line, clock_pane, header
from runbook_tui.tui.present.time_rows import headline

ROOM = 21
"""Cells of the clocks pane where it is narrowest."""


def begun(minutes: float = 0) -> Clocked:
    run = Clocked(step("a", compensation=UNDO), step("b"), step("c"))
    run.through("a", 10)
    run.do(cmd.StartStep("b"))
    run.seconds += minutes * 60
    return run


def pane(run: Clocked) -> str:
    reading = run.read()
    return clock_pane(run.state, reading.now, reading, [0.1, 0.2]).plain


@pytest.mark.parametrize("minutes", [0, 20, 40, 60, 100, 130, 400, 20_000])
def test_every_clock_fits_its_pane(minutes: float) -> None:
    for line in pane(begun(minutes)).splitlines():
        assert len(line) <= ROOM, line


def test_the_zone_is_a_word_and_the_deadline_a_time_of_day() -> None:
    text = pane(begun())
    assert "green" in text
    assert "decide  by " in text
    assert "buffer  30m of 30m" in text
    late = pane(begun(35))
    assert "red" in late or "yellow" in late
    assert "late" in late


def test_an_overdrawn_buffer_and_a_window_that_is_over_are_said_never_negative() -> None:
    text = pane(begun(130))
    assert "buffer  over by" in text
    assert "OVER 00:00Z" in text
    assert "-" not in text.replace("--:--", "")


def test_in_a_short_plan_less_than_a_minute_late_is_late_where_the_buffer_feels_it() -> None:
    run = Clocked(step("a"), step("b"), buffer=Buffer(duration="40s"))
    run.do(cmd.StartStep("a"))
    zones = set()
    for _ in range(120):
        run.seconds += 10
        if (drift := run.read().point.drift) > 60:
            break
        zones.add(zone := run.read().fever.zone)
        on_plan = "drift   on plan" in pane(run)
        assert on_plan == (zone == "green"), f"{zone}, {drift:.0f} s"
    assert zones > {"green"}


def test_a_runbook_without_a_buffer_says_so() -> None:
    run = Clocked(step("a"), step("b"), buffer=Buffer(duration="0s"))
    assert "none planned" in pane(run)
    assert "fever" not in pane(run)
    assert run.read().figures.buffer is None


def test_past_a_point_of_no_return_there_is_no_way_back_and_it_is_said() -> None:
    run = Clocked(step("a", compensation=UNDO), step("b", point_of_no_return=True), step("c"))
    run.through("a", 10)
    run.do(cmd.StartStep("b", agreed=True))
    text = pane(run)
    assert "decide" not in text
    assert "no way  back any more" in text


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_the_line_that_is_always_there_shows_the_deadline_that_matters_most(width: int) -> None:
    run = begun(45)
    reading = run.read()
    near = alarms(run.state, reading)
    line = clock_line(run.state, reading.now, width, reading, near)
    assert line.cell_length <= width
    assert "decide" in line.plain or "rollback" in line.plain
    quiet = begun()
    reading = quiet.read()
    line = clock_line(quiet.state, reading.now, width, reading, ())
    assert "step 00:0" in line.plain
    assert header(quiet.state, reading.now, width, "alice", reading).cell_length <= width


@pytest.mark.parametrize("minutes", [45, 60, 62, 100])
def test_at_eighty_columns_a_deadline_and_the_count_beside_it_are_whole(minutes: int) -> None:
    run = Clocked(
        step("a", compensation=UNDO), step("b", timer="1h"), *(step(f"c{n}") for n in range(30))
    )
    run.through("a", 10)
    run.do(cmd.StartStep("b"))
    run.seconds += minutes * 60
    reading = run.read()
    (near, *_) = alarms(run.state, reading)
    line = clock_line(run.state, reading.now, 80, reading, [near]).plain
    assert line.endswith(f"{near.brief}  1/32 settled ")
    assert len(near.brief) <= 30


def test_the_header_shows_the_window_as_it_stands_with_its_extensions() -> None:
    run = begun()
    run.do(cmd.ExtendWindow("1h", "agreed"))
    reading = run.read()
    assert "window 22:00–01:00Z" in header(run.state, reading.now, 120, "alice", reading).plain


def test_the_buffer_is_the_headline_where_it_goes_and_no_deadline_is_near() -> None:
    run = Clocked(*(step(name) for name in "abcdef"))
    run.through("a", 25)
    found = headline(run.read(), (), 60)
    assert found is not None
    assert found[0].startswith("buffer ")
    assert found[0].endswith(("yellow", "red"))


def test_the_figures_of_a_moment_are_sentences() -> None:
    text = figures(begun(20).read()).plain
    assert "of the chain done" in text
    assert "in 80 of 100 cases" in text
    assert "safe until" in text
    assert "no plan in figures" in figures(None).plain


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59.4, "59s"), (60, "1m"), (3570, "1h00"), (4320, "1h12"), (-120, "2m")],
)
def test_lengths_have_two_parts_at_most(seconds: float, text: str) -> None:
    assert short(seconds) == text


def test_nobody_is_promised_certainty() -> None:
    assert (percent(1.0), percent(0.0), percent(0.5)) == ("over 99 %", "under 1 %", "50 %")


def alarm(name: str, left: float = 100) -> Alarm:
    return Alarm("rollback", name, left, name, name)


def test_the_bell_rings_once_and_again_only_when_something_is_new_or_comes_back() -> None:
    bell = Bell()
    near, nearer = alarm("rollback 900"), alarm("rollback 300")
    assert bell.fresh([near]) == (near,)
    assert bell.fresh([near]) == ()
    assert bell.fresh([nearer]) == (nearer,)
    assert bell.fresh([]) == ()
    assert bell.fresh([near]) == (near,), "it was far again"


@pytest.mark.parametrize(
    ("environment", "begins"),
    [
        ({"TERM": "xterm-kitty"}, "\x1b]99;;"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "\x1b]9;"),
        ({"TERM": "foot"}, "\x1b]777;notify;"),
        ({"TERM": "xterm-256color"}, ""),
        ({"TERM": "screen-256color", "TERM_PROGRAM": "WezTerm"}, ""),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/x"}, ""),
    ],
)
def test_a_desktop_notification_only_where_the_terminal_has_one(
    environment: dict[str, str], begins: str
) -> None:
    found = notification("decide by 20:47Z;\x1b]52;c;x\x07", environment)
    assert found.startswith(begins)
    assert bool(found) == bool(begins)
    assert found.count("\x1b") == (2 if begins else 0), "nothing of the text is obeyed"
