"""How screens look, letter by letter.

After a change that is meant: ``UPDATE_SNAPSHOTS=1 pytest tests/tui/test_snapshots.py``, then look
at the difference in git before it is committed.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from runbook_tui.domain.state import Status
from runbook_tui.tui.widgets.draft import Draft

from .conftest import MakeDesk
from .desk import Hand, HandClock, at
from .effect_books import back, book, flipped, still
from .runbooks import check, steps

FOLDER = Path(__file__).parent / "snapshots"
SIZES = [(80, 24), (100, 30), (120, 36)]


def look(hand: Hand) -> str:
    """The screen without what differs every time: ids of commits, seconds that commands took, the
    names of folders."""
    text = "\n".join(line.rstrip(" │") for line in hand.text.splitlines()) + "\n"
    text = re.sub(r"\b[0-9a-f]{7}( [▁-█])?$", r"COMMIT0\1", text, flags=re.MULTILINE)
    text = re.sub(r"/tmp/look-\w{8}", "/tmp/look-aaaaaaaa", text)
    return re.sub(r"\b\d+\.\d s\b", "0.0 s", text)


async def same(hand: Hand, name: str) -> None:
    """Waits until the screen looks like the one kept."""
    path = FOLDER / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        await hand.pilot.pause(0.5)
        path.write_text(look(hand), encoding="utf-8")
    kept = path.read_text(encoding="utf-8")
    await hand.until(lambda: look(hand) == kept, f"the look of {path.name}")


@pytest.mark.parametrize("size", SIZES)
async def test_screens_look_as_they_did(desk: MakeDesk, size: tuple[int, int]) -> None:
    clock = HandClock()
    end = f"{size[0]}x{size[1]}"
    async with at(desk(clock=clock), size) as hand:
        await hand.sees("• read the ticket")
        await same(hand, f"opened-{end}")
        await hand.press("1", "2", "3")
        await hand.until(lambda: len(hand.of("read-ticket").ticked) == 3)
        await hand.press("d")
        await hand.stands("read-ticket", Status.DONE)
        await hand.says("r", "Run · snapshot", "y run it")
        await hand.press("y")
        await hand.until(lambda: (v := hand.of("snapshot").verify) and v.outcome == "ok")
        clock.seconds = 65.0
        hand.app.run_screen.show_run()
        await hand.sees("step 01:05 / 00:03 over", "snapshot ok", "sees snapshot verified")
        await same(hand, f"ran-{end}")
        await hand.says("question_mark", "The run screen")
        await same(hand, f"help-{end}")


TELLS = steps(
    '{id: tell, kind: message, title: Tell them, audience: "customers, support", update: start}',
    check("work", ", estimate: 30m"),
    head=(
        'window: {start: "18:00Z", end: "22:00Z"}\n'
        "messages: {about: the order service, affected: Placing an order may fail for a moment.}"
    ),
)


@pytest.mark.parametrize("size", SIZES)
async def test_messages_look_as_they_did(desk: MakeDesk, size: tuple[int, int]) -> None:
    end = f"{size[0]}x{size[1]}"
    async with at(desk(TELLS, clock=HandClock()), size) as hand:
        await hand.press("enter")
        await hand.stands("tell", Status.ACTIVE)
        await hand.sees("enter write it")
        await hand.says("enter", "s send", "to customers")
        await same(hand, f"message-{end}")
        await hand.says("e", "esc done")
        hand.app.screen.query_one(Draft).text = "We guarantee that db-7 is back at 20:30."
        await hand.sees("internal-name", "“db-7”", "db-7 is back at 20:30")
        await same(hand, f"message-edited-{end}")


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a path of the same few letters every time: it is on the screen."""
    with tempfile.TemporaryDirectory(prefix="look-", dir="/tmp") as name:
        yield Path(name)


@pytest.mark.parametrize("size", SIZES)
async def test_ledger_and_way_back_look_as_they_did(
    desk: MakeDesk, short: Path, size: tuple[int, int]
) -> None:
    end = f"{size[0]}x{size[1]}"
    async with at(desk(book(short, mail=True), clock=HandClock()), size) as hand:
        await flipped(hand)
        await hand.says("l", "Ledger · 2 of 3 there · 1 not seen")
        await hand.press("j")
        await hand.sees("effect 2")
        await same(hand, f"ledger-{end}")
        await back(hand)
        await hand.acts("Roll back all of the run")
        await hand.sees("Way back of all of the run")
        await hand.until(lambda: still(hand), "the looks")
        await hand.sees_no("c ends it")
        await same(hand, f"rollback-{end}")
