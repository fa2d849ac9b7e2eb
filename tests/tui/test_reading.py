"""What must be read before it is agreed to: nothing of it is hidden, nothing counts unread."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content
from textual.widgets import Input

from runbook_tui.domain.state import Status
from runbook_tui.tui.folding import GOES_ON, Verbatim, fold
from runbook_tui.tui.screens.confirm import Notice
from runbook_tui.tui.screens.trust import Trust, trust_lines

from .conftest import MakeDesk
from .desk import Desk, Hand, at
from .runbooks import check, command, steps

LETTERS = st.text(st.sampled_from("ab c全e\u0301\t$↪"), max_size=120)


@given(LETTERS, st.integers(4, 40))
def test_folding_a_command_hides_no_letter_and_marks_every_row_that_goes_on(
    text: str, width: int
) -> None:
    rows, places = fold([Verbatim(Content(text)), Content("next")], width)
    assert all(row.cell_length <= width for row in rows)
    mine = [row.plain for row, place in zip(rows, places, strict=True) if place.line == 0]
    assert all(row.startswith(GOES_ON) for row in mine[1:])
    assert mine[0] + "".join(row.removeprefix(GOES_ON) for row in mine[1:]) == text.expandtabs(8)


def test_words_are_folded_at_blanks_and_not_marked() -> None:
    rows, _ = fold([Content("read to the end, then trust it")], 12)
    assert [row.plain.rstrip() for row in rows] == ["read to the", "end, then", "trust it"]


def shown(hand: Hand) -> str:
    """The rows of the text, without title, keys and the column of the scrollbar."""
    width = hand.app.size.width
    return "\n".join(line[1 : width - 2].rstrip() for line in hand.text.splitlines()[1:-1])


@pytest.mark.parametrize("over", [-2, -1, 0, 1, 2])
async def test_no_letter_of_a_command_is_hidden_whatever_its_length(
    desk: MakeDesk, over: int
) -> None:
    # "  run    sh $ " takes 14 cells, the margins two: the last letter is at the right edge.
    script = "x" * (80 - 2 - 14 - 5 + over) + ";END"
    many = [command(f"c{n}", f"echo {n}") for n in range(30)]
    place = desk(steps(command("a", script), *many), trusted=False)
    async with place.app().run_test(size=(80, 24)) as pilot:
        hand = Hand(pilot)
        await hand.sees("Trust ", "page-down or j to read on")
        text = shown(hand)
        assert "…" not in text
        assert script in text.replace("\n↪ ", "")
        await hand.pilot.resize_terminal(60, 24)
        await hand.until(lambda: script in shown(hand).replace("\n↪ ", ""))
        await hand.pilot.resize_terminal(100, 24)
        await hand.until(lambda: script in shown(hand))


async def test_a_wrapped_command_does_not_look_like_two_commands(desk: MakeDesk) -> None:
    fill = "a" * 45
    wrapped = json.dumps(f"echo {fill} rm -rf /tmp/x")[1:-1]
    broken = json.dumps(f"echo {fill}\nrm -rf /tmp/x")[1:-1]
    steps_ = [
        f'{{id: s{n}, kind: command, title: S, run: {{shell: "{text}"}}}}'
        for n, text in enumerate((wrapped, broken))
    ]
    place = desk(steps(*steps_), trusted=False)
    async with place.app().run_test(size=(68, 30)) as pilot:
        hand = Hand(pilot)
        await hand.sees("rm -rf /tmp/x", "— end —")
        ends = [line for line in shown(hand).splitlines() if "/tmp/x" in line]
        assert [line.startswith("↪ ") for line in ends] == [True, False]


async def test_a_new_size_of_the_terminal_reads_nothing_for_anybody(desk: MakeDesk) -> None:
    many = [command(f"c{n}", f"echo {n}" + " and so on" * 12) for n in range(40)]
    place = desk(steps(*many, check("z")), trusted=False)
    async with place.app().run_test(size=(80, 24)) as pilot:
        hand = Hand(pilot)
        await hand.sees("Trust ", "page-down or j to read on")
        await hand.press("pagedown")
        await hand.sees_no("owner ")
        top = shown(hand).split()[:8]
        for size in ((100, 30), (60, 20), (120, 36), (80, 12), (80, 24)):
            await hand.pilot.resize_terminal(*size)
            await hand.until(lambda: shown(hand).split()[: len(top)] == top, "the same at the top")
            await hand.press("t")
            await hand.pilot.pause()
            assert isinstance(hand.app.screen, Trust)
            assert "t trust this runbook" not in hand.text
        assert place.asked_to_trust == []
        for _ in range(40):
            await hand.press("pagedown")
        await hand.sees("— end —", "t trust this runbook")
        await hand.pilot.resize_terminal(60, 12)
        await hand.press("t")
        await hand.opened()
        assert place.asked_to_trust == [place.plan.digest]


def edit(place: Desk, count: int) -> str:
    """Edits the runbook on disk in many places; the words of the last change."""
    new = [check(f"new{n}") for n in range(count)]
    place.book.write_text(
        steps(check("a").replace("[one]", "[one, two]"), check("b"), *new).replace("1.0.0", "1.1.0")
    )
    return f"new{count - 1}"


def first_row(hand: Hand) -> list[str]:
    """The first words in the body of the dialog: the name of the step that it tells of."""
    rows = hand.text.splitlines()
    top = next(n for n, row in enumerate(rows) if "╭─ Adopt" in row)
    return re.findall(r"\bnew\d+\b", rows[top + 1])


@pytest.mark.parametrize("size", [(80, 24), (40, 10)])
async def test_an_amendment_is_adopted_only_once_all_its_changes_were_in_sight(
    desk: MakeDesk, size: tuple[int, int]
) -> None:
    place = desk(steps(check("a"), check("b")))
    async with at(place, size) as hand:
        await hand.press("1")
        await hand.until(lambda: hand.of("a").ticked)
        await hand.press("d")
        await hand.stands("a", Status.DONE)
        last = edit(place, 60)
        await hand.until(lambda: hand.app.run_screen.lookout.edited)
        await hand.says("m", "Adopt the edited runbook?", "page-down reads on")
        assert last not in hand.text
        await hand.type("agreed on the call")
        await hand.sees("Not before you saw its end")
        assert hand.state.amended == 0
        for resized in ((120, 36), (60, 20), size):
            await hand.pilot.resize_terminal(*resized)
            await hand.sees("page-down reads on")
        while not first_row(hand):
            await hand.press("pagedown")
            await hand.pilot.pause()
        top = first_row(hand)[0]
        for resized in ((120, 36), (60, 20), size):
            await hand.pilot.resize_terminal(*resized)
            await hand.until(lambda: top in first_row(hand), f"{top} at the top")
            await hand.sees("page-down reads on")
        await hand.press("ctrl+home")
        await hand.sees("From v1.0.0")
        assert last not in hand.text
        await hand.press("ctrl+end")
        await hand.sees(last)
        await hand.sees_no("page-down reads on")
        assert hand.app.screen.query_one(Input).value == "agreed on the call"
        await hand.press("enter")
        await hand.until(lambda: hand.state.amended == 1)


async def test_work_already_done_is_the_first_thing_an_amendment_tells(desk: MakeDesk) -> None:
    place = desk(steps(check("a"), check("b")))
    async with at(place, (80, 24)) as hand:
        await hand.press("1")
        await hand.until(lambda: hand.of("a").ticked)
        edit(place, 60)
        await hand.until(lambda: hand.app.run_screen.lookout.edited)
        await hand.says("m", "Steps already touched", "• a:")


async def test_an_amendment_that_is_not_trusted_adopts_nothing_and_keeps_the_reason(
    desk: MakeDesk,
) -> None:
    place = desk(steps(check("a"), check("b")), trusted=False)
    place.asked_to_trust.append(place.plan.digest)
    async with at(place) as hand:
        edit(place, 1)
        await hand.until(lambda: hand.app.run_screen.lookout.edited)
        await hand.says("m", "Adopt the edited runbook?")
        await hand.type("the lock was missing")
        await hand.sees("Trust the edited runbook", "esc back, nothing is adopted")
        assert "have not run this runbook before" not in hand.text
        assert "nothing runs" not in hand.text
        await hand.says("escape", "Adopt the edited runbook?", "the lock was missing")
        assert hand.state.amended == 0
        await hand.press("enter")
        await hand.sees("t trust this runbook")
        await hand.press("t")
        await hand.until(lambda: hand.state.amended == 1)
        await hand.sees("amends")
        edit(place, 2)
        await hand.until(lambda: hand.app.run_screen.lookout.edited)
        await hand.says("m", "Adopt the edited runbook?")
        await hand.says("escape", "Nothing was adopted")


async def test_a_long_question_is_answered_only_once_it_was_read(desk: MakeDesk) -> None:
    question = " ".join(f"word{n}" for n in range(15)) + " and then?"
    options = "[{id: a1, title: A}, {id: b1, title: B}]"
    step = f"{{id: w, kind: decision, title: W, question: {question}, options: {options}}}"
    async with at(desk(steps(step)), (40, 10)) as hand:
        await hand.press("enter")
        await hand.stands("w", Status.ACTIVE)
        await hand.says("enter", "Decide · w", "page-down reads on")
        await hand.says("enter", "Not before you saw its end")
        # What was said takes rows from the question: what was its end may be none any more.
        while "then?" not in hand.text:
            await hand.press("ctrl+end")
            await hand.pilot.pause()
        await hand.sees_no("page-down reads on")
        await hand.says("enter", "You choose")


async def test_a_long_notice_is_read_to_its_end_by_enter(desk: MakeDesk) -> None:
    lines = "\n".join(f"line {n}" for n in range(60)) + "\nthe end"
    async with at(desk(steps(check("a"))), (80, 24)) as hand:
        hand.app.push_screen(Notice("Not recorded", lines))
        await hand.sees("line 0", "page-down or j to read on")
        await hand.press("enter")
        await hand.sees_no("line 0 ")
        while "the end" not in hand.text:
            assert isinstance(hand.app.screen, Notice)
            await hand.press("enter")
            await hand.pilot.pause()
        await hand.sees_no("to read on")
        await hand.press("enter")
        await hand.until(lambda: not isinstance(hand.app.screen, Notice))


def test_what_restores_a_snapshot_and_what_a_check_runs_is_shown_before_it_is_trusted(
    tmp_path: Path,
) -> None:
    head = (
        "checks:\n  own: {kind: command, run: {argv: [look-at-it]}}\n"
        "snapshots:\n  db: {restore: {argv: [put-it-back]}, verify: {argv: [is-it-back]}}"
    )
    made = Desk(tmp_path, steps(check("a"), head=head))
    told = "\n".join(_plain(line) for line in trust_lines(made.plan))
    assert "It can run 3 commands" in told
    for words in ("check own", "look-at-it", "snapshot db", "restore $ put-it-back", "is-it-back"):
        assert words in told


def _plain(line: Content | Verbatim) -> str:
    return (line.content if isinstance(line, Verbatim) else line).plain
