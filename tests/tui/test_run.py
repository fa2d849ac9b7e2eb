"""A run from its first step to its end, and every way to leave the straight path."""

from __future__ import annotations

import pytest

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.state import RunStatus, Status

from .conftest import MakeDesk
from .desk import at
from .runbooks import check, command, steps

SIZES = [(80, 24), (100, 30), (120, 36)]


@pytest.mark.parametrize("size", SIZES)
async def test_a_run_is_driven_from_start_to_close(desk: MakeDesk, size: tuple[int, int]) -> None:
    async with at(desk(), size) as hand:
        await hand.press("enter")
        await hand.stands("read-ticket", Status.ACTIVE)
        for item in range(1, 4):
            await hand.press("enter")
            await hand.until(lambda n=item: len(hand.of("read-ticket").ticked) == n)
        await hand.press("enter")
        await hand.stands("read-ticket", Status.DONE)

        await hand.press("enter")
        await hand.stands("snapshot", Status.ACTIVE)
        await hand.says("enter", "Run · snapshot", 'echo "snapshot of $RB_TARGET"')
        await hand.agrees()
        await hand.until(lambda: (v := hand.of("snapshot").verify) and v.outcome == "ok")
        await hand.sees("snapshot of 5.0", "enter observe")
        await hand.says("enter", "Observe · snapshot", "4.2 GiB")
        await hand.type("4.2")
        await hand.until(lambda: hand.of("snapshot").observed == "4.2")
        await hand.press("enter")
        await hand.stands("snapshot", Status.DONE)

        for item in ("1", "2"):
            await hand.press(item)
            await hand.until(lambda n=int(item): len(hand.of("go").ticked) == n)
        await hand.says("enter", "Gate · go", "Every criterion is met.")
        await hand.press("g")
        await hand.sees("enter record")
        await hand.press("enter")
        await hand.stands("go", Status.DONE)

        await hand.press("enter")
        await hand.stands("how", Status.ACTIVE)
        await hand.says("enter", "Decide · how", "Migrate online or offline?", "no downtime")
        await hand.press("enter")
        await hand.sees("You choose")
        await hand.type("it is quiet")
        await hand.stands("how", Status.DONE)
        assert hand.of("how").choice == "online"
        await hand.sees("migrate · command")
        assert "not needed" in hand.text or hand.app.size.width < 100

        await hand.press("enter")
        await hand.stands("migrate", Status.ACTIVE)
        await hand.says("enter", "Run · migrate")
        await hand.agrees()
        await hand.until(lambda: (v := hand.of("migrate").verify) and v.outcome == "ok")
        await hand.press("enter")
        await hand.stands("migrate", Status.DONE)

        await hand.press("enter")
        await hand.stands("tell", Status.ACTIVE)
        await hand.says("d", "the message of tell is not sent")
        await hand.type("mailed them")
        await hand.stands("tell", Status.DONE)
        await hand.sees("every step is settled")
        await hand.says("enter", "Close the run?")
        await hand.agrees()
        await hand.sees("enter record")
        await hand.type("went well")
        await hand.until(lambda: hand.state.status is RunStatus.CLOSED)
        await hand.sees("CLOSED")
        await hand.press("n")
        await hand.sees("Leave a note")
        await hand.type("and nobody noticed")
        await hand.until(lambda: hand.state.notes == 1)
        await hand.says("enter", "n leaves a note")


async def test_skip_defer_take_back_and_what_comes_back_at_the_end(desk: MakeDesk) -> None:
    async with at(desk(steps(check("a"), check("b"), check("c")))) as hand:
        await hand.says("s", "Skip this step · a")
        await hand.press("enter")
        await hand.sees("Words are needed here.")
        await hand.type("not today")
        await hand.stands("a", Status.SKIPPED)
        await hand.sees("» Step a", "skipped", "skips a: not today")
        await hand.acts("Defer this step")
        await hand.sees("Defer this step · b")
        await hand.type("the pair is away")
        await hand.stands("b", Status.DEFERRED)
        await hand.sees("3/3 c ·", "deferred")
        await hand.press("enter")
        await hand.stands("c", Status.ACTIVE)
        await hand.press("1")
        await hand.until(lambda: hand.of("c").ticked)
        await hand.press("z")
        await hand.until(lambda: not hand.of("c").ticked)
        await hand.sees("takes back")
        await hand.press("1")
        await hand.until(lambda: hand.of("c").ticked)
        await hand.press("d")
        await hand.stands("c", Status.DONE)
        await hand.sees("2/3 b ·")
        await hand.press("enter")
        await hand.stands("b", Status.ACTIVE)


async def test_override_says_what_is_missing(desk: MakeDesk) -> None:
    async with at(desk(steps(check("a"), check("b")))) as hand:
        await hand.acts("Override")
        await hand.sees("missing: not ticked: one")
        await hand.type("seen by phone")
        await hand.stands("a", Status.OVERRIDDEN)
        await hand.sees("! ", "overridden")


async def test_a_failure_is_shown_and_tried_again(desk: MakeDesk) -> None:
    book = steps(command("a", "test -e ready && echo fine"), check("b"))
    place = desk(book)
    async with at(place) as hand:
        await hand.says("r", "Run · a")
        await hand.agrees()
        await hand.sees("command failed", "exit 1")
        await hand.stands("a", Status.FAILED)
        await hand.sees("enter retry")
        (place.book.parent / "ready").touch()
        await hand.press("enter")
        await hand.stands("a", Status.ACTIVE)
        await hand.says("enter", "Run · a")
        await hand.agrees()
        await hand.sees("fine")
        await hand.until(lambda: (r := hand.of("a").run) and r.outcome == "ok")


async def test_pause_and_go_on(desk: MakeDesk) -> None:
    async with at(desk()) as hand:
        await hand.acts("Pause the run")
        await hand.type("lunch")
        await hand.sees("PAUSED", "enter go on")
        await hand.says("space", "the run is paused")
        await hand.press("enter")
        await hand.until(lambda: hand.state.status is RunStatus.OPEN)


async def test_abort_asks_twice_and_ends_the_run(desk: MakeDesk) -> None:
    async with at(desk()) as hand:
        await hand.acts("Abort the run")
        await hand.sees("Abort the run?", "7 steps are not settled", hand.state.run)
        await hand.press("enter")
        await hand.sees_no("Abort the run?")
        assert hand.state.status is RunStatus.OPEN
        await hand.acts("Abort the run")
        await hand.agrees()
        await hand.type("the ticket was withdrawn")
        await hand.until(lambda: hand.state.status is RunStatus.ABORTED)
        await hand.sees("ABORTED", "the ticket was withdrawn")


async def test_no_go_keeps_the_gate_closed_and_it_can_be_decided_anew(desk: MakeDesk) -> None:
    gate = "{id: go, kind: gate, title: Go, criteria: [Nobody objects]}"
    async with at(desk(steps(gate, check("b")))) as hand:
        await hand.press("enter")
        await hand.stands("go", Status.ACTIVE)
        await hand.says("enter", "1 ☑")
        await hand.says("enter", "Gate · go")
        await hand.press("j", "j", "enter")
        await hand.sees("No-go · go")
        await hand.type("bob objects")
        await hand.sees("NO-GO", "bob objects")
        await hand.press("j")
        await hand.says("1", "the gate go is not open")
        await hand.press("g")
        await hand.sees("enter retry")
        await hand.press("enter")
        await hand.stands("go", Status.ACTIVE)


async def test_evidence_by_words_and_by_file(desk: MakeDesk) -> None:
    step = "{id: a, kind: checklist, title: A, evidence: [the plan, the proof]}"
    place = desk(steps(step, check("b")))
    proof = place.folder / "proof.txt"
    proof.write_text("seen\x1b[31m on the dashboard\n")
    async with at(place) as hand:
        await hand.says("a", "Which?", "the plan")
        await hand.press("enter")
        await hand.sees("text or @path")
        await hand.type("as agreed")
        await hand.until(lambda: "the plan" in hand.of("a").evidence)
        await hand.says("enter", "the proof")
        await hand.type(f"@{place.folder}/no-such-file")
        await hand.sees("Not attached", "no-such-file", "ctrl+s record")
        await hand.type(f"@{proof}")
        await hand.until(lambda: "the proof" in hand.of("a").evidence)
        stored = place.repo.run(hand.state.run).file(hand.of("a").evidence["the proof"])
        assert b"on the dashboard" in stored
        await hand.press("enter")
        await hand.stands("a", Status.DONE)


async def test_approval_from_another_terminal_shows_by_itself(desk: MakeDesk) -> None:
    place = desk(steps(check("a", ", approval: {}"), check("b")))
    async with at(place) as hand:
        await hand.press("1")
        await hand.until(lambda: hand.of("a").ticked)
        await hand.says("enter", "decide", "approve --as NAME")
        await hand.acts("Approve as another person")
        await hand.sees("nobody approves their own step")
        await hand.press("escape")
        other = place.elsewhere("bob")
        assert not isinstance(other.submit(cmd.Approve("a", "")), Refusal)
        await hand.sees("bob", "(claimed)")
        await hand.press("enter")
        await hand.stands("a", Status.DONE)


async def test_a_wait_ends_by_itself_early_or_is_cancelled(desk: MakeDesk) -> None:
    wait = "{id: w, kind: wait, title: Settle, duration: 5m}"
    place = desk(steps(wait, check("b")))
    async with at(place) as hand:
        await hand.press("enter")
        await hand.stands("w", Status.ACTIVE)
        await hand.press("enter")
        await hand.until(lambda: hand.app.run_screen.driving.executor.is_running("w"))
        await hand.sees("wait 05:00 left")
        await hand.says("enter", "x shows how to end that early")
        await hand.acts("Cancel what is running")
        await hand.agrees()
        await hand.until(lambda: not hand.app.run_screen.driving.executor.is_running("w"))
        await hand.press("enter")
        await hand.until(lambda: hand.app.run_screen.driving.executor.is_running("w"))
        await hand.acts("End the wait early")
        await hand.type("it is quiet already")
        await hand.until(lambda: hand.of("w").wait_over is not None)
        await hand.until(lambda: not hand.app.run_screen.driving.executor.is_running("w"))


async def test_unknown_is_settled_by_a_person_and_never_run_again_by_itself(
    desk: MakeDesk,
) -> None:
    place = desk(steps(command("a", "echo once >> ran", ", mutates: true"), check("b")))
    begun = place.begin({}).session
    assert not isinstance(begun.submit(cmd.BeginCommand("a", purpose="run", line="x")), Refusal)
    async with at(place) as hand:
        await hand.stands("a", Status.UNKNOWN)
        await hand.sees("UNKNOWN", "a was interrupted")
        await hand.says("r", "a is unknown")
        await hand.says("enter", "Nobody knows how far this came", "It took effect")
        await hand.press("j", "enter")
        await hand.type("the file is not there")
        await hand.until(lambda: hand.of("a").happened is False)
        await hand.sees("☑ a person found: it did not take effect")
        assert not (place.book.parent / "ran").exists()


async def test_unknown_that_the_machine_verified_is_told_from_what_a_person_found(
    desk: MakeDesk,
) -> None:
    verify = ", verify: {argv: [test, -e, ran], expect: {exit: 0}}"
    place = desk(steps(command("a", "echo once >> ran", ", mutates: true" + verify), check("b")))
    begun = place.begin({}).session
    assert not isinstance(begun.submit(cmd.BeginCommand("a", purpose="run", line="x")), Refusal)
    (place.book.parent / "ran").touch()
    async with at(place) as hand:
        await hand.stands("a", Status.UNKNOWN)
        await hand.sees("a was interrupted", "nobody saw how it ended", "UNKNOWN: the command")
        await hand.press("enter")
        await hand.agrees()
        await hand.until(lambda: hand.of("a").happened)
        await hand.sees("✓ machine: verified, it took effect")
        for stale in ("a person found", "under way since", "a was interrupted", "UNKNOWN"):
            await hand.sees_no(stale)


async def test_a_runbook_edited_on_disk_is_noticed_and_adopted(desk: MakeDesk) -> None:
    place = desk(steps(check("a"), check("b")))
    async with at(place) as hand:
        await hand.says("m", "is the one this run follows")
        await hand.press("1")
        await hand.until(lambda: hand.of("a").ticked)
        await hand.press("d")
        await hand.stands("a", Status.DONE)
        edited = steps(check("a").replace("[one]", "[one, two]"), check("new"), check("b"))
        place.book.write_text(edited.replace("1.0.0", "1.1.0"))
        await hand.sees("The runbook was edited on disk")
        await hand.says("m", "Adopt the edited runbook?", "• a:")
        await hand.type("the lock was missing")
        await hand.sees("amends", "Step new")
        await hand.until(lambda: hand.state.amended == 1)
        assert hand.of("a").changed_since
        await hand.sees("done*")
        await hand.sees_no("The runbook was edited on disk")


async def test_an_edited_runbook_with_errors_says_where(desk: MakeDesk) -> None:
    place = desk(steps(check("a"), check("b")))
    async with at(place) as hand:
        place.book.write_text(place.text.replace("items:", "itens:", 1))
        await hand.sees("has errors", "itens")
        await hand.says("m", "has errors")
        place.book.unlink()
        await hand.sees("cannot be looked at")


@pytest.mark.parametrize("size", SIZES)
async def test_a_run_with_every_step_settled_opens_on_the_last_one_and_can_be_closed(
    desk: MakeDesk, size: tuple[int, int]
) -> None:
    place = desk(steps(check("a"), check("b")))
    place.begin({})
    session = place.elsewhere("alice")
    for name in ("a", "b"):
        assert not isinstance(session.submit(cmd.SkipStep(name, "not tonight")), Refusal)
    async with at(place, size) as hand:
        await hand.sees("every step is settled", "2/2 b · checklist", "? help")
        await hand.says("enter", "Close the run")
