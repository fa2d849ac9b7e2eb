"""The clocks on the run screen: told ahead, rung once, answered with a reason, at both sizes."""

from __future__ import annotations

import pytest

from runbook_tui.domain import commands as cmd
from runbook_tui.domain import events as ev
from runbook_tui.domain.figures import Figures
from runbook_tui.domain.rules import Refusal

from .conftest import MakeDesk
from .desk import HandClock, at
from .test_snapshots import same

SIZES = [(80, 24), (120, 36)]
BOOK = """\
format: 1
id: timed
title: Timed
version: 1.0.0
owner: ops
window: {start: "19:00Z", end: "21:00Z", reserve: 10m}
buffer: {duration: 30m}
phases:
  - id: all
    title: All
    steps:
      - id: first
        kind: checklist
        title: The first
        items: [one]
        estimate: 10m
        mutates: true
        compensation: {text: put it back, estimate: 5m}
      - {id: second, kind: checklist, title: The second, items: [one], estimate: 10m, timer: 20m}
      - {id: third, kind: checklist, title: The third, items: [one], estimate: 10m}
"""


async def begun(hand, clock: HandClock) -> None:  # type: ignore[no-untyped-def]
    """The first step is done in ten minutes, the second is under way."""
    await hand.press("enter")
    await hand.until(lambda: hand.of("first").started)
    clock.seconds += 600
    await hand.press("1")
    await hand.until(lambda: hand.of("first").ticked)
    await hand.press("d")
    await hand.until(lambda: hand.of("first").settled)
    await hand.press("enter")
    await hand.until(lambda: hand.of("second").started)


@pytest.mark.parametrize("size", SIZES)
async def test_a_deadline_is_told_ahead_asked_about_and_answered(
    desk: MakeDesk, size: tuple[int, int]
) -> None:
    clock = HandClock()
    place = desk(BOOK, clock=clock)
    async with at(place, size) as hand:
        await begun(hand, clock)
        if size[0] >= 100:
            await hand.sees("decide  by ", "buffer  30m of 30m", "green", "ends 21:00Z")
            await hand.sees("30m →", "buffer →end ≤safe rollback")
        clock.seconds += 1400
        await hand.sees("decide by ")
        clock.seconds += 2400
        await hand.sees("The latest safe rollback has passed", "t decides")
        await hand.says("t", "The latest safe rollback has passed", "of the chain done")
        await hand.sees("Go on past the latest safe rollback", "Extend the window")
        await hand.press("enter")
        await hand.sees("enter record")
        await hand.type("five minutes of work are left")
        await hand.until(lambda: hand.state.answered.get("rollback") == "go-on")
        await hand.sees_no("t decides")
        entry = place.elsewhere("bob").entries[-1].entry
        assert isinstance(entry.event, ev.DeadlineAnswered)
        assert isinstance(entry.figures, Figures)
        assert entry.figures.decide_by is not None
        assert entry.figures.decide_by < entry.at.utc


@pytest.mark.parametrize("size", SIZES)
async def test_more_time_has_a_length_and_a_reason_and_the_buffer_pays(
    desk: MakeDesk, size: tuple[int, int]
) -> None:
    clock = HandClock()
    async with at(desk(BOOK, clock=clock), size) as hand:
        await begun(hand, clock)
        before = hand.app.run_screen.driving.session.reading()
        assert before is not None
        await hand.says("t", "Time", "Give it more time")
        await hand.press("enter")
        await hand.sees("enter record", "10m and why")
        await hand.type("soon")
        await hand.sees("say how long")
        await hand.type("15m the copy is slow")
        await hand.until(lambda: hand.of("second").extended == 900)
        after = hand.app.run_screen.driving.session.reading()
        assert after is not None
        assert after.buffer_left < before.buffer_left
        assert after.point.drift > before.point.drift + 600


async def test_the_chart_turns_from_green_over_yellow_to_red_as_a_step_overruns(
    desk: MakeDesk,
) -> None:
    clock = HandClock()
    async with at(desk(BOOK, clock=clock)) as hand:
        await begun(hand, clock)
        await hand.sees("green")
        for zone in ("yellow", "red"):
            for _ in range(40):
                if zone in hand.text:
                    break
                clock.seconds += 120
                hand.app.run_screen.show_clocks()
                await hand.pilot.pause()
            await hand.sees(zone)
        await hand.sees("late")


async def test_decisions_of_another_terminal_carry_the_same_figures(desk: MakeDesk) -> None:
    clock = HandClock()
    place = desk(BOOK, clock=clock)
    async with at(place) as hand:
        await begun(hand, clock)
        session = place.elsewhere("bob")
        assert not isinstance(session.submit(cmd.AddNote("hello")), Refusal)
        theirs = session.entries[-1].entry.figures
        await hand.press("n")
        await hand.sees("Leave a note")
        await hand.type("hello too")
        await hand.until(lambda: hand.state.notes == 2)
        ours = hand.app.run_screen.driving.session.entries[-1].entry.figures
        assert ours == theirs


@pytest.mark.parametrize("size", SIZES)
async def test_green_yellow_and_red_look_as_they_did(desk: MakeDesk, size: tuple[int, int]) -> None:
    clock = HandClock()
    async with at(desk(BOOK, clock=clock), size) as hand:
        await begun(hand, clock)
        for zone, later in (("green", 0), ("yellow", 1400), ("red", 600)):
            clock.seconds += later
            hand.app.run_screen.show_clocks()
            hand.app.run_screen._hush()  # what was rung goes away by itself, some time
            reading = hand.app.run_screen.driving.session.reading()
            assert reading is not None
            assert reading.fever.zone == zone
            await same(hand, f"clocks-{zone}-{size[0]}x{size[1]}")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("act", "told"),
    [("Pause the run", "window runs"), ("Pause the run and the window", "window stands")],
)
async def test_a_pause_says_whether_the_window_runs_on(
    desk: MakeDesk, size: tuple[int, int], act: str, told: str
) -> None:
    clock = HandClock()
    async with at(desk(BOOK, clock=clock), size) as hand:
        await begun(hand, clock)
        reading = hand.app.run_screen.driving.session.reading
        before = reading()
        await hand.acts(act)
        await hand.sees("enter record")
        await hand.type("the customer asked to wait")
        await hand.sees("PAUSED", told)
        clock.seconds += 600
        await hand.sees("PAUSED 10:00")
        after = reading()
        assert before is not None
        assert after is not None
        assert before.window_ends is not None
        assert after.window_ends is not None
        moved = (after.window_ends - before.window_ends).total_seconds()
        assert moved == (600 if told == "window stands" else 0)
