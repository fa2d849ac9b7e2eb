"""What the run screen shows when clocks do not run as one would like: the machine sleeps, the wall
clock is stepped, summer begins or ends, the run goes on after a reboot or on another host."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from runbook_tui.domain import events as ev
from runbook_tui.domain.moment import Moment

from .conftest import MakeDesk
from .desk import Desk, Hand, at

SIZES = [(80, 24), (120, 36)]
HOUR = 3600.0
BOOK = """\
format: 1
id: timed
title: Timed
version: 1.0.0
owner: ops
window: {start: "19:00Z", end: "23:00Z", reserve: 10m}
buffer: {duration: 30m}
phases:
  - id: all
    title: All
    steps:
      - {id: first, kind: checklist, title: The first, items: [one], estimate: 10m, timer: 20m}
      - {id: second, kind: checklist, title: The second, items: [one], estimate: 10m}
"""
WAITING = BOOK.replace(
    "      - {id: second",
    "      - {id: rest, kind: wait, title: Let it rest, duration: 30m}\n      - {id: second",
)
VIENNA = BOOK.replace(
    'window: {start: "19:00Z", end: "23:00Z", reserve: 10m}',
    'window: {start: "01:30", end: "03:30", zone: Europe/Vienna, warn: [1m]}',
)


class OddClock:
    """The clocks of a machine to which everything happens that happens to machines."""

    def __init__(self, wall: str = "2026-05-01T19:30:00+00:00") -> None:
        self.wall = datetime.fromisoformat(wall).astimezone(UTC)
        self.boot = 50_000.0
        self.boot_id = "boot-1"

    def now(self) -> Moment:
        return Moment(self.wall, self.boot, self.boot_id)

    def passes(self, seconds: float) -> None:
        """Time goes on; also while the machine sleeps."""
        self.wall += timedelta(seconds=seconds)
        self.boot += seconds

    def stepped(self, seconds: float) -> None:
        """The wall clock is set, as NTP does it."""
        self.wall += timedelta(seconds=seconds)

    def elsewhere(self, seconds: float, boot: float = 12.0, boot_id: str = "boot-2") -> None:
        """So much later on a machine that was booted anew, or on another one."""
        self.wall += timedelta(seconds=seconds)
        self.boot, self.boot_id = boot, boot_id


async def shown(hand: Hand) -> str:
    """The screen once it was drawn with the clocks as they are now."""
    hand.app.run_screen._tick()
    await hand.pilot.pause()
    return hand.text


async def begun(hand: Hand) -> None:
    await hand.press("enter")
    await hand.until(lambda: hand.of("first").started)


def jumps(place: Desk) -> list[float]:
    entries = (recorded.entry.event for recorded in place.elsewhere("bob").entries)
    return [event.seconds for event in entries if isinstance(event, ev.ClockJumped)]


def no_nonsense(text: str) -> None:
    """No clock on the screen shows less than nothing."""
    assert not re.search(r"(?<![\w\d–])-\d", text), text
    assert "nan" not in text


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("jump", "way"), [(HOUR, "forward"), (-HOUR, "back")])
async def test_a_stepped_wall_clock_is_said_and_logged_and_no_length_follows_it(
    desk: MakeDesk, size: tuple[int, int], jump: float, way: str
) -> None:
    clock = OddClock()
    place = desk(BOOK, clock=clock)
    async with at(place, size) as hand:
        await begun(hand)
        clock.passes(300)
        assert "step 05:00 / 10:00" in await shown(hand)
        clock.stepped(jump)
        text = await shown(hand)
        no_nonsense(text)
        assert "step 05:00 / 10:00" in text, "an hour of the wall clock is no work"
        await hand.sees(f"The wall clock jumped {way} 1h00:00: deadlines follow it")
        await hand.sees("the wall clock jumped")  # in the decisions too, or the last of them
        assert jumps(place) == [jump]
        clock.passes(60)
        text = await shown(hand)
        assert "step 06:00 / 10:00" in text
        assert jumps(place) == [jump], "told once"
        if size[0] >= 100:
            assert re.search(r"timer +14:00 left", text)
            # The window was promised by the clock on the wall: 20:36 or 18:36 now.
            left = "2h24" if jump > 0 else "4h24"
            assert re.search(rf"window +ends 23:00Z *│?\n.*in {left}", text), text
        state = hand.state
        assert state.baseline is not None
        reading = hand.app.run_screen.driving.session.reading()
        assert reading is not None
        assert reading.window_left == (datetime(2026, 5, 1, 23, tzinfo=UTC) - clock.wall).seconds
        assert reading.point.drift < 60, "and no buffer is used up by it"


async def test_a_step_of_the_wall_clock_to_and_fro_leaves_every_clock_as_it_was(
    desk: MakeDesk,
) -> None:
    clock = OddClock()
    place = desk(BOOK, clock=clock)
    async with at(place) as hand:
        await begun(hand)
        clock.passes(120)
        before = await shown(hand)
        clock.stepped(7_200)
        await shown(hand)
        clock.stepped(-7_200)
        after = await shown(hand)
        assert jumps(place) == [7_200.0, -7_200.0]

        def pane(text: str) -> list[str]:
            return re.findall(r"(?:step|timer|buffer|ends|window|decide|run) {2,}\S+", text)

        assert pane(after) == pane(before)


async def test_a_clock_that_jumps_past_the_end_of_the_window_asks_and_back_again_does_not(
    desk: MakeDesk,
) -> None:
    clock = OddClock()
    async with at(desk(BOOK, clock=clock)) as hand:
        await begun(hand)
        clock.stepped(4 * HOUR)
        text = await shown(hand)
        assert "OVER 23:00Z" in text
        assert "30m ago" in text
        no_nonsense(text)
        await hand.sees("The window is over")
        clock.stepped(-4 * HOUR)
        text = await shown(hand)
        assert "OVER" not in text
        assert "ends 23:00Z" in text
        await hand.sees_no("The window is over")


@pytest.mark.parametrize("size", SIZES)
async def test_a_machine_that_slept_an_hour_has_lost_an_hour(
    desk: MakeDesk, size: tuple[int, int]
) -> None:
    clock = OddClock()
    place = desk(BOOK, clock=clock)
    async with at(place, size) as hand:
        await begun(hand)
        clock.passes(60)
        await shown(hand)
        clock.passes(HOUR)
        text = await shown(hand)
        no_nonsense(text)
        assert jumps(place) == [], "both clocks ran on: nothing jumped"
        assert hand.app.run_screen.driving.session.reading().work.current.elapsed == HOUR + 60  # type: ignore[union-attr]
        if size[0] >= 100:
            assert re.search(r"step +1h01 / 10:00", text)
            assert re.search(r"timer +over 41:00", text)
            assert "in 2h29" in text


@pytest.mark.parametrize(
    ("night", "opens", "ends", "length"),
    [
        ("2026-03-29T00:00:00+00:00", "00:30Z", "01:30Z", 60),
        ("2026-10-24T23:00:00+00:00", "23:30Z", "02:30Z", 180),
        ("2026-05-01T23:00:00+00:00", "23:30Z", "01:30Z", 120),
    ],
    ids=["summer begins", "summer ends", "another night"],
)
async def test_a_window_across_the_change_of_summer_time_has_the_hours_it_has(
    desk: MakeDesk, night: str, opens: str, ends: str, length: int
) -> None:
    clock = OddClock(night)
    async with at(desk(VIENNA, clock=clock)) as hand:
        text = await shown(hand)
        assert f"window {opens[:-1]}–{ends}" in text
        assert re.search(rf"window +opens {opens}", text)
        assert "in 30m" in text
        clock.passes(1800)
        await shown(hand)
        await begun(hand)
        for gone in range(0, length, 20):
            text = await shown(hand)
            left = length - gone
            words = f"in {left // 60}h{left % 60:02d}" if left >= 60 else f"in {left}m"
            assert re.search(rf"window +ends {ends} *│?\n.*{words}\b", text), (gone, text)
            no_nonsense(text)
            clock.passes(1200)
        clock.passes(300)
        text = await shown(hand)
        assert f"OVER {ends}" in text
        assert "5m ago" in text


@pytest.mark.parametrize(
    ("boot", "boot_id"), [(12.0, "after a reboot"), (9_000_000.0, "another host")]
)
async def test_a_run_goes_on_elsewhere_with_every_clock_as_it_is(
    desk: MakeDesk, boot: float, boot_id: str
) -> None:
    clock = OddClock()
    place = desk(BOOK, clock=clock)
    async with at(place) as hand:
        await begun(hand)
        clock.passes(120)
        await hand.press("n")
        await hand.type("leaving")
        await hand.until(lambda: hand.state.notes)
    clock.elsewhere(180, boot, boot_id)
    async with at(place) as hand:
        text = await shown(hand)
        assert re.search(r"step +05:00 / 10:00", text)
        assert re.search(r"timer +15:00 left", text)
        assert "in 3h25" in text
        clock.passes(60)
        text = await shown(hand)
        assert re.search(r"step +06:00 / 10:00", text)
        assert re.search(r"timer +14:00 left", text)
        assert jumps(place) == []


async def test_a_host_whose_clock_is_behind_never_stands_still(desk: MakeDesk) -> None:
    clock = OddClock()
    place = desk(BOOK, clock=clock)
    async with at(place) as hand:
        await begun(hand)
        clock.passes(120)
        await hand.press("n")
        await hand.type("leaving")
        await hand.until(lambda: hand.state.notes)
    clock.elsewhere(-1800, 70.0, "another host")
    async with at(place) as hand:
        text = await shown(hand)
        assert re.search(r"step +02:00 / 10:00", text), text
        clock.passes(60)
        text = await shown(hand)
        no_nonsense(text)
        assert re.search(r"step +03:00 / 10:00", text)
        assert re.search(r"timer +17:00 left", text)


async def test_a_clock_stepped_while_nobody_looked_is_told_when_the_run_goes_on(
    desk: MakeDesk,
) -> None:
    clock = OddClock()
    place = desk(BOOK, clock=clock)
    async with at(place) as hand:
        await begun(hand)
    clock.passes(300)
    clock.stepped(-HOUR)
    async with at(place) as hand:
        await hand.sees("the wall clock jumped back")
        assert re.search(r"step +05:00 / 10:00", await shown(hand))
        kinds = [type(r.entry.event).__name__ for r in place.elsewhere("bob").entries]
        assert kinds[-2:] == ["ClockJumped", "RunResumed"], "before anything is dated by it"


async def test_a_machine_that_came_up_with_a_wrong_clock_is_right_once_that_is_set(
    desk: MakeDesk,
) -> None:
    clock = OddClock()
    place = desk(BOOK, clock=clock)
    async with at(place) as hand:
        await begun(hand)
    clock.elsewhere(300 - 2 * HOUR)
    async with at(place) as hand:
        text = await shown(hand)
        assert re.search(r"step +00:00 / 10:00", text), "unknown, but never less than nothing"
        no_nonsense(text)
        clock.stepped(2 * HOUR)
        assert re.search(r"step +05:00 / 10:00", await shown(hand))
        assert jumps(place) == [2 * HOUR]


async def test_a_pause_and_a_wait_go_on_through_a_reboot(desk: MakeDesk) -> None:
    clock = OddClock()
    place = desk(WAITING, clock=clock)
    async with at(place) as hand:
        await begun(hand)
        await hand.press("1")
        await hand.until(lambda: hand.of("first").ticked)
        await hand.press("d")
        await hand.until(lambda: hand.of("first").settled)
        await hand.press("enter")
        await hand.until(lambda: hand.of("rest").started)
        clock.passes(600)
        assert "wait 20:00 left" in await shown(hand)
        clock.stepped(HOUR)
        assert "wait 20:00 left" in await shown(hand), "a length is no time of day"
    clock.elsewhere(300)
    async with at(place) as hand:
        assert "wait 15:00 left" in await shown(hand), "and no step of a clock before a reboot"
        await hand.acts("Pause")
        await hand.type("a reboot")
        await hand.until(lambda: hand.state.paused)
        clock.passes(60)
        assert "PAUSED 01:00" in await shown(hand)
    clock.elsewhere(240, 5.0, "boot-3")
    async with at(place) as hand:
        assert "PAUSED 05:00" in await shown(hand)
        clock.passes(30)
        assert "PAUSED 05:30" in await shown(hand)


async def test_a_jump_that_cannot_be_stored_is_said_once(desk: MakeDesk) -> None:
    clock = OddClock()
    place = desk(BOOK, clock=clock)
    log, away = place.folder / "log.git", place.folder / "away.git"
    async with at(place, (80, 24)) as hand:
        await begun(hand)
        log.rename(away)
        clock.stepped(HOUR)
        await shown(hand)
        await hand.sees("NOT RECORDED", "enter understood")
        await hand.press("enter")
        await hand.sees_no("NOT RECORDED")
        for _ in range(3):
            clock.passes(1)
            assert "NOT RECORDED" not in await shown(hand)
        away.rename(log)
        await hand.sees_no("The log cannot be")
        await hand.press("1")
        await hand.until(lambda: hand.of("first").ticked)
        assert jumps(place) == [HOUR]
