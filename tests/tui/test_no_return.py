"""A point of no return on the screen: shown as such, asked about once, Cancel by default."""

from __future__ import annotations

import pytest

from runbook_tui.domain import events as ev

from .conftest import MakeDesk
from .desk import Desk, Hand, at

SIZES = [(80, 24), (120, 36)]
BOOK = """\
format: 1
id: cutover
title: Cut over
version: 1.0.0
owner: ops
window: {start: "19:00Z", end: "23:00Z", reserve: 10m}
buffer: {duration: 30m}
phases:
  - id: all
    title: All
    steps:
      - id: first
        kind: checklist
        title: The first
        estimate: 10m
        mutates: true
        compensation: {text: put it back from the copy, estimate: 5m}
      - {id: go, kind: gate, title: Go, criteria: [it works], estimate: 1m}
      - id: cut
        kind: KIND
        title: Remove the old one
        estimate: 10m
        point-of-no-return: true
      - {id: last, kind: checklist, title: The last, estimate: 5m}
"""
KINDS = {
    "checklist": BOOK.replace("KIND", "checklist\n        items: [one, two]"),
    "observe": BOOK.replace("KIND", "checklist\n        observe: {label: seen}"),
    "plain": BOOK.replace("KIND", "checklist"),
    "command": BOOK.replace("KIND", "command\n        run: {argv: [echo, removed]}"),
}


async def before_it(hand: Hand) -> None:
    """Everything before the point of no return is done."""
    await hand.press("enter")
    await hand.until(lambda: hand.of("first").started)
    await hand.press("d")
    await hand.until(lambda: hand.of("first").settled)
    await hand.press("enter")
    await hand.until(lambda: hand.of("go").started)
    await hand.press("1")
    await hand.until(lambda: hand.of("go").ticked)
    await hand.says("enter", "▸ Look again")
    await hand.press("g")
    await hand.sees("enter record")
    await hand.press("enter")
    await hand.until(lambda: hand.of("go").settled)
    await hand.sees("POINT OF NO RETURN: once it has begun")


def starts(place: Desk) -> list[ev.StepStarted]:
    events = [recorded.entry.event for recorded in place.elsewhere("bob").entries]
    return [e for e in events if isinstance(e, ev.StepStarted) and e.step == "cut"]


@pytest.mark.parametrize("size", SIZES)
async def test_it_is_shown_asked_about_once_and_shown_as_passed(
    desk: MakeDesk, size: tuple[int, int]
) -> None:
    place = desk(KINDS["checklist"])
    async with at(place, size) as hand:
        await before_it(hand)
        if size[0] >= 100:
            await hand.sees("no return now", "ahead   no way back")
        await hand.says(
            "enter", "POINT OF NO RETURN · cut · LIVE", "Past this there is no way back"
        )
        await hand.sees("first: put it back from the copy", "safe until", "enter, n or esc cancel")
        await hand.press("enter")
        await hand.sees_no("Past this there is no way back")
        assert hand.of("cut").started is None
        await hand.says("enter", "Past this there is no way back")
        await hand.agrees()
        await hand.until(lambda: hand.of("cut").started)
        await hand.sees("Passed: nothing before this point of no return is")
        if size[0] >= 100:
            await hand.sees("past return now", "no way  back any more")
            await hand.sees("alice passes the point of no return cu")
        await hand.press("1")
        await hand.until(lambda: hand.of("cut").ticked, "nothing more to be asked")
    (started,) = starts(place)
    assert started.past_return
    assert started.gives_up == ("first",)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("checklist", "1"),
        ("checklist", "space"),
        ("plain", "d"),
        ("command", "r"),
        ("observe", "o"),
    ],
)
async def test_no_key_begins_it_unasked(desk: MakeDesk, kind: str, key: str) -> None:
    place = desk(KINDS[kind])
    async with at(place) as hand:
        await before_it(hand)
        await hand.says(key, "POINT OF NO RETURN · cut")
        await hand.press("escape")
        await hand.sees_no("POINT OF NO RETURN · cut")
        assert hand.of("cut").started is None
        await hand.says(key, "POINT OF NO RETURN · cut")
        await hand.agrees()
        await hand.until(lambda: hand.of("cut").started)
        if kind == "command":
            await hand.sees("Run · cut")
            await hand.agrees()
            await hand.until(lambda: hand.of("cut").run)
        elif kind == "observe":
            await hand.sees("Observe · cut")
        elif kind == "plain":
            await hand.until(lambda: hand.of("cut").settled)
        else:
            await hand.until(lambda: hand.of("cut").ticked)
    assert len(starts(place)) == 1


async def test_left_out_and_reopened_it_is_asked_about(desk: MakeDesk) -> None:
    place = desk(KINDS["plain"])
    async with at(place) as hand:
        await before_it(hand)
        await hand.press("s")
        await hand.sees("Skip this step")
        await hand.type("not today")
        await hand.until(lambda: hand.of("cut").settled)
        await hand.press("k")
        await hand.sees("Remove the old one")
        await hand.acts("Reopen")
        await hand.sees("POINT OF NO RETURN · cut")
        await hand.agrees()
        await hand.sees("Reopen · cut")
        await hand.type("today after all")
        await hand.until(lambda: hand.of("cut").settled is None)
        await hand.sees("past return")
