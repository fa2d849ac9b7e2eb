"""The findings screen: looked at, opened, filtered, fixed, waived, and the gate that heeds it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from runbook_tui.domain.preflight import standing
from runbook_tui.domain.runbook import PreflightStep
from runbook_tui.domain.state import Status
from runbook_tui.tui.present.findings import CHECK
from runbook_tui.tui.screens.findings import Findings

from .conftest import MakeDesk
from .desk import Hand, at

SIZES = [(80, 24), (100, 30), (120, 36)]
BOOK = """\
format: 1
id: look
title: Look first
version: 1.0.0
owner: ops
window: {{start: "18:00Z", end: "22:00Z"}}
checks:
  jobs: {{kind: scheduled-tasks, paths: [{folder}/etc]}}
  odd: {{kind: command, title: Ours, run: {{shell: 'echo "[red]it is odd[/]"; exit 1'}}}}
  bad: {{kind: command, title: Worst, run: {{shell: 'test -e {folder}/mended || exit 2'}}}}
  fine: {{kind: command, title: Fine, run: {{argv: [echo, all is well]}}}}
phases:
  - id: all
    title: All
    steps:
      - {{id: look, kind: preflight, title: Look at it}}
      - {{id: go, kind: gate, title: Go, criteria: [it works]}}
"""


@pytest.fixture
def cron(tmp_path: Path) -> Path:
    file = tmp_path / "etc" / "cron.d" / "export"
    file.parent.mkdir(parents=True)
    file.write_text("0 3 * * * root /opt/push\n")
    return file


def book(tmp_path: Path) -> str:
    return BOOK.format(folder=tmp_path)


def left(hand: Hand) -> set[str]:
    step = hand.state.plan.by_id["look"]
    now = hand.app.run_screen.driving.session.clock.now()
    return {each.check for each in standing(hand.state, step, now) if each.is_open}


async def looked(hand: Hand) -> None:
    """Starts the step, has its checks run, and waits on the findings screen."""
    await hand.press("enter")
    await hand.stands("look", Status.ACTIVE)
    await hand.sees("enter run checks")
    await hand.press("enter")
    await hand.sees("to answer", "enter open")
    await hand.until(lambda: len(hand.of("look").checks) == 4, "four results")


async def idle(hand: Hand) -> None:
    """Waits until the findings screen is in front and has done what it was asked for."""

    def free() -> bool:
        screen = hand.app.screen
        return isinstance(screen, Findings) and not screen._acting

    await hand.until(free, "the findings screen")


async def on(hand: Hand, words: str) -> None:
    """Puts the cursor on the row with these words."""
    await idle(hand)
    rows = hand.app.screen.query_one("#f-rows")
    keys = [row.key for row in rows.rows if words in row.content.plain]
    keys.sort(key=lambda key: key.startswith(CHECK))
    assert keys, hand.text
    rows.choose(keys[0])


@pytest.mark.parametrize("size", SIZES)
async def test_a_job_is_fixed_a_warning_waived_the_worst_mended_and_the_gate_opens(
    desk: MakeDesk, tmp_path: Path, cron: Path, size: tuple[int, int]
) -> None:
    async with at(desk(book(tmp_path)), size) as hand:
        await looked(hand)
        await hand.sees("1 inhibitor, 2 warnings to answer")
        await on(hand, "push")
        await hand.says("f", "Remedy · jobs · LIVE", "before the line", "Taken back by")
        await hand.agrees()
        await hand.until(lambda: left(hand) == {"odd", "bad"}, "the job answered")
        assert cron.read_text() == "# 0 3 * * * root /opt/push\n"

        await on(hand, "it is odd")
        await hand.says("w", "Waive · odd", "Until when?")
        await hand.type("7d")
        await hand.sees("Who sees to it")
        await hand.type("bob")
        await hand.sees("Why is it all right")
        await hand.type("it has been odd for years")
        await hand.until(lambda: left(hand) == {"bad"}, "the warning waived")
        await hand.sees("waived to")

        (tmp_path / "mended").touch()
        await on(hand, "Worst")
        await hand.press("r")
        await hand.until(lambda: left(hand) == set(), "the worst gone")
        await hand.sees("nothing left to answer")
        await hand.press("escape")
        await hand.sees("enter done")
        await hand.press("enter")
        await hand.stands("look", Status.DONE)
        await hand.press("1")
        await hand.until(lambda: hand.of("go").ticked)
        await hand.says("enter", "Gate · go", "Every criterion is met.")
        await hand.press("g")
        await hand.sees("enter record")
        await hand.press("enter")
        await hand.stands("go", Status.DONE)


async def test_what_was_fixed_stays_on_the_list_and_u_takes_it_back(
    desk: MakeDesk, tmp_path: Path, cron: Path
) -> None:
    before = cron.read_text()
    async with at(desk(book(tmp_path))) as hand:
        await looked(hand)
        await on(hand, "push")
        await hand.says("f", "Remedy · jobs · LIVE")
        await hand.agrees()
        await hand.until(lambda: "jobs" not in left(hand), "the job answered")
        await hand.sees("✓ fixed", "u takes it back")
        await on(hand, "fixed")
        await hand.says("u", "Take back · jobs · LIVE")
        await hand.agrees()
        await hand.until(lambda: "jobs" in left(hand), "the job found again")
        assert cron.read_text() == before
        await idle(hand)
        assert "u takes it back" not in hand.text


async def test_a_filter_is_told_where_a_narrow_screen_does_not_cut_it(
    desk: MakeDesk, tmp_path: Path, cron: Path
) -> None:
    async with at(desk(book(tmp_path)), (60, 15)) as hand:
        await looked(hand)
        await hand.says("slash", "Words in a finding")
        await hand.type("push")
        await hand.sees("/ has “push” ·")


async def test_the_gate_says_what_keeps_it_closed_and_p_answers_from_there(
    desk: MakeDesk, tmp_path: Path, cron: Path
) -> None:
    async with at(desk(book(tmp_path))) as hand:
        await looked(hand)
        await hand.press("escape")
        await hand.sees("⚠3", "enter findings")
        await hand.press("d")
        await hand.stands("look", Status.DONE)
        await hand.sees("Preflight keeps it closed (p answers):", "inhibitor bad")
        await hand.press("1")
        await hand.until(lambda: hand.of("go").ticked)
        await hand.says("enter", "Gate · go", "preflight keeps the gate closed")
        await hand.press("g")
        await hand.sees("preflight keeps the gate closed")
        assert hand.of("go").status is Status.ACTIVE
        await hand.press("escape")
        await hand.sees_no("Gate · go")
        await hand.says("p", "1 inhibitor, 2 warnings to answer")


async def test_an_inhibitor_is_waived_only_by_another_key_and_the_log_says_known(
    desk: MakeDesk, tmp_path: Path, cron: Path
) -> None:
    async with at(desk(book(tmp_path))) as hand:
        await looked(hand)
        await on(hand, "INHIBITOR")
        await hand.says("w", "Waive an inhibitor?", "keeps the gate closed by itself")
        await hand.press("enter")
        await idle(hand)
        assert left(hand) == {"jobs", "odd", "bad"}
        await hand.says("w", "Waive an inhibitor?")
        await hand.agrees()
        await hand.sees("Until when?")
        await hand.type("soon")
        await hand.sees("a waiver needs an end")
        await hand.type("2h")
        await hand.sees("Who sees to it")
        await hand.type("alice")
        await hand.sees("Why is it all right")
        await hand.type("the vendor is on the line")
        await hand.until(lambda: left(hand) == {"jobs", "odd"}, "waived")


async def test_a_finding_opens_whole_and_foreign_text_is_only_text(
    desk: MakeDesk, tmp_path: Path, cron: Path
) -> None:
    async with at(desk(book(tmp_path))) as hand:
        await looked(hand)
        await on(hand, "it is odd")
        await hand.says("enter", "looked at", "target", "key exit", "[red]it is odd[/]")
        await hand.press("escape")
        await hand.sees("enter open")


async def test_the_list_is_filtered_by_words_and_by_what_is_open(
    desk: MakeDesk, tmp_path: Path, cron: Path
) -> None:
    async with at(desk(book(tmp_path))) as hand:
        await looked(hand)
        await hand.says("slash", "Filter")
        await hand.type("odd")
        await hand.sees("has “odd”")
        await hand.sees_no("INHIBITOR")
        await idle(hand)
        await hand.says("slash", "Filter")
        hand.app.screen.query_one(Input).value = ""
        await hand.press("enter")
        await hand.sees("INHIBITOR")
        await idle(hand)
        rows = hand.app.screen.query_one("#f-rows")
        await hand.press("i")
        await hand.until(lambda: any(r.key.startswith("fine ") for r in rows.rows), "what passes")
        await hand.says("o", "open ones only")


async def test_checks_are_looked_for_by_act_too(desk: MakeDesk, tmp_path: Path, cron: Path) -> None:
    async with at(desk(book(tmp_path))) as hand:
        await hand.press("enter")
        await hand.stands("look", Status.ACTIVE)
        await hand.acts("Run the checks")
        await hand.until(lambda: len(hand.of("look").checks) == 4, "four results")
        step = hand.state.plan.by_id["look"]
        assert isinstance(step, PreflightStep)


async def test_a_runbook_without_checks_says_so(desk: MakeDesk) -> None:
    async with at(desk()) as hand:
        await hand.press("p")
        await hand.sees("no preflight step with checks")


async def test_what_is_only_advice_is_to_be_read(
    desk: MakeDesk, tmp_path: Path, cron: Path
) -> None:
    advice = book(tmp_path).replace("title: Look at it", "title: Look at it, advisory: true")
    async with at(desk(advice), (100, 30)) as hand:
        await hand.press("enter")
        await hand.stands("look", Status.ACTIVE)
        await hand.sees("enter run checks")
        await hand.press("enter")
        await hand.sees("1 to read · ")
        await hand.sees_no("1 open · ")
