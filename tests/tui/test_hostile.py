"""Foreign text shows as it is written: it styles nothing, acts on nothing, hides nothing."""

from __future__ import annotations

import json

import pytest

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.state import Status

from .conftest import MakeDesk
from .desk import Hand, at
from .runbooks import steps

TYPED = "[/] [b]x[/b] [@click=app.quit]q[/] \x1b]0;t\x07\x1b[31m\u202eR"
"""What somebody pastes; a runbook with such letters is not loaded at all."""
HOSTILE = "[/] [b]x[/b] [@click=app.quit]q[/] [ERROR] 全角 $error [link=x]y"
PRINTED = "[/] [b]y[/b] [@click=app.quit]z[/]\n[ERROR] disk\n"


def q(text: str) -> str:
    return json.dumps(text)


BOOK = f"""\
format: 1
id: hostile
title: {q("T " + HOSTILE)}
version: 1.0.0
owner: {q(HOSTILE)}
parameters:
  what: {{type: string, default: {q("[/] [red]param")}}}
phases:
  - id: all
    title: {q("P [/] [b]x")}
    steps:
      - id: a
        kind: checklist
        title: {q("S " + HOSTILE)}
        instruction: {q("I " + HOSTILE + " {{what}}")}
        items: [{q("J " + HOSTILE)}]
        observe: {{label: {q("L " + HOSTILE)}, type: string}}
        evidence: [{q("E " + HOSTILE)}]
      - id: b
        kind: decision
        title: {q("D " + HOSTILE)}
        question: {q("Q " + HOSTILE)}
        options:
          - {{id: one, title: {q("O " + HOSTILE)}, consequence: {q("C " + HOSTILE)}}}
          - {{id: two, title: Two}}
      - id: c
        kind: command
        title: C
        run: {{argv: [printf, "%s", {q(PRINTED)}]}}
        mutates: true
        compensation: {{text: {q("U " + HOSTILE)}}}
        effects: [{{kind: file, target: {q("F " + HOSTILE)}}}]
"""


def nothing_obeyed(hand: Hand) -> None:
    """No character that a terminal obeys or that hides letters is on the screen."""
    for letter in hand.text:
        assert letter == "\n" or (ord(letter) >= 0x20 and letter not in "\x7f\u202e")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_hostile_text_in_every_field_shows_literally(
    desk: MakeDesk, size: tuple[int, int]
) -> None:
    place = desk(BOOK)
    async with at(place, size) as hand:
        await hand.sees("[/] [b]x[/b]", "[@click=app.quit]")
        nothing_obeyed(hand)
        await hand.press("1")
        await hand.until(lambda: hand.of("a").ticked)
        await hand.says("o", "Observe · a", "L [/] [b]x[/b]")
        nothing_obeyed(hand)
        await hand.type(TYPED)
        await hand.until(lambda: hand.of("a").observed)
        await hand.says("a", "text or @path", "E [/]")
        await hand.type("[/] proof")
        await hand.until(lambda: hand.of("a").evidence)
        await hand.press("d")
        await hand.stands("a", Status.DONE)
        await hand.press("enter")
        await hand.stands("b", Status.ACTIVE)
        await hand.says("enter", "Decide · b", "O [/] [b]x[/b]", "Q [/]")
        nothing_obeyed(hand)
        await hand.press("escape")
        await hand.sees_no("Decide · b")
        await hand.says("s", "Skip this step · b")
        await hand.type("R " + TYPED)
        await hand.stands("b", Status.SKIPPED)
        await hand.press("enter")
        await hand.stands("c", Status.ACTIVE)
        await hand.says("enter", "Run · c", "[b]y[/b]")
        nothing_obeyed(hand)
        await hand.agrees()
        await hand.until(lambda: (r := hand.of("c").run) and r.outcome == "ok")
        await hand.sees("[/] [b]y[/b] [@click=app.quit]z[/]", "[ERROR] disk")
        await hand.says("f", "evidence/c/", "[ERROR] disk")
        nothing_obeyed(hand)
        await hand.press("escape")
        await hand.until(lambda: len(hand.app.screen_stack) == 1)
        await hand.says("slash", "Search")
        await hand.type("ERROR")
        await hand.sees("Found")
        nothing_obeyed(hand)
        await hand.press("escape")
        other = place.elsewhere("[b]mallory[/b] [/]")
        assert not isinstance(other.submit(cmd.AddNote("N " + TYPED)), Refusal)
        await hand.until(lambda: hand.state.notes == 1)
        if size[0] < 100:
            await hand.press("tab")
        await hand.sees("N [/] [b]x[/b]")
        nothing_obeyed(hand)
        hand.app.run_screen.say(TYPED)
        hand.app.run_screen.show_banner(TYPED)
        await hand.sees("· [/] [b]x[/b]")


async def test_a_hostile_runbook_is_shown_as_it_is_before_it_is_trusted(desk: MakeDesk) -> None:
    place = desk(BOOK, trusted=False)
    async with place.app().run_test(size=(80, 24)) as pilot:
        hand = Hand(pilot)
        await hand.sees("Trust hostile", "[@click=app.quit]q[/] [ERROR]")
        nothing_obeyed(hand)
        await hand.press("end")
        await hand.says("end", "t trust this runbook")
        await hand.press("t")
        await hand.opened()
        assert place.asked_to_trust == [place.plan.digest]


async def test_wide_letters_keep_the_layout(desk: MakeDesk) -> None:
    title = "全角の長い題名をもつ手順" * 4
    step = f"{{id: a, kind: checklist, title: {q(title)}, items: [{q(title)}]}}"
    async with at(desk(steps(step, step.replace("id: a", "id: b"), title=title)), (80, 24)) as hand:
        first, second = hand.text.splitlines()[:2]
        assert "LIVE" in first
        assert "alice drives 19:30:00Z" in first
        assert "0/2 settled" in second
        assert "…" in first
        await hand.press("tab", "tab")
        await hand.sees("Runbook  0/2")
        rows = [line for line in hand.text.splitlines() if "全" in line[:8] and "LIVE" not in line]
        assert [line.split()[-1] for line in rows[1:]] == ["now", "later"]
