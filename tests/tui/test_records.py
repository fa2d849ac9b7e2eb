"""Decision records on the screen: made, added to, looked at again; what is due is told."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from textual.widgets import Input

from runbook_tui.domain.records.state import Record
from runbook_tui.tui.screens.records import Records
from runbook_tui.tui.screens.run import RunScreen
from runbook_tui.tui.screens.write_record import WriteRecord

from .conftest import MakeDesk
from .desk import Hand, HandClock, at
from .test_snapshots import same

SIZES = [(80, 24), (120, 36)]
BOOK = """\
format: 1
id: decided
title: Which way
version: 1.0.0
owner: ops
window: {start: "18:00Z", end: "22:00Z"}
buffer: {duration: 30m}
phases:
  - id: one
    title: One
    steps:
      - id: way
        kind: decision
        title: Which way
        question: "Keep it, or [/] undo it?"
        estimate: 5m
        options:
          - {id: keep, title: Keep it, consequence: it stays}
          - {id: undo, title: Undo it}
      - id: change
        kind: command
        title: Change it
        mutates: true
        estimate: 5m
        run: {argv: ["true"]}
        verify: {argv: ["true"]}
        compensation: {text: change it back, estimate: 2m}
"""
SAID = {
    "question": "Does the [b]backoff stay?",
    "option-0": "keep: Keep it: the tail stays slow",
    "option-1": "tune: Tune it (costs two days)",
    "chosen": "tune",
    "reason": "p99 is up",
    "dissent": "bob: revert it ; carol: wait",
    "reversibility": "until 2026-06-01",
    "revisit": "14d",
}


def record(hand: Hand, number: int = 1) -> Record:
    return hand.state.records.by_number[number]


async def opened(hand: Hand) -> None:
    await hand.sees("Which way")
    await hand.says("D", "Decision records ·")


async def fills(hand: Hand, **said: str) -> None:
    """Fills in the form in front, and records."""
    await hand.until(lambda: isinstance(hand.app.screen, WriteRecord), "the form")
    await hand.ready()
    for name, text in said.items():
        hand.app.screen.query_one(f"#f-{name}", Input).value = text
    await hand.press("ctrl+s")


async def made(hand: Hand, **said: str) -> None:
    await hand.press("a")
    await fills(hand, **{**SAID, **said})
    await hand.until(lambda: isinstance(hand.app.screen, Records), "the list")


@pytest.mark.parametrize("size", SIZES)
async def test_a_record_is_made_and_shown_whole(
    desk: MakeDesk, tmp_path: Path, size: tuple[int, int]
) -> None:
    (tmp_path / "p99.txt").write_text("p99 113 ms\n")
    async with at(desk(BOOK), size) as hand:
        await opened(hand)
        await hand.sees("Nothing was decided yet")
        await made(hand, evidence=f"p99={tmp_path / 'p99.txt'}")
        await hand.sees("record 1", "Does the [b]backoff stay?", "● tune: Tune it; costs: two days")
        await hand.sees("○ keep: Keep it → the tail stays slow", "because", "p99 is up")
        await same(hand, f"records-{size[0]}x{size[1]}")
        await hand.press("space")
        await hand.sees("bob: revert it", "can be taken back until 2026-06-01", "clocks then")
        await hand.sees("buffer 30:00 left", "sha256")
        (proof,) = record(hand).proofs
        stored = hand.app.run_screen.driving.session.log.file(proof.path)
        assert proof.sha256 == hashlib.sha256(stored).hexdigest()
        assert [d.who for d in record(hand).dissent] == ["bob", "carol"]
        await hand.press("D")
        await hand.until(lambda: isinstance(hand.app.screen, RunScreen), "the run")


async def test_what_will_not_do_is_said_and_what_was_typed_stays(desk: MakeDesk) -> None:
    async with at(desk(BOOK), (80, 24)) as hand:
        await opened(hand)
        await hand.press("a")
        await fills(hand, **{**SAID, "revisit": "soon"})
        await hand.sees("when? 14d from now", "Does the [b]backoff stay?")
        await fills(hand, revisit="14d", chosen="wait")
        await hand.sees("which option was chosen? one of keep, tune")
        await fills(hand, chosen="tune", evidence="evidence/nowhere.txt")
        await hand.sees("the log has no file")
        assert hand.state.records.by_number == {}
        await fills(hand, evidence="")
        await hand.until(lambda: hand.state.records.by_number, "the record")


@pytest.mark.parametrize("size", SIZES)
async def test_a_decision_step_is_prefilled_and_chosen_in(
    desk: MakeDesk, size: tuple[int, int]
) -> None:
    async with at(desk(BOOK), size) as hand:
        await opened(hand)
        await hand.press("s")
        await hand.sees("Decision · way", "Keep it, or [/] undo it?", "keep: Keep it → it stays")
        await fills(hand, chosen="keep", reason="it works", revisit="7d")
        await hand.until(lambda: hand.of("way").choice == "keep", "the choice")
        await hand.sees("○ 1 keep", "record 1", "chosen in way")
        await hand.press("s")
        await hand.sees("● keep: Keep it")
        assert not hand.app.screen.query("#f-chosen")
        await fills(hand, dissent="bob: no")
        await hand.until(lambda: record(hand).dissent, "the dissent")
        assert record(hand).reason == "it works"


async def test_what_is_due_is_told_and_looked_at_again(desk: MakeDesk) -> None:
    place = desk(BOOK)
    assert isinstance(place.clock, HandClock)
    async with at(place) as hand:
        await opened(hand)
        await made(hand, revisit="1h")
        place.clock.seconds += 3601
        await hand.sees("! 1 due", "due for revisiting")
        await hand.press("escape")
        await hand.sees("! D: record 1 is due for revisiting since")
        await hand.says("D", "Decision records ·")
        await hand.press("enter")
        await hand.sees("Nobody can say yet")
        await hand.press("j", "j", "j", "enter")
        await hand.sees("When is it looked at again?")
        await hand.type("14d")
        await hand.sees("How do you know?")
        await hand.type("the partner is silent")
        await hand.until(lambda: record(hand).revisits, "the revisit")
        await hand.sees("moved on", "the partner is silent")
        await hand.sees_no("1 due")


async def test_another_decision_takes_its_place(desk: MakeDesk) -> None:
    async with at(desk(BOOK)) as hand:
        await opened(hand)
        await made(hand)
        await hand.press("enter")
        await hand.sees("Decide anew")
        await hand.press("j", "j", "j", "j", "enter")
        await hand.sees("A decision in place of record 1")
        form = hand.app.screen
        await hand.until(lambda: isinstance(form, WriteRecord) and form._ready, "the form")
        assert form.query_one("#f-option-1", Input).value == "tune: Tune it (costs two days)"
        await fills(hand, chosen="keep", reason="the load fell", revisit="never: it is over")
        await hand.sees("record 2", "replaces", "now 2")
        await hand.press("j")
        await hand.sees("replaced by record 2", "revisited")
        await hand.says("enter", "Record 2 stands in its place.")


async def test_the_palette_has_its_actions_and_help_tells_of_it(desk: MakeDesk) -> None:
    async with at(desk(BOOK)) as hand:
        await opened(hand)
        await hand.says("enter", "There is no record yet: a makes one.")
        await hand.says("question_mark", "Adds to what a decision step chose")
        await hand.press("escape")
        await hand.sees("Nothing was decided yet")
        await hand.press("ctrl+p")
        await hand.sees("Write down a decision")
