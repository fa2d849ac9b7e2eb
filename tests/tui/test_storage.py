"""A decision that could not be stored was not made, and nobody can believe that it was."""

from __future__ import annotations

import shutil

import pytest

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.state import Status

from .conftest import MakeDesk
from .desk import RUN, Hand, at
from .runbooks import check, command, steps


async def test_a_log_that_vanishes_is_said_loudly_and_works_again_when_back(
    desk: MakeDesk,
) -> None:
    place = desk(steps(check("a"), check("b")))
    log, away = place.folder / "log.git", place.folder / "away.git"
    async with at(place, (80, 24)) as hand:
        log.rename(away)
        await hand.press("1")
        await hand.sees("NOT RECORDED", "enter understood")
        assert not hand.of("a").ticked
        await hand.press("enter")
        await hand.sees_no("NOT RECORDED")
        away.rename(log)
        await hand.sees_no("The log cannot be")
        await hand.press("1")
        await hand.until(lambda: hand.of("a").ticked)
        assert place.elsewhere("bob").state.of("a").ticked


async def test_a_log_that_is_gone_while_a_command_runs_keeps_how_it_ended(
    desk: MakeDesk,
) -> None:
    shell = "until test -e go; do sleep 0.05; done; echo finished"
    place = desk(steps(command("a", shell), check("b")))
    log, away = place.folder / "log.git", place.folder / "away.git"
    async with at(place) as hand:
        await hand.says("r", "Run · a")
        await hand.agrees()
        await hand.stands("a", Status.RUNNING)
        log.rename(away)
        (place.book.parent / "go").touch()
        await hand.sees("NOT RECORDED")
        await hand.press("enter")
        away.rename(log)
        await hand.until(lambda: (r := hand.of("a").run) and r.outcome == "ok", "its end recorded")


async def test_a_branch_moved_by_force_is_said_and_nothing_is_decided(desk: MakeDesk) -> None:
    place = desk(steps(check("a"), check("b")))
    async with at(place) as hand:
        shutil.rmtree(place.folder / "log.git" / "refs" / "heads" / "runs")
        await hand.sees("The log cannot be")
        await hand.press("1")
        await hand.sees("NOT RECORDED")
        assert not hand.of("a").ticked


async def test_a_failure_of_the_program_in_an_act_is_said_and_the_run_goes_on(
    desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at(desk(steps(check("a"), check("b")))) as hand:

        async def broken(*_: object) -> None:
            raise RuntimeError("[/] no such thing")

        with monkeypatch.context() as patched:
            patched.setattr(hand.app.run_screen.performer, "act", broken)
            await hand.says("n", "The program failed here", "[/] no such thing")
        await hand.press("1")
        await hand.until(lambda: hand.of("a").ticked)


async def test_a_failure_while_opening_ends_with_a_sentence(desk: MakeDesk) -> None:
    place = desk()

    def broken(_: object) -> object:
        raise RuntimeError("[/] out of order")

    place.begin = broken  # type: ignore[assignment,method-assign]
    app = place.app()
    async with app.run_test() as pilot:
        await Hand(pilot).until(lambda: app.trouble)
    assert "out of order" in app.trouble
    assert "Traceback" not in app.trouble
    assert app.return_value == 1


async def test_decisions_of_another_terminal_appear(desk: MakeDesk) -> None:
    place = desk(steps(check("a"), check("b")))
    async with at(place) as hand:
        other = place.elsewhere("bob")
        assert not isinstance(other.submit(cmd.Tick("a", "one")), Refusal)
        await hand.sees("bob ticks")
        assert hand.of("a").ticked
        assert place.repo.run(RUN).head == hand.app.run_screen.driving.session.head
