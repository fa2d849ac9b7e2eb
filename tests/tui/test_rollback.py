"""Ways back on the screen: planned before anybody commits, walked, ended, turned forward."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook_tui.domain.effects import commands as ecmd
from runbook_tui.domain.effects.events import RollbackBegun
from runbook_tui.domain.runbook_effects import Effect
from runbook_tui.domain.state import Status
from runbook_tui.tui.screens.rollback import Rollback

from .conftest import MakeDesk
from .desk import Hand, at
from .effect_books import back, book, effect, flipped, still

SIZES = [(80, 24), (120, 36)]


async def planned(hand: Hand) -> None:
    """Opens the plan of all of the run, and waits for the looks before it."""
    await hand.acts("Roll back all of the run")
    await hand.sees("Way back of all of the run", "b begin")
    await hand.until(lambda: still(hand), "the looks")
    await hand.sees_no("c ends it")


async def begins(hand: Hand, why: str = "it is slow") -> None:
    """Commits to the plan on the screen."""
    await hand.press("space", "space", "space")
    await hand.says("b", "Next you are asked whether it begins")
    await hand.type(why)
    await hand.sees("Roll back? · LIVE ·", "20260501-small-k3f9")
    await hand.agrees()
    run = hand.app.run_screen
    await hand.until(lambda: hand.app.screen is run and not run._acting, "the run")


async def walked(hand: Hand, step: str) -> None:
    """Does a step of the way back that is a command."""
    await hand.sees("enter start")
    await hand.press("enter")
    await hand.stands(step, Status.ACTIVE)
    await hand.sees("enter run")
    await hand.says("enter", f"Run · {step}")
    await hand.agrees()
    await hand.sees("enter done")
    await hand.press("enter")
    await hand.stands(step, Status.DONE)


@pytest.mark.parametrize("size", SIZES)
async def test_the_plan_is_shown_and_nothing_happens_before_a_yes(
    desk: MakeDesk, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with at(desk(book(tmp_path, mail=True)), size) as hand:
        await flipped(hand)
        await planned(hand)
        await hand.sees("2 steps · ", "Cannot be taken back", "✗ 3 message mail to the partner")
        await hand.sees("Latest safe rollback")
        await hand.press("space", "space", "space")
        await hand.sees("Take back webhook partner/hooks [/] [b]bold", "$ rm -f")
        await hand.sees("the program puts it back by itself")
        before = hand.state.seq
        await hand.says("b", "Next you are asked")
        await hand.type("it is slow")
        await hand.sees("Roll back? · LIVE", "1 effect cannot be taken back", "it is slow")
        await hand.press("enter")  # cancels
        await hand.until(lambda: isinstance(hand.app.screen, Rollback), "the plan")
        assert hand.state.seq == before
        await back(hand)
        assert hand.state.effects.rolling is None


async def test_it_is_walked_and_all_is_as_before(desk: MakeDesk, tmp_path: Path) -> None:
    world = tmp_path / "world"
    more = f"; echo job > {world}/etc/x"
    async with at(desk(book(tmp_path, surveyed=True, more=more))) as hand:
        await flipped(hand)
        await planned(hand)
        await begins(hand)
        begun = [
            recorded.entry.event
            for recorded in hand.app.run_screen.driving.session.entries
            if isinstance(recorded.entry.event, RollbackBegun)
        ]
        assert [event.reason for event in begun] == ["it is slow"]
        await hand.sees("ROLLING BACK", "▶ Way back 1", "· Restart it", "locked")
        await hand.sees_no("undeclared:")  # it is on its way back
        await hand.sees("takes back  3 file", "as the step left it")
        await walked(hand, "back-1-3")
        await hand.sees("takes back  2 webhook partner/hooks [/] [b]bold")
        await walked(hand, "back-1-2")
        await walked(hand, "back-1-1")
        await hand.sees("every step of the way back is settled", "enter end the rollback")
        await hand.press("enter")
        await hand.sees("Rollback 1 is over", "✓ All is as before: 4 looks compared.")
        await hand.press("enter")
        await hand.sees_no("ROLLING BACK")
        await hand.sees("enter close run", "– Restart it")
    assert (world / "flag").read_text() == "off\n"
    assert not (world / "hook").exists()
    assert not list((world / "etc").iterdir())


async def test_what_somebody_else_changed_is_left_shown_and_reported(
    desk: MakeDesk, tmp_path: Path
) -> None:
    flag = tmp_path / "world" / "flag"
    async with at(desk(book(tmp_path))) as hand:
        await flipped(hand)
        flag.write_text("theirs\n")
        await planned(hand)
        await hand.sees("Somebody else has changed it since: left as it is", "! 1 flag")
        await begins(hand)
        await walked(hand, "back-1-2")
        await hand.sees("enter start", "Take back flag")
        await hand.press("enter")
        await hand.stands("back-1-1", Status.ACTIVE)
        await hand.sees("Somebody else has changed it since", "neither as before")
        await hand.says("s", "Skip this step · back-1-1")
        await hand.type("they need it")
        await hand.sees("enter end the rollback")
        await hand.press("enter")
        await hand.sees("✗ Your rollback is imperfect here: 1 of what was compared differs")
        await hand.sees("#1 flag order-events", "Still there, or nobody knows (l shows them)")
        await hand.press("enter")
        await hand.sees("⚠ 1 left over")
    assert flag.read_text() == "theirs\n"


async def test_a_plan_that_has_changed_meanwhile_is_shown_again(
    desk: MakeDesk, tmp_path: Path
) -> None:
    place = desk(book(tmp_path))
    async with at(place) as hand:
        await flipped(hand)
        await planned(hand)
        await hand.press("space", "space")
        await hand.says("b", "Next you are asked")
        other = place.elsewhere("bob")
        other.submit(ecmd.AddEffect(Effect(kind="dns", target="db.example.org"), "flip"))
        await hand.until(lambda: 3 in hand.state.effects.ledger, "bob's word")
        await hand.type("it is slow")
        await hand.agrees()
        await hand.sees("the way back has changed meanwhile", "3 steps ·")
        assert hand.state.effects.rolling is None


async def test_one_effect_alone_is_taken_back_from_the_ledger(
    desk: MakeDesk, tmp_path: Path
) -> None:
    async with at(desk(book(tmp_path))) as hand:
        await flipped(hand)
        await hand.says("l", "Ledger ·")
        await hand.says("r", "Roll back what?", "Effect 1 alone", "All of the phase Change")
        await hand.press("enter")
        await hand.sees("Way back of effect 1, flag order-events", "1 step ·")
        await hand.until(lambda: still(hand), "the looks")
        await hand.sees_no("c ends it")
        await begins(hand)  # and the ledger is gone with the plan
        await walked(hand, "back-1-1")
        await hand.sees("enter end the rollback")
        await hand.press("enter")
        await hand.sees("Rollback 1 is over", "Nothing was compared", "○ not there")
        await hand.press("enter")
        await hand.sees("▶ Restart it", "now")
        assert [effect(hand, n).presence for n in (1, 2)] == ["not-there", "there"]


async def test_it_can_be_turned_into_going_forward_again(desk: MakeDesk, tmp_path: Path) -> None:
    async with at(desk(book(tmp_path))) as hand:
        await flipped(hand)
        await planned(hand)
        await begins(hand)
        await walked(hand, "back-1-2")
        await hand.acts("Turn forward again")
        await hand.sees("Turn forward again", "what was taken back is to be done again")
        await hand.type("the cause is found")
        await hand.until(lambda: hand.state.effects.rolling is None, "going forward")
        await hand.sees_no("ROLLING BACK")
        await hand.sees("▶ Flip the flag", "not needed")


async def test_the_deadlines_answer_leads_to_the_plan(desk: MakeDesk, tmp_path: Path) -> None:
    async with at(desk(book(tmp_path))) as hand:
        await flipped(hand)
        clock = hand.app.opening.clock
        clock.seconds = 2.6 * 3600  # type: ignore[attr-defined]
        await hand.acts("Decide to roll back")
        await hand.sees("Decide to roll back", "enter record")
        await hand.type("no time left")
        await hand.sees("Way back of all of the run")


async def test_a_step_that_is_done_by_hand_is_looked_at_before_and_after(
    desk: MakeDesk, tmp_path: Path
) -> None:
    file = tmp_path / "proxy"
    file.write_text("old\n")
    text = f"""\
format: 1
id: proxied
title: By hand
version: 1.0.0
owner: ops
phases:
  - id: all
    title: All
    steps:
      - id: edit
        kind: command
        title: Edit the proxy
        mutates: true
        run: {{shell: "echo new > {file}"}}
        effects:
          - kind: file
            target: proxy
            probe: {{argv: [cat, '{file}']}}
            compensation: {{text: Put the old line back.}}
      - {{id: quiet, kind: command, title: Restart it, mutates: true, run: {{argv: [echo, hi]}}}}
"""
    async with at(desk(text)) as hand:
        await hand.press("enter")
        await hand.stands("edit", Status.ACTIVE)
        await hand.says("enter", "Run · edit")
        await hand.agrees()
        await hand.sees("enter done")
        await planned(hand)
        await begins(hand)
        await hand.sees("takes back  1 file proxy", "enter start")
        await hand.press("enter")
        await hand.stands("back-1-1", Status.ACTIVE)
        await hand.sees("enter look")
        await hand.press("enter")
        await hand.sees("enter tick item", "back-1-1: 1 file proxy there.")
        file.write_text("old\n")
        await hand.press("enter")
        await hand.until(lambda: hand.of("back-1-1").ticked)
        await hand.sees("enter look")
        await hand.press("enter")
        await hand.sees("○ not there", "enter done", "as it was before")
