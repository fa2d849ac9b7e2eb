"""Keys: each does what it says, once, and none acts on what was not meant."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from textual import events

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.acts import ACTS
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.state import RunStatus, Status
from runbook_tui.opening import Settings
from runbook_tui.tui import keys
from runbook_tui.tui.screens import dialog
from runbook_tui.tui.screens.ask import Ask
from runbook_tui.tui.screens.choose import Choose

from .conftest import MakeDesk
from .desk import at
from .runbooks import check, command, steps

TWO = steps(check("a"), check("b"))
SIZES = [(80, 24), (120, 36)]


async def test_a_key_right_after_a_move_acts_on_the_step_moved_to(desk: MakeDesk) -> None:
    async with at(desk(steps(check("a"), check("b"), check("c")))) as hand:
        await hand.press("j", "s")
        await hand.sees("Skip this step · b")


@pytest.mark.parametrize("first", ["n", "s", "x", "slash", "question_mark"])
async def test_typing_ahead_of_a_dialog_does_nothing_else(desk: MakeDesk, first: str) -> None:
    async with at(desk(TWO)) as hand:
        before = hand.state.seq
        await hand.press(first, "j", "1", "d", "g", "y", "question_mark", "space", "j", "z")
        await hand.until(lambda: len(hand.app.screen_stack) == 2)
        await hand.ready()
        assert hand.state.seq == before
        await hand.press("escape")
        await hand.until(lambda: len(hand.app.screen_stack) == 1)
        assert hand.state.seq == before


async def test_a_key_held_down_acts_once(desk: MakeDesk) -> None:
    place = desk(TWO)
    async with at(place) as hand:
        hand.app.run_screen.repeat_seconds = 0.25
        await hand.press(*["enter"] * 20)
        await hand.stands("a", Status.ACTIVE)
        await hand.sees("enter tick item")
        assert not hand.of("a").ticked


async def test_enter_held_down_chooses_nothing(
    desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialog, "HELD_SECONDS", 0.5)
    options = "[{id: a1, title: A}, {id: b1, title: B}]"
    step = f"{{id: w, kind: decision, title: W, question: Q, options: {options}}}"
    async with at(desk(steps(step))) as hand:
        await hand.press("enter")
        await hand.stands("w", Status.ACTIVE)
        await hand.says("enter", "Decide · w")
        await hand.press(*["enter"] * 5)
        await hand.sees("came too soon")
        assert hand.of("w").choice is None
        assert isinstance(hand.app.screen, Choose)


async def test_a_second_enter_does_not_answer_what_the_first_one_opened(
    desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialog, "HELD_SECONDS", 0.5)
    place = desk(steps(check("a")))
    place.begin({})
    assert not isinstance(place.elsewhere("alice").submit(cmd.SkipStep("a", "why")), Refusal)
    async with at(place) as hand:
        await hand.acts("Close the run")
        await hand.sees("y close the run")
        await hand.press("y")
        await hand.sees("may stay empty")
        await hand.says("enter", "came too soon")
        assert hand.state.status is RunStatus.OPEN
        monkeypatch.setattr(dialog, "HELD_SECONDS", 0.0)
        assert isinstance(hand.app.screen, Ask)
        hand.app.screen.settle = 0.0
        await hand.type("all done")
        await hand.until(lambda: hand.state.status is RunStatus.CLOSED)


async def test_y_pressed_twice_runs_once_and_two_enters_start_nothing(desk: MakeDesk) -> None:
    place = desk(steps(command("a", "echo once >> ran"), check("b")))
    async with at(place) as hand:
        hand.app.run_screen.repeat_seconds = 0.25
        await hand.says("r", "Run · a")
        await hand.press("y", "y", "y", "enter", "enter")
        await hand.until(lambda: (r := hand.of("a").run) and r.outcome == "ok")
        assert (place.book.parent / "ran").read_text() == "once\n"
        assert hand.of("a").status is Status.ACTIVE
        assert hand.of("a").attempts == 1


@pytest.mark.parametrize("size", SIZES)
async def test_a_long_command_is_agreed_to_only_once_its_end_was_seen(
    desk: MakeDesk, size: tuple[int, int]
) -> None:
    script = "\\n".join(f"echo line {n} >> ran" for n in range(60))
    step = f'{{id: a, kind: command, title: A, run: {{shell: "{script}"}}}}'
    place = desk(steps(step, check("b")))
    async with at(place, size) as hand:
        await hand.says("r", "Run · a", "echo line 0 ", "page-down or j to read on")
        assert "echo line 59 " not in hand.text
        await hand.says("y", "not before you saw its end")
        assert hand.of("a").run is None
        await hand.press("pagedown")
        await hand.sees_no("echo line 0 ")
        await hand.says("end", "echo line 59 ", "y run it")
        await hand.press("y")
        await hand.until(lambda: (r := hand.of("a").run) and r.outcome == "ok")


async def test_a_dialog_survives_any_size(desk: MakeDesk) -> None:
    async with at(desk(), (80, 24)) as hand:
        for key, mark in (("x", "All acts"), ("n", "Leave a note"), ("s", "Skip this step")):
            await hand.says(key, mark)
            for width, height in ((20, 5), (10, 3), (200, 60), (80, 24)):
                await hand.pilot.resize_terminal(width, height)
            await hand.sees(mark, "esc cancel")
            await hand.press("escape")
            await hand.sees_no(mark)


@pytest.mark.parametrize("size", SIZES)
async def test_the_menu_of_acts_shows_its_keys_and_says_why_not(
    desk: MakeDesk, size: tuple[int, int]
) -> None:
    async with at(desk(), size) as hand:
        await hand.says("x", "All acts", "↑↓ move · enter choose · esc cancel")
        await hand.press("end", "enter")
        await hand.ready()
        await hand.until(lambda: hand.app.screen.query_one("#problem").size.height > 0)
        assert isinstance(hand.app.screen, Choose)
        await hand.sees("esc cancel")


async def test_the_palette_lists_every_act_and_why_not(desk: MakeDesk) -> None:
    from runbook_tui.tui.palette import RunCommands

    async with at(desk()) as hand:
        found = {each.label: each.words for each in RunCommands(hand.app.screen).all()}
        assert {act.label for act in ACTS.values()} <= set(found)
        assert found["Close the run"].startswith("not now: ")
        await hand.press("ctrl+p")
        await hand.sees("Search for commands")
        for letter in "pause":
            await hand.press(letter)
        await hand.sees("Pause the run")
        await hand.press("enter")
        await hand.until(lambda: "Nothing goes on until you say so" in hand.text)


async def test_a_refused_key_says_why(desk: MakeDesk) -> None:
    async with at(desk()) as hand:
        await hand.says("d", "not done yet: not ticked")
        await hand.press("escape")
        await hand.says("r", "has no command to run")
        await hand.says("9", "has no item 9")
        await hand.says("f", "No output of read-ticket")


@pytest.mark.parametrize("size", SIZES)
async def test_panes_follow_tab_and_the_mouse(desk: MakeDesk, size: tuple[int, int]) -> None:
    async with at(desk(), size) as hand:
        seen = set()
        for _ in range(3):
            await hand.press("tab")
            await hand.pilot.pause()
            seen.add(hand.app.run_screen._front)
            assert hand.app.screen.focused is not None
            assert hand.app.screen.focused in hand.app.screen.query(
                f"#{hand.app.run_screen._front} *"
            )
        assert seen == {"plan", "step-pane", "decisions"}
        while hand.app.run_screen._front != "plan":
            await hand.press("tab")
            await hand.pilot.pause()
        await hand.sees("Take a snapshot")
        place = next(n for n, row in enumerate(hand.text.splitlines()) if "Go or no-go" in row)
        await hand.pilot.click(offset=(8, place))
        await hand.sees("3/7 go · gate")


async def test_copying_goes_to_the_terminal_and_to_a_file_that_is_named(
    desk: MakeDesk, tmp_path: Path
) -> None:
    settings = Settings(poll_seconds=0.05, clip_folder=str(tmp_path / "copied"))
    place = desk(steps(command("a", "echo copied"), check("b")), settings=settings)
    async with at(place, (80, 24)) as hand:
        await hand.says("ctrl+c", "Copied; also in the file", "copied-")
        assert hand.app.clipboard == "echo copied"
        (file,) = (tmp_path / "copied").iterdir()
        assert file.read_text() == "echo copied"
        assert file.stat().st_mode & 0o077 == 0


async def test_keys_can_be_changed_and_are_shown_as_changed(desk: MakeDesk) -> None:
    settings = Settings(poll_seconds=0.05, keys={"skip": "S", "next": "f5"})
    async with at(desk(TWO, settings=settings)) as hand:
        await hand.sees("f5 start", "S skip")
        await hand.press("s")
        await hand.says("S", "Skip this step · a")
        await hand.press("escape")
        await hand.sees_no("Skip this step · a")
        await hand.press("f5")
        await hand.stands("a", Status.ACTIVE)
        await hand.says("question_mark", "f5", "Do what naturally comes next")


def test_no_key_belongs_to_tmux_or_screen_and_each_is_bound_once() -> None:
    bound = [key for entry in keys.KEYS for key in entry.keys.split(",")]
    assert len(bound) == len(set(bound))
    assert not set(bound) & keys.OWN_KEYS
    assert {entry.id for entry in keys.KEYS if entry.act} <= set(ACTS)


async def test_leaving_while_a_command_runs_asks_and_ends_it(desk: MakeDesk) -> None:
    place = desk(steps(command("a", "sleep 60", ", mutates: true"), check("b")))
    app = place.app()
    async with at(place) as hand:
        app = hand.app
        await hand.says("r", "Run · a")
        await hand.agrees()
        await hand.stands("a", Status.RUNNING)
        await hand.press("ctrl+q", "ctrl+q")
        await hand.sees("Leave while a command runs?")
        assert len(app.screen_stack) == 2
        await hand.press("n")
        await hand.sees_no("Leave while")
        await hand.press("ctrl+q")
        await hand.sees("Leave while a command runs?")
        await hand.press("y")
        await hand.until(lambda: not app.is_running or app._exit)
    assert app.return_value == 0


async def test_a_dialog_opens_and_answers_while_a_command_floods(desk: MakeDesk) -> None:
    place = desk(steps(command("a", "yes flood"), check("b")))
    async with at(place) as hand:
        await hand.says("r", "Run · a")
        await hand.agrees()
        await hand.sees("flood")
        await hand.says("n", "Leave a note")
        await hand.type("it floods")
        await hand.until(lambda: hand.state.notes == 1)
        await hand.acts("Cancel what is running")
        await hand.agrees()
        await hand.until(lambda: (r := hand.of("a").run) and r.outcome == "cancelled")


async def test_enter_rests_for_a_moment_where_its_meaning_changed_by_itself(desk: MakeDesk) -> None:
    place = desk(steps(check("a"), check("b")))
    async with at(place) as hand:
        hand.app.run_screen.repeat_seconds = 60.0
        await hand.sees("enter start")
        session = place.elsewhere("bob")
        assert not isinstance(session.submit(cmd.StartStep("a")), Refusal)
        await hand.sees("enter tick item")
        await hand.says("enter", "This has just changed: enter is tick item now")
        assert not hand.of("a").ticked
        hand.app.run_screen.repeat_seconds = 0.0
        await hand.press("enter")
        await hand.until(lambda: hand.of("a").ticked)


async def test_what_is_pressed_while_a_decision_is_stored_does_not_act_on_what_it_brings(
    desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at(desk(TWO)) as hand:
        hand.app.run_screen.repeat_seconds = 0.25
        await hand.sees("enter start")
        log = hand.app.run_screen.driving.session.log
        append = log.append
        pressed: list[events.Key] = []

        def spend(seconds: float) -> None:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                pass

        def slow_disk(*arguments: Any, **named: Any) -> Any:
            spend(0.5)
            if not pressed:  # An impatient finger.
                pressed.append(events.Key("enter", None))
                pressed[0].set_sender(hand.app)
                hand.app.post_message(pressed[0])
            spend(0.5)
            return append(*arguments, **named)

        def slow_machine() -> None:
            changed()
            spend(0.5)

        changed = hand.app.run_screen.offer_changed
        monkeypatch.setattr(hand.app.run_screen, "offer_changed", slow_machine)
        monkeypatch.setattr(log, "append", slow_disk)
        await hand.press("enter")
        await hand.stands("a", Status.ACTIVE)
        await hand.sees("This has just changed: enter is tick item now")
        assert not hand.of("a").ticked
