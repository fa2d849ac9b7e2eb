"""Words of the run screen that people act on: counts, keys on offer, what a value must be like."""

from __future__ import annotations

import pytest

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import Observe
from runbook_tui.domain.state import RunStatus, Status
from runbook_tui.tui.present.step_parts import wanted

from .conftest import MakeDesk
from .desk import at
from .runbooks import check, command, steps

SIZES = [(80, 24), (120, 36)]


@pytest.mark.parametrize("size", SIZES)
async def test_steps_that_do_not_apply_are_in_no_count(
    desk: MakeDesk, size: tuple[int, int]
) -> None:
    only = ", when: {parameter: site, is: far}"
    book = steps(
        check("a"),
        check("b", only),
        check("c", only),
        check("d"),
        head="parameters: {site: {type: string, default: near}}",
    )
    book += f"  - id: far\n    title: Far\n    steps:\n      - {check('e', only)}\n"
    async with at(desk(book), size) as hand:
        await hand.sees("1/5 Step a", "0/2 settled")
        if size[0] < 100:
            await hand.press("tab", "tab")
        await hand.sees("Runbook  0/2 · 3 not needed", "– 2 Far")
        row = next(line for line in hand.text.splitlines() if "1 All" in line)
        assert "0/2" in row
        await hand.says("s", "Skip this step · a")
        await hand.type("not today")
        await hand.stands("a", Status.SKIPPED)
        await hand.sees("4/5 Step d", "1/2 settled", "Runbook  1/2")


@pytest.mark.parametrize("size", SIZES)
async def test_how_to_cancel_is_on_the_screen_while_a_command_runs(
    desk: MakeDesk, size: tuple[int, int]
) -> None:
    place = desk(steps(command("a", "while test ! -e go; do :; done"), check("b")))
    async with at(place, size) as hand:
        assert "cancel" not in hand.text
        await hand.says("r", "Run · a")
        await hand.agrees()
        await hand.sees("x cancel …", "^c ends nothing", "? help")
        await hand.says("ctrl+c", "^c ends nothing. To cancel it: x, Cancel what is running")
        assert "Copied" not in hand.text
        assert hand.app.clipboard == ""
        hand.app.run_screen.go_to("b")
        await hand.says("ctrl+c", "To cancel it: go there, x")
        (place.book.parent / "go").touch()
        await hand.until(lambda: (r := hand.of("a").run) and r.outcome == "ok")
        hand.app.run_screen.go_to("a")
        await hand.sees_no("x cancel …")
        await hand.press("ctrl+c")
        await hand.until(lambda: hand.app.clipboard)


async def test_a_closed_run_offers_only_what_it_takes(desk: MakeDesk) -> None:
    place = desk(steps(check("a"), check("b")))
    place.begin({})
    session = place.elsewhere("alice")
    for name in ("a", "b"):
        assert not isinstance(session.submit(cmd.SkipStep(name, "not tonight")), Refusal)
    async with at(place) as hand:
        await hand.sees("e redline")
        assert not isinstance(session.submit(cmd.CloseRun("")), Refusal)
        await hand.until(lambda: hand.state.status is RunStatus.CLOSED)
        await hand.sees("n note", "? help")
        await hand.sees_no("redline")


@pytest.mark.parametrize(
    ("observe", "words"),
    [
        ({"type": "string"}, "in words"),
        ({"type": "string", "pattern": "^[0-9]+/[0-9]+$"}, "matching ^[0-9]+/[0-9]+$"),
        ({"type": "choice", "choices": ("green", "red")}, "one of green, red"),
        ({"type": "integer", "min": 1, "max": 20}, "a whole number from 1 to 20"),
        ({"type": "number", "min": 0.5}, "a number, at least 0.5"),
        ({"type": "number", "max": 3}, "a number, at most 3"),
        ({"type": "integer"}, "a whole number"),
    ],
)
def test_what_a_value_must_be_like_is_said_beside_it(
    observe: dict[str, object], words: str
) -> None:
    assert wanted(Observe(label="It", **observe)) == words  # type: ignore[arg-type]


@pytest.mark.parametrize("size", SIZES)
async def test_links_stand_in_the_first_step_and_at_the_head_of_the_help(
    desk: MakeDesk, size: tuple[int, int]
) -> None:
    head = (
        "parameters: {number: {type: string, default: CHG-7}}\n"
        'links: {ticket: "https://tickets.example/{{number}}", board: "[b]https://b.example[/b]"}'
    )
    async with at(desk(steps(check("a"), check("b"), head=head)), size) as hand:
        await hand.sees("links  ticket  https://tickets.example/CHG-7", "board   [b]https://b.ex")
        hand.app.run_screen.go_to("b")
        await hand.sees("2/2 b ·")
        assert "tickets.example" not in hand.text
        await hand.says("question_mark", "Links", "ticket  https://tickets.example/CHG-7")
