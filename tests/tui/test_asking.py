"""Dialogs: nothing typed or pasted is lost unsaid, and two enters in a row agree to nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from runbook_tui.domain.state import RunStatus, Status
from runbook_tui.tui.screens.choose import Choose
from runbook_tui.tui.screens.parameters import Parameters

from .conftest import MakeDesk
from .desk import Hand, at
from .runbooks import check, command, steps

TWO = steps(check("a"), check("b"))


async def paste(hand: Hand, text: str) -> None:
    """What a terminal sends for a text pasted: returns for newlines."""
    await hand.ready()
    hand.app.post_message(events.Paste(text.replace("\n", "\r")))
    await hand.pilot.pause()


async def test_several_lines_pasted_as_evidence_are_all_recorded(desk: MakeDesk) -> None:
    place = desk(steps("{id: a, kind: checklist, title: A, evidence: [the proof]}", check("b")))
    async with at(place, (80, 24)) as hand:
        await hand.says("a", "text or @path", "ctrl+s record")
        await paste(hand, "first\n\x1b[31msecond\n\nlast")
        await hand.sees("first", "␛[31msecond", "last")
        await hand.press("enter", "x", "ctrl+s")
        await hand.until(lambda: hand.of("a").evidence)
        stored = place.repo.run(hand.state.run).file(hand.of("a").evidence["the proof"])
        assert stored.decode().split("\n")[:5] == ["first", "␛[31msecond", "", "last", "x"]


async def test_a_paste_too_long_for_evidence_is_refused_with_the_way_out(desk: MakeDesk) -> None:
    place = desk(steps("{id: a, kind: checklist, title: A, evidence: [the proof]}", check("b")))
    async with at(place, (80, 24)) as hand:
        await hand.says("a", "text or @path")
        await paste(hand, "x" * 300_000)
        await hand.sees("300,000 characters", "@file")
        await hand.says("ctrl+s", "Words are needed")


async def test_a_field_of_one_line_refuses_several_in_words(desk: MakeDesk) -> None:
    async with at(desk(TWO)) as hand:
        await hand.says("n", "Leave a note")
        for key in ("s", "o"):
            await hand.press(key)
        await hand.until(lambda: hand.app.screen.query_one(Input).value == "so")
        await paste(hand, "one\ntwo\nthree")
        await hand.sees("3 lines were pasted and one fits here", "@file")
        assert hand.app.screen.query_one(Input).value == "so"
        hand.app.copy_to_clipboard("four\nfive")
        await hand.says("ctrl+v", "2 lines were pasted")
        assert hand.app.screen.query_one(Input).value == "so"
        await paste(hand, " it \x1b[1mis\n")
        await hand.until(lambda: hand.app.screen.query_one(Input).value == "so it ␛[1mis")
        await hand.press("enter")
        await hand.until(lambda: hand.state.notes == 1)


async def test_a_parameter_refuses_several_lines_in_words(desk: MakeDesk) -> None:
    place = desk(steps(check("a"), head="parameters: {where: {type: string}}"))
    async with place.app().run_test(size=(80, 24)) as pilot:
        hand = Hand(pilot)
        await hand.until(lambda: isinstance(hand.app.screen, Parameters))
        await paste(hand, "one\ntwo")
        await hand.sees("2 lines were pasted and one fits here")
        assert hand.app.screen.query_one(Input).value == ""


async def test_two_enters_open_no_gate_and_g_does(desk: MakeDesk) -> None:
    gate = "{id: go, kind: gate, title: Go, criteria: [Nobody objects]}"
    async with at(desk(steps(gate, check("b")))) as hand:
        await hand.press("enter")
        await hand.stands("go", Status.ACTIVE)
        await hand.press("1")
        await hand.until(lambda: hand.of("go").ticked)
        before = hand.state.seq
        await hand.says("enter", "Gate · go", "▸ Look again", "[g] GO", "[n] NO-GO")
        await hand.press("enter")
        await hand.sees_no("Gate · go")
        assert hand.state.seq == before
        await hand.says("enter", "Gate · go")
        await hand.says("g", "enter record (may stay empty)")
        await hand.press("enter")
        await hand.stands("go", Status.DONE)


async def test_a_gate_with_open_criteria_says_why_it_cannot_open(desk: MakeDesk) -> None:
    gate = "{id: go, kind: gate, title: Go, criteria: [Nobody objects]}"
    async with at(desk(steps(gate, check("b")))) as hand:
        await hand.press("enter")
        await hand.stands("go", Status.ACTIVE)
        await hand.acts("No-go")
        await hand.sees("No-go · go")


async def test_enters_close_no_run(desk: MakeDesk) -> None:
    async with at(desk(steps(check("a")))) as hand:
        await hand.says("s", "Skip this step · a")
        await hand.type("not tonight")
        await hand.sees("every step is settled")
        for _ in range(3):
            await hand.says("enter", "Close the run?", "y close the run")
            await hand.press("enter")
            await hand.sees_no("Close the run?")
        assert hand.state.status is RunStatus.OPEN


async def test_the_row_that_enter_chooses_has_a_glyph(desk: MakeDesk) -> None:
    async with at(desk(TWO), (80, 24)) as hand:
        await hand.says("x", "All acts")
        assert isinstance(hand.app.screen, Choose)
        first, second = (choice.label for choice in hand.app.screen._choices[:2])
        await hand.sees(f"▸ {first}", f"  {second}")
        await hand.says("j", f"  {first}", f"▸ {second}")
        assert hand.text.count("▸") == 1


async def test_asking_to_leave_ends_where_the_command_ends(desk: MakeDesk) -> None:
    script = "while ! test -e stop; do sleep 0.05; done"
    place = desk(steps(command("a", script), check("b")))
    async with at(place) as hand:
        await hand.says("r", "Run · a")
        await hand.agrees()
        await hand.stands("a", Status.RUNNING)
        await hand.says("ctrl+q", "Leave while a command runs?", "a is running")
        (place.book.parent / "stop").touch()
        await hand.sees_no("Leave while a command runs?")
        await hand.sees("a has ended meanwhile; nothing was cancelled")
        assert hand.app.is_running


SECRET_BOOK = """\
format: 1
id: small
title: T
version: 1.0.0
owner: ops
parameters: {token: {type: secret}, other: {type: secret}, zone: {type: string, default: eu}}
phases:
  - id: all
    title: All
    steps:
      - {id: a, kind: command, title: A, run: {shell: 'echo "$RB_TOKEN" >/dev/null'}}
      - id: b
        kind: command
        title: B
        run: {argv: [echo, hello], env: {KEY: "{{other}}", ZONE: "{{zone}}"}}
"""


async def test_a_run_is_agreed_to_knowing_of_the_shell_and_of_secrets(desk: MakeDesk) -> None:
    values = {"token": "s3cret-token", "other": "s3cret-other"}
    async with at(desk(SECRET_BOOK, values=values), (80, 24)) as hand:
        await hand.says("r", "Run · a", "sh $ echo", "in a shell", "RB_TOKEN", "by the environment")
        assert "RB_OTHER" not in hand.text
        await hand.press("escape")
        await hand.sees_no("Run · a")
        await hand.says("s", "Skip this step")
        await hand.type("not tonight")
        await hand.stands("a", Status.SKIPPED)
        await hand.says("r", "Run · b", "$ echo hello", "KEY, ZONE", "RB_OTHER")
        assert "in a shell" not in hand.text
        assert "RB_TOKEN" not in hand.text
        assert "s3cret" not in hand.text


async def test_a_folded_command_is_marked_where_a_run_is_agreed_to(desk: MakeDesk) -> None:
    long = "x" * 100
    script = json.dumps(f"echo {long}\necho two")
    place = desk(steps(f"{{id: a, kind: command, title: A, run: {{shell: {script}}}}}"))
    async with at(place, (80, 24)) as hand:
        await hand.says("r", "Run · a", "y run it")
        rows = [line.partition("│ ")[2] for line in hand.text.splitlines()]
        assert any(row.startswith("↪ xxx") for row in rows)
        assert any(row.startswith("     echo two") for row in rows)


async def palette(hand: Hand, words: str, *texts: str) -> None:
    """Opens the palette, types, and waits for what it finds."""
    await hand.press("ctrl+p")
    await hand.sees("Search for commands")
    await hand.press(*words)
    await hand.sees(*texts)


async def test_the_palette_cancels_what_is_running(desk: MakeDesk) -> None:
    place = desk(steps(command("a", "sleep 60"), check("b")))
    async with at(place) as hand:
        await hand.says("r", "Run · a")
        await hand.agrees()
        await hand.stands("a", Status.RUNNING)
        await palette(hand, "cancel", "Cancel what is running: a")
        await hand.press("enter")
        await hand.sees("Cancel the command of a?")
        await hand.agrees()
        await hand.until(lambda: (r := hand.of("a").run) and r.outcome == "cancelled")


@pytest.mark.parametrize(
    ("words", "found"),
    [("happened", "It took effect"), ("take-back", "Take back"), ("leave", "Quit")],
)
async def test_the_palette_finds_actions_by_other_names(
    desk: MakeDesk, words: str, found: str
) -> None:
    async with at(desk(TWO)) as hand:
        await palette(hand, words, found)


async def test_the_palette_leaves(desk: MakeDesk) -> None:
    async with at(desk(TWO)) as hand:
        app = hand.app
        await palette(hand, "quit", "Quit")
        await hand.press("enter")
        await hand.until(lambda: not app.is_running or app._exit)
    assert app.return_value == 0


async def test_the_palette_shows_foreign_words_as_they_are(desk: MakeDesk, tmp_path: Path) -> None:
    item = json.dumps("[/] [@click=app.quit]q[/] [ERROR]")
    place = desk(steps(f"{{id: a, kind: checklist, title: A, items: [{item}]}}", check("b")))
    async with at(place) as hand:
        await hand.press("enter")
        await hand.stands("a", Status.ACTIVE)
        await palette(hand, "done", "[@click=app.quit]q[/] [ERROR]")
