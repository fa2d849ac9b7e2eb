"""A timer on a step of any kind: it shows, runs out with an alarm, and more of it has a price."""

from __future__ import annotations

import re

import pytest

from .conftest import MakeDesk
from .desk import HandClock, at

SIZES = [(80, 24), (120, 36)]
KINDS = {
    "gate": "criteria: [all is well]",
    "message": "audience: customers, draft: we begin",
    "decision": "question: Which way, options: [{id: a, title: One}, {id: b, title: Other}]",
}
BOOK = """\
format: 1
id: timed
title: Timed
version: 1.0.0
owner: ops
window: {{start: "19:00Z", end: "23:00Z", reserve: 10m}}
buffer: {{duration: 30m}}
messages: {{first: 9h}}
phases:
  - id: all
    title: All
    steps:
      - {{id: it, kind: {kind}, title: It, {own}, estimate: 10m, timer: 12m}}
      - {{id: then, kind: checklist, title: Then, items: [one], estimate: 5m}}
"""


def left_of_buffer(text: str) -> int:
    found = re.search(r"buffer +(\d+)m of 30m", text)
    assert found is not None, text
    return int(found[1])


@pytest.mark.parametrize("size", SIZES, ids=["narrow", "wide"])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_timer_shows_runs_out_and_is_extended_from_the_buffer(
    desk: MakeDesk, kind: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandClock()
    place = desk(BOOK.format(kind=kind, own=KINDS[kind]), clock=clock)
    async with at(place, size) as hand:
        rung: list[bool] = []
        monkeypatch.setattr(hand.app, "bell", lambda: rung.append(True))
        await hand.press("enter")
        await hand.until(lambda: hand.of("it").started)
        for _ in range(3):  # a decision or a gate may have asked at once
            await hand.press("escape")
        await hand.sees("timer 12m")
        clock.seconds += 11 * 60 + 20
        await hand.sees("timer of it: 00:")
        await hand.until(lambda: rung, "the bell")
        rung.clear()
        clock.seconds += 100
        await hand.sees("timer of it over by 01:")
        await hand.until(lambda: rung, "the bell")

        await hand.says("t", "Time", "timer over by 01:", "Give it more time")
        before = left_of_buffer(hand.text)
        await hand.press("enter")
        await hand.sees("enter record")
        await hand.type("15m they are still talking")
        await hand.until(lambda: hand.of("it").extended == 900)
        await hand.sees("extended by 15:00")
        await hand.sees_no("timer of it over")
        await hand.says("t", "timer 14:00 left")
        assert left_of_buffer(hand.text) <= before - 5
        await hand.press("escape")
        if size[0] >= 100:
            await hand.sees("timer   14:00 left")
