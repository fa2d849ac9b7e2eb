"""What the screen says of a step's time: from what it is known, and what is odd about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from runbook_tui.domain.plan import Plan
from runbook_tui.domain.schedule.earlier import Timing, meaning_of
from runbook_tui.formats.load import load_files

from .conftest import MakeDesk
from .desk import HandClock, at

SIZES = [(80, 24), (120, 36)]
BOOK = """\
format: 1
id: timed
title: Timed
version: 1.0.0
owner: ops
phases:
  - id: all
    title: All
    steps:
      - {id: first, kind: checklist, title: The first, items: [one], estimate: 10m}
      - {id: second, kind: checklist, title: The second, items: [one], estimate: 10m}
      - {id: third, kind: checklist, title: The third, items: [one], estimate: 10m}
      - {id: fourth, kind: checklist, title: The fourth, items: [one], estimate: 10m}
"""


def rehearsals() -> tuple[Timing, ...]:
    """Three of them: the first step as it stands, the second as it was, the rest never."""
    loaded = load_files("runbook.yaml", {"runbook.yaml": BOOK.encode()})
    first = Plan(loaded.runbook, loaded.digest).by_id["first"]
    began = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)
    same = [
        Timing(
            "first", 60.0 * minutes, meaning_of(first), f"r{minutes}", "rehearsal", began, "150/s"
        )
        for minutes in (18, 20, 22)
    ]
    other = Timing("second", 600.0, "0123456789abcdef", "r18", "rehearsal", began, "150/s")
    return (*same, other)


@pytest.mark.parametrize("size", SIZES)
async def test_a_live_run_tells_of_its_rehearsals(desk: MakeDesk, size: tuple[int, int]) -> None:
    async with at(desk(BOOK, timings=rehearsals()), size) as hand:
        await hand.sees("expected 20:00", "from 3 rehearsals")
        await hand.sees("rehearsed 3 times, last 2026-04-20, under 150/s")
        await hand.sees("1 of 4 steps as they stand now", "since: second", "third, fourth")
        if size[0] >= 100:
            await hand.press("j")
            await hand.sees("2/4 second", "not rehearsed: changed since 2026-04-20")
            await hand.press("j")
            await hand.sees("3/4 third", "not rehearsed")


async def test_a_rehearsal_and_a_live_run_of_nothing_rehearsed_do_not_nag(desk: MakeDesk) -> None:
    live = tuple(replace(timing, mode="live") for timing in rehearsals())
    async with at(desk(BOOK, timings=live)) as hand:
        await hand.sees("from 3 earlier runs", "none of the steps")


async def test_a_rehearsal_has_the_lengths_of_those_before_it(desk: MakeDesk) -> None:
    async with at(desk(BOOK, timings=rehearsals(), mode="rehearsal")) as hand:
        await hand.sees("from 3 rehearsals")
        await hand.sees_no("as they stand now")


async def test_what_took_too_long_and_what_was_too_quick_is_flagged(desk: MakeDesk) -> None:
    clock = HandClock()

    async def do(name: str, minutes: float) -> None:
        await hand.press("enter")
        await hand.until(lambda: hand.of(name).started)
        clock.seconds += 60 * minutes
        await hand.press("1")
        await hand.until(lambda: hand.of(name).ticked)
        await hand.press("d")
        await hand.until(lambda: hand.of(name).settled)

    async with at(desk(BOOK, clock=clock)) as hand:
        await do("first", 12)
        await do("second", 25)
        await do("third", 1)
        first = next(line for line in hand.text.splitlines() if "✓ The first" in line)
        assert "+" not in first, "beyond the likely length, within the worst"
        await hand.sees("+15m done", "fast? done")
        await hand.press("home", "j", "j")
        await hand.sees("took 01:00", "done before, or not done?")
        await hand.press("k")
        await hand.sees("over by 15:00")
