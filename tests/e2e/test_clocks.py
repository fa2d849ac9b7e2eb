"""The real program under clocks that do what clocks do: sleep, jump, start anew."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.odd_clocks import SimulatedClock, other_clocks
from tests.e2e.site import Site, open_run
from tests.e2e.terminal import CTRL_Q, PROGRAM, Terminal

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

HOUR = 3600.0
BOOK = """\
format: 1
id: clocks
title: Clocks
version: 1.0.0
owner: ops
window: WINDOW
phases:
  - id: all
    title: All
    steps:
      - {id: first, kind: checklist, title: The first, items: [one], estimate: 10m, timer: 30m}
      - {id: second, kind: checklist, title: The second, items: [one], estimate: 10m}
"""
WAIT = "{id: first, kind: wait, title: Let it rest, duration: 2h}"
_FIRST = re.compile(r"\{id: first.*\}")


def window(now: datetime, begun: float = 1.0, left: float = 5.0) -> str:
    """A window around now, in hours."""
    start, end = now - timedelta(hours=begun), now + timedelta(hours=left)
    return f'{{start: "{start:%Y-%m-%dT%H:%M:%SZ}", end: "{end:%Y-%m-%dT%H:%M:%SZ}", warn: [1m]}}'


@pytest.fixture
def clock(site: Site, tmp_path: Path) -> SimulatedClock:
    """Clocks that move as the test says, for every program started at the site."""
    simulated = SimulatedClock(tmp_path)
    site.env |= simulated.env
    return simulated


def begin(site: Site, text: str) -> Terminal:
    """The run in a terminal, its first step started."""
    site.write(text)
    terminal = site.open()
    open_run(terminal)
    site.ask("decide", "@last", "first", "start", "--as", "alice")
    terminal.wait_for("starts first")
    return terminal


def resumed(site: Site, before: Sequence[str] = ()) -> Terminal:
    """The run gone on with, in another terminal; `before`: what the program is started by."""
    arguments = [*before, *PROGRAM, "resume", "--as", "alice"]
    terminal = Terminal(arguments, env=site.env, cwd=site.home)
    open_run(terminal)
    return terminal


def length(terminal: Terminal, name: str) -> float:
    """Seconds that a row of the pane of clocks shows; negative where it says "over"."""
    found = re.search(rf"│ ?{name} +(over )?(?:(\d+)h(\d\d)|(\d+):(\d\d))", terminal.text)
    assert found is not None, f"no {name}; the screen:\n{terminal.text}"
    over, hours, minutes, m, s = found.groups()
    seconds = int(hours) * 3600 + int(minutes) * 60 if hours else int(m) * 60 + int(s)
    return -float(seconds) if over else float(seconds)


def shows(terminal: Terminal, name: str, about: float) -> None:
    """Waits until a clock shows about so much. The tests take seconds, the machines sleep hours."""

    def near() -> bool:
        try:
            return abs(length(terminal, name) - about) < 150
        except AssertionError:
            return False

    terminal.wait(near, f"{name} at about {about:.0f} s")
    # A range, a flag and a date may have a dash before a digit; a length has none.
    assert not re.search(r"(?<![\w–-])-\d", terminal.text), terminal.text


def jumps(site: Site) -> list[float]:
    return [event["seconds"] for event in site.events() if event["type"] == "clock-jumped"]


def ends_in(terminal: Terminal, left: str) -> None:
    """Waits until the window ends in about so long: a pattern."""
    terminal.wait(
        lambda: re.search(rf"window +ends \d\d:\d\dZ[ │]*\n.*│ +in {left}", terminal.text),
        f"the window to end in {left}",
    )


def test_a_laptop_that_sleeps_an_hour_with_the_run_on_its_screen(
    site: Site, clock: SimulatedClock
) -> None:
    with begin(site, BOOK.replace("WINDOW", window(clock.now()))) as terminal:
        shows(terminal, "step", 0)
        ends_in(terminal, "(5h00|4h59)")
        clock.sleeps(HOUR)
        shows(terminal, "step", HOUR)
        shows(terminal, "timer", -HOUR / 2)
        ends_in(terminal, "(4h00|3h59)")
        assert "wall clock jumped" not in terminal.text
    assert jumps(site) == []


@pytest.mark.parametrize("left_by", [CTRL_Q, "kill -9"])
def test_a_laptop_that_sleeps_between_leaving_and_going_on(
    site: Site, clock: SimulatedClock, left_by: str
) -> None:
    with begin(site, BOOK.replace("WINDOW", window(clock.now()))) as terminal:
        if left_by == CTRL_Q:
            terminal.send(CTRL_Q)
            assert terminal.wait_end() == 0
        else:
            terminal.kill(signal.SIGKILL)
    clock.sleeps(HOUR)
    with resumed(site) as terminal:
        shows(terminal, "step", HOUR)
        ends_in(terminal, "(4h00|3h59)")
    assert jumps(site) == []


@pytest.mark.parametrize(
    ("jump", "way", "left"),
    [(HOUR, "forward", "(4h00|3h59)"), (-HOUR, "back", "(6h00|5h59)")],
)
def test_a_wall_clock_that_is_stepped_while_a_step_runs(
    site: Site, clock: SimulatedClock, jump: float, way: str, left: str
) -> None:
    with begin(site, BOOK.replace("WINDOW", window(clock.now()))) as terminal:
        shows(terminal, "step", 0)
        clock.stepped(jump)
        terminal.wait_for(f"The wall clock jumped {way} ")
        terminal.wait_for(f"alice notices the wall clock jumped {way} ")
        ends_in(terminal, left)  # the window was promised by the clock on the wall
        shows(terminal, "step", 0)
        shows(terminal, "timer", HOUR / 2)
    assert jumps(site) == [pytest.approx(jump, abs=1)]


def test_a_clock_stepped_past_the_end_of_the_window_and_back(
    site: Site, clock: SimulatedClock
) -> None:
    with begin(site, BOOK.replace("WINDOW", window(clock.now()))) as terminal:
        clock.stepped(6 * HOUR)
        terminal.wait_for("The window is over")
        terminal.wait(lambda: re.search(r"(59m|1h00) ago", terminal.text), "how long ago")
        said = site.ask("status", "@last").stdout
        assert "window over since" in said
        clock.stepped(-6 * HOUR)
        terminal.wait_gone("The window is over")
        ends_in(terminal, "(5h00|4h59)")
        shows(terminal, "step", 0)
    assert "window over" not in site.ask("status", "@last").stdout


def test_a_wait_goes_on_while_nobody_looks(site: Site, clock: SimulatedClock) -> None:
    text = _FIRST.sub(WAIT, BOOK.replace("WINDOW", window(clock.now())))
    with begin(site, text) as terminal:
        shows(terminal, "wait", 2 * HOUR)
        clock.stepped(HOUR)
        terminal.wait_for("The wall clock jumped forward")
        shows(terminal, "wait", 2 * HOUR)
        terminal.send(CTRL_Q)
        assert terminal.wait_end() == 0
    clock.sleeps(HOUR)
    with resumed(site) as terminal:
        shows(terminal, "wait", HOUR)


@pytest.mark.parametrize(
    ("night", "opens", "ends", "hours"),
    [
        ("2026-03-29T00:31:00+00:00", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z", "59m"),
        ("2026-10-24T23:31:00+00:00", "2026-10-24T23:30:00Z", "2026-10-25T02:30:00Z", "2h59"),
    ],
    ids=["summer begins", "summer ends"],
)
def test_a_window_across_the_change_of_summer_time(
    site: Site, clock: SimulatedClock, night: str, opens: str, ends: str, hours: str
) -> None:
    clock.set(datetime.fromisoformat(night))
    zoned = '{start: "01:30", end: "03:30", zone: Europe/Vienna, warn: [1m]}'
    with begin(site, BOOK.replace("WINDOW", zoned)) as terminal:
        told = site.status()["clocks"]["window"]
        assert (told["opens"], told["ends"]) == (opens, ends)
        terminal.wait_for(f"ends {ends[11:16]}Z")
        ends_in(terminal, f"({hours}|58m|2h58)")
        clock.sleeps(45 * 60)  # past the moment in which the clock on the wall is set
        ends_in(terminal, "(14m|13m|2h14|2h13)")
        shows(terminal, "step", 45 * 60)


def test_the_kernel_says_that_an_hour_has_passed_and_the_wall_clock_does_not(site: Site) -> None:
    there = other_clocks(HOUR)
    with begin(site, BOOK.replace("WINDOW", window(datetime.now(UTC)))) as terminal:
        terminal.kill(signal.SIGKILL)
    with resumed(site, there) as terminal:
        shows(terminal, "step", HOUR)
        terminal.wait_for("the wall clock jumped back")
        ends_in(terminal, "(5h00|4h59)")
    assert jumps(site) == [pytest.approx(-HOUR, abs=5)]


@pytest.mark.parametrize("up", [30.0, 5e6], ids=["just booted", "another host"])
def test_a_run_goes_on_on_another_boot(site: Site, tmp_path: Path, up: float) -> None:
    other = tmp_path / "boot-id"
    other.write_text("00000000-0000-4000-8000-000000000000\n")
    there = other_clocks(up - time.clock_gettime(time.CLOCK_BOOTTIME), other)
    with begin(site, BOOK.replace("WINDOW", window(datetime.now(UTC)))) as terminal:
        terminal.kill(signal.SIGKILL)
    with resumed(site, there) as terminal:
        shows(terminal, "step", 0)
        shows(terminal, "timer", HOUR / 2)
        ends_in(terminal, "(5h00|4h59)")
        assert "jumped" not in terminal.text
    assert jumps(site) == []
    boots = {
        line.split('"boot_id":"')[1].split('"')[0]
        for line in site.ask("log", "@last", "--json").stdout.splitlines()
    }
    assert len(boots) == 2, "it was another boot for the program too"


def test_line_mode_tells_a_step_of_the_wall_clock_with_the_next_decision(
    site: Site, clock: SimulatedClock
) -> None:
    site.write(BOOK.replace("WINDOW", window(clock.now())))
    with site.open("run", str(site.book), "--as", "alice", "--plain") as terminal:
        terminal.wait_for("enter = start >")
        clock.stepped(-HOUR)
        terminal.send("note the clock was set\r")
        terminal.wait_for("the wall clock jumped back")
        terminal.wait_for("— the clock was set")
    assert site.kinds() == ["run-started", "clock-jumped", "note-added first"]
    assert jumps(site) == [pytest.approx(-HOUR, abs=1)]
