"""The ledger on the screen: what is there, looked at again, answered for, taken down by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.effects.residue import unanswered
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.state import RunStatus, Status
from runbook_tui.opening import Settings
from runbook_tui.tui.screens.add_effect import AddEffect
from runbook_tui.tui.screens.ledger import Ledger
from runbook_tui.tui.screens.run import RunScreen

from .conftest import MakeDesk
from .desk import Hand, at
from .effect_books import back, book, effect, flipped, still

SIZES = [(80, 24), (120, 36)]


async def opened(hand: Hand) -> None:
    await flipped(hand)
    await hand.says("l", "Ledger · 2 of 2 there")


async def chooses(hand: Hand, title: str, *steps: str) -> None:
    """Moves in a list that has opened, and takes what it comes to."""
    await hand.sees(title, "enter choose")
    await hand.press(*steps)
    await hand.press("enter")


@pytest.mark.parametrize("size", SIZES)
async def test_an_effect_is_shown_with_what_was_seen_of_it(
    desk: MakeDesk, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with at(desk(book(tmp_path)), size) as hand:
        await opened(hand)
        await hand.sees("● 1 flag order-events", "there", "change     off → on", "before", "after")
        await hand.sees("step       flip")
        await hand.press("space")  # however long the path of the thing is
        await hand.sees("as the step left it")
        await hand.press("j")
        await hand.sees("webhook partner/hooks [/] [b]bold", "effect 2")
        await hand.press("space")
        await hand.sees("no snapshot covers it", "Unregister it at the partner.", "$ rm -f")
        await hand.press("l")
        await hand.until(lambda: isinstance(hand.app.screen, RunScreen), "the run")


async def test_looking_again_sees_what_has_changed(desk: MakeDesk, tmp_path: Path) -> None:
    async with at(desk(book(tmp_path))) as hand:
        await opened(hand)
        (tmp_path / "world" / "flag").write_text("off\n")
        (tmp_path / "world" / "flag").chmod(0o644)
        await hand.press("enter")
        await hand.until(lambda: effect(hand, 1).presence == "not-there", "the look")
        await hand.sees("○ 1 flag order-events", "as it was before", "1 of 2 there")
        (tmp_path / "world" / "flag").write_text("somebody else's\n")
        (tmp_path / "world" / "hook").unlink()
        await hand.press("L")
        await hand.until(lambda: effect(hand, 2).presence == "not-there", "the looks")
        await hand.sees("! changed since", "somebody else has changed it since")


async def test_looks_show_how_far_they_are_and_can_be_ended(desk: MakeDesk, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    slow = f"while test -e {gate}; do sleep 0.05; done; "
    async with at(desk(book(tmp_path, wait=slow))) as hand:
        await opened(hand)
        gate.touch()
        before = hand.state.seq
        await hand.press("L")
        await hand.sees("◐ looking 1 of 2", "c ends it")
        await hand.press("c")
        await hand.until(lambda: still(hand), "the end of the looks")
        await hand.sees("The looks were cancelled")
        await hand.sees_no("c ends it")
        assert effect(hand, 2).last is not None
        assert hand.state.seq == before + 1  # what was seen until then
        gate.unlink()


async def test_one_is_added_by_hand_in_two_keys(desk: MakeDesk, tmp_path: Path) -> None:
    async with at(desk(book(tmp_path)), (80, 24)) as hand:
        await hand.sees("enter start")
        await hand.says("l", "Ledger ·")
        await hand.press("a")
        await hand.sees("A side effect that nobody declared · look", "kinds: file")
        screen = hand.app.screen
        assert isinstance(screen, AddEffect)
        await hand.press("ctrl+s")
        await hand.sees("Which kind?")
        screen.query_one("#f-kind", Input).value = "cre"
        await hand.press("ctrl+s")
        await hand.sees("What was changed, and where?")
        screen.query_one("#f-target", Input).value = "key of [red]the partner"
        screen.query_one("#f-change", Input).value = "old -> new"
        screen.query_one("#f-owner", Input).value = "bob"
        screen.query_one("#f-back", Input).value = "revoke it"
        await hand.press("ctrl+s")
        await hand.sees("● 1 + credential key of [red]the partner", "⚠ left over", "old → new")
        added = effect(hand, 1)
        assert added.effect.compensation is not None
        assert (added.source, added.step, added.effect.owner) == ("by-hand", "look", "bob")
        assert (added.effect.before, added.effect.reversibility) == ("old", "compensable")


async def test_what_nothing_takes_back_is_said_by_a_word(desk: MakeDesk, tmp_path: Path) -> None:
    async with at(desk(book(tmp_path))) as hand:
        await hand.sees("enter start")
        await hand.says("l", "Ledger ·")
        await hand.press("a")
        await hand.sees("kinds: file")
        for name, words in (("kind", "message"), ("target", "a mail"), ("back", "never")):
            hand.app.screen.query_one(f"#f-{name}", Input).value = words
        await hand.press("ctrl+s")
        await hand.sees("message a mail", "cannot be taken back")
        assert effect(hand, 1).effect.reversibility == "irreversible"


async def test_undeclared_ones_are_told_on_the_run_screen_and_answered_in_the_ledger(
    desk: MakeDesk, tmp_path: Path
) -> None:
    more = f"; echo job > {tmp_path}/world/etc/x"
    async with at(desk(book(tmp_path, surveyed=True, more=more))) as hand:
        await flipped(hand)
        await hand.sees("⚠ undeclared: file", "l shows it", "⚠ 1 left over")
        await hand.says("l", "⚠ 1 left over")
        await hand.press("j", "j")
        await hand.sees("+ nobody declared it: found round the step", "absent →")
        await hand.press("o")
        await chooses(hand, "Effect 3 ·")  # enter twice in a row decides nothing
        await hand.until(lambda: isinstance(hand.app.screen, Ledger), "the ledger")
        assert effect(hand, 3).answer is None
        await hand.press("o")
        await chooses(hand, "Effect 3 ·", "j", "j", "j")
        await hand.sees("can be looked at, and is there")
        await hand.press("k", "k")
        await hand.press("enter")
        await hand.sees("Who sees to it")
        await hand.type("bob")
        await hand.sees("Until when?")
        await hand.type("2026-04-01")
        await hand.sees("that date is past")
        await hand.type("2026-05-08")
        await hand.sees("Why may it stay?")
        await hand.type("they asked for it")
        await hand.sees("☑ accepted", "bob owns it until 2026-05-08", "they asked for it")
        assert not unanswered(hand.state)
        await back(hand)
        await hand.sees_no("undeclared:")


async def test_a_run_with_something_left_over_leads_to_the_ledger_before_it_is_closed(
    desk: MakeDesk, tmp_path: Path
) -> None:
    async with at(desk(book(tmp_path))) as hand:
        await flipped(hand)
        await hand.says("l", "Ledger ·")
        await hand.press("a")
        await hand.sees("kinds: file")
        for name, words in (("kind", "dns"), ("target", "db.example.org")):
            hand.app.screen.query_one(f"#f-{name}", Input).value = words
        await hand.press("ctrl+s")
        await hand.sees("+ dns db.example.org")
        await back(hand)
        await hand.says("s", "Skip this step · quiet")
        await hand.type("not needed")
        await hand.sees("every step is settled", "enter close run")
        await hand.press("enter")
        await chooses(hand, "Nobody answers for 1 left over", "j")
        await hand.sees("Ledger ·", "effect 3")
        await hand.press("o")
        await chooses(hand, "Effect 3 ·", "j", "j")
        await hand.sees("OPS-1234")
        await hand.type("OPS-77")
        await hand.sees("What is to be done with it?")
        await hand.type("remove it next week")
        await hand.sees("☑ has a ticket", "OPS-77")
        await back(hand)
        await hand.says("enter", "Close the run?")
        await hand.agrees()
        await hand.sees("enter record")
        await hand.type("well")
        await hand.until(lambda: hand.state.status is RunStatus.CLOSED)
        await hand.says("l", "CLOSED  Ledger ·")
        await hand.says("r", "The run is over")


async def test_a_persons_word_counts_where_nothing_can_look(desk: MakeDesk, tmp_path: Path) -> None:
    async with at(desk(book(tmp_path, mail=True))) as hand:
        await flipped(hand)
        await hand.says("l", "~ 3 message mail to the partner", "nobody looks")
        await hand.press("j", "j")
        await hand.says("enter", "Nothing can look at it")
        await hand.press("s")
        await chooses(hand, "Effect 3 ·", "j", "j")
        await hand.sees("How do you know?")
        await hand.type("the queue was empty")
        await hand.sees("○ 3 message", "not there, says alice")
        await hand.says("o", "is not there")


def by_hand(file: Path) -> str:
    """A runbook with a step that is done by hand, and that a command looks at."""
    file.write_text("old\n")
    return f"""\
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
        kind: checklist
        title: Edit the proxy
        mutates: true
        items: [edit it]
        effects:
          - {{kind: file, target: proxy, probe: {{argv: [cat, '{file}']}}}}
"""


async def test_what_is_done_by_hand_is_looked_at_by_itself(desk: MakeDesk, tmp_path: Path) -> None:
    file = tmp_path / "proxy"
    async with at(desk(by_hand(file))) as hand:
        await hand.press("enter")
        await hand.until(lambda: 1 in hand.state.effects.ledger, "the ledger")
        await hand.until(lambda: effect(hand, 1).before is not None, "how it was before")
        file.write_text("new\n")
        await hand.press("1")
        await hand.until(lambda: hand.of("edit").ticked)
        await hand.press("d")
        await hand.stands("edit", Status.DONE)
        await hand.until(lambda: effect(hand, 1).after is not None, "how it is after")
        await hand.until(lambda: still(hand), "the end of the looks")
        assert effect(hand, 1).presence == "there"
        assert looks(hand) == 2


def looks(hand: Hand) -> int:
    """How many looks the log has."""
    entries = hand.app.run_screen.driving.session.entries
    return sum(type(recorded.entry.event).__name__ == "EffectSeen" for recorded in entries)


async def test_a_look_that_is_due_is_had_when_the_run_is_opened(
    desk: MakeDesk, tmp_path: Path
) -> None:
    file = tmp_path / "proxy"
    place = desk(by_hand(file))
    async with at(place) as hand:
        await hand.sees("enter start")
    bob = place.elsewhere("bob")
    (item,) = bob.state.plan.by_id["edit"].checklist
    commands = (cmd.StartStep("edit"), cmd.Tick("edit", item.key), cmd.FinishStep("edit"))
    for command in commands:
        answer = bob.submit(command)
        assert not isinstance(answer, Refusal), answer
    assert bob.state.effects.ledger[1].last is None
    async with at(place) as hand:
        await hand.until(lambda: effect(hand, 1).last is not None, "the look")
        await hand.until(lambda: still(hand), "the end of the looks")
        assert looks(hand) == 1
        assert effect(hand, 1).presence == "there"  # its probe says so; nobody looked before


async def test_the_ledgers_key_can_be_changed_and_it_is_in_the_palette(
    desk: MakeDesk, tmp_path: Path
) -> None:
    settings = Settings(poll_seconds=0.05, keys={"ledger": "f9"})
    async with at(desk(book(tmp_path), settings=settings)) as hand:
        await hand.says("f9", "Ledger · empty")
        await hand.press("a")
        await hand.sees("kinds: file")
        for name, text in (("kind", "dns"), ("target", "db.example.org")):
            hand.app.screen.query_one(f"#f-{name}", Input).value = text
        await hand.press("ctrl+s")
        await hand.sees("+ dns db.example.org")
        await back(hand)
        await hand.sees("f9 ledger")
        await hand.says("f9", "Ledger ·")
        await hand.press("ctrl+p")
        await hand.sees("Look at all", "Add one by hand")
