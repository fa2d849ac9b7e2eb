"""The text of a step: what comes next is in sight, and nothing that is not is acted on."""

from __future__ import annotations

import json

import pytest

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.state import Status
from runbook_tui.tui.widgets.detail import Detail

from .conftest import MakeDesk
from .desk import Hand, at
from .runbooks import check, command, steps

SIZES = [(80, 24), (120, 36)]
ITEMS = 9


def long_step(extra: str = "") -> str:
    """A READ-DO step whose items stand below the fold of any of the sizes."""
    items = json.dumps([f"item number {n} of it" for n in range(1, ITEMS + 1)])
    words = json.dumps("\n\n".join(f"Paragraph {n}." for n in range(20)))
    return (
        f"{{id: a, kind: checklist, title: A, instruction: {words}, items: {items},"
        f" observe: {{label: What the board says, type: string}}{extra}}}"
    )


def seen(hand: Hand, *texts: str) -> bool:
    return all(text in hand.text for text in texts)


@pytest.mark.parametrize("size", SIZES)
async def test_the_item_that_enter_ticks_is_marked_and_in_sight_at_each_press(
    desk: MakeDesk, size: tuple[int, int]
) -> None:
    async with at(desk(steps(long_step(), check("b"))), size) as hand:
        await hand.sees("Paragraph 0.")
        assert "item number 1" not in hand.text
        assert "▸" not in hand.text
        await hand.press("enter")
        for n in range(1, ITEMS + 1):
            await hand.sees(f"▸ {n} ☐ item number {n}", "enter tick item")
            assert hand.text.count("▸") == 1
            assert len(hand.of("a").ticked) == n - 1
            await hand.press("enter")
            await hand.until(lambda n=n: len(hand.of("a").ticked) == n)
        await hand.sees("What the board says: ______", "enter observe")
        assert "▸" not in hand.text


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", ["enter", "space"])
async def test_an_item_that_is_not_in_sight_is_brought_there_before_it_is_ticked(
    desk: MakeDesk, size: tuple[int, int], key: str
) -> None:
    async with at(desk(steps(long_step(), check("b"))), size) as hand:
        await hand.press("enter")
        await hand.sees("▸ 1 ☐")
        hand.app.run_screen.query_one("#detail-scroll").focus()
        await hand.says("home", "Paragraph 0.")
        await hand.sees_no("▸ 1 ☐")
        await hand.says(key, "▸ 1 ☐", "the same key ticks it now")
        assert not hand.of("a").ticked
        await hand.press(key)
        await hand.until(lambda: hand.of("a").ticked == {"item number 1 of it"})


async def test_on_a_tiny_terminal_an_item_is_said_before_it_is_ticked(desk: MakeDesk) -> None:
    async with at(desk(steps(long_step(), check("b"))), (60, 5)) as hand:
        await hand.press("enter")
        await hand.stands("a", Status.ACTIVE)
        await hand.until(lambda: hand.app.run_screen._offer[1])
        await hand.says("enter", "1 ☐ item number 1")
        assert not hand.of("a").ticked
        await hand.press("enter")
        await hand.until(lambda: hand.of("a").ticked)


async def test_an_item_behind_another_pane_is_not_ticked(desk: MakeDesk) -> None:
    async with at(desk(steps(check("a"), check("b"))), (80, 24)) as hand:
        await hand.press("enter")
        await hand.sees("▸ 1 ☐ one")
        await hand.press("tab")
        await hand.sees_no("▸ 1 ☐ one")
        await hand.says("enter", "▸ 1 ☐ one")
        assert not hand.of("a").ticked


async def test_what_comes_next_stays_in_sight_when_the_size_changes(desk: MakeDesk) -> None:
    async with at(desk(steps(long_step(), check("b"))), (120, 60)) as hand:
        await hand.press("enter")
        await hand.sees("Paragraph 0.", "▸ 1 ☐")
        await hand.press("tab")
        await hand.pilot.resize_terminal(80, 20)
        await hand.sees("▸ 1 ☐")
        await hand.pilot.resize_terminal(100, 14)
        await hand.sees("▸ 1 ☐")


async def test_whoever_reads_elsewhere_is_left_there_until_the_step_changes(
    desk: MakeDesk,
) -> None:
    place = desk(steps(long_step(), check("b")))
    async with at(place, (80, 24)) as hand:
        await hand.press("enter")
        await hand.sees("▸ 1 ☐")
        pane = hand.app.run_screen.query_one("#detail-scroll", Detail)
        await hand.press("home")
        await hand.until(lambda: pane.scroll_offset.y == 0)
        await hand.pilot.resize_terminal(80, 22)
        other = place.elsewhere("bob")
        assert not isinstance(other.submit(cmd.AddNote("hello")), Refusal)
        await hand.until(lambda: hand.state.notes == 1)
        await hand.pilot.pause()
        assert pane.scroll_offset.y == 0
        await hand.press("1")
        await hand.sees("▸ 2 ☐")


@pytest.mark.parametrize("size", SIZES)
async def test_a_wrapped_command_is_told_from_one_of_several_lines_and_copied_as_written(
    desk: MakeDesk, size: tuple[int, int]
) -> None:
    words = " ".join(f"word{n}" for n in range(40))
    script = json.dumps(f"echo {words}\necho second")
    step = f"{{id: a, kind: command, title: A, run: {{shell: {script}}}}}"
    async with at(desk(steps(step, check("b"))), size) as hand:
        await hand.sees("run    $ echo word0", "↪ word", "         echo second", " (shell)")
        rows = [row for row in hand.text.splitlines() if "↪" in row]
        assert len(rows) >= 2
        assert not any("second" in row for row in rows)
        pane = hand.app.run_screen.query_one("#detail")
        pane.text_select_all()
        copied = hand.app.run_screen.get_selected_text()
        assert copied is not None
        assert f"$ echo {words}\n" in copied
        assert "↪" not in copied


def rows_of_output(hand: Hand) -> int:
    """Rows that the pane of output takes, without its edge."""
    output = hand.app.run_screen.query_one("#output")
    return output.size.height if output.display else 0


@pytest.mark.parametrize("size", SIZES)
async def test_output_takes_the_room_it_needs_and_leaves_the_rest_to_what_comes_next(
    desk: MakeDesk, size: tuple[int, int]
) -> None:
    extra = (
        ", verify: {argv: [echo, fine], expect: {contains: fine}},"
        " observe: {label: What the board says, type: string},"
        " compensation: {text: Put it back.}"
    )
    short = command("a", "echo one", extra)
    long = command("b", "seq 1000; while test ! -e go; do :; done", extra)
    place = desk(steps(short, long))
    async with at(place, size) as hand:
        assert rows_of_output(hand) == 0
        await hand.says("r", "Run · a")
        await hand.agrees()
        await hand.sees("What the board says: ______", "still asked for", "Put it back")
        await hand.until(lambda: rows_of_output(hand) == 3)
        await hand.press("o")
        await hand.type("green")
        await hand.until(lambda: hand.of("a").observed)
        await hand.press("d")
        await hand.stands("a", Status.DONE)
        await hand.until(lambda: rows_of_output(hand) == 0)
        await hand.says("r", "Run · b")
        await hand.agrees()
        await hand.sees(" 1000")
        pane = hand.app.run_screen.query_one("#step-pane")
        await hand.until(lambda: 5 < rows_of_output(hand) <= 0.4 * pane.size.height)
        (place.book.parent / "go").touch()
        await hand.sees("What the board says: ______", "its last lines · f shows all", " fine")
        await hand.until(lambda: rows_of_output(hand) == 5)
