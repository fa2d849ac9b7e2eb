"""What lint says and does not forbid the run is told when it opens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runbook_tui.cli.begin import NewRun
from runbook_tui.opening import Opening

from .conftest import MakeDesk
from .desk import Desk, at
from .runbooks import SMALL

LONG = SMALL.replace("phases:\n", "buffer: {duration: 5h}\nphases:\n", 1)


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_a_rehearsal_of_a_plan_that_does_not_fit_opens_and_says_so(
    desk: MakeDesk, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = desk(LONG, mode="rehearsal")
    log: Any = lambda: None  # noqa: E731 - where it is kept is the desk's
    new = NewRun(log=log, loaded=place.loaded, source=place.book, mode="rehearsal")
    made = Desk.opening

    def opening(self: Desk) -> Opening:
        return replace(made(self), check=new.check)

    monkeypatch.setattr(Desk, "opening", opening)
    async with at(place, size) as hand:
        await hand.sees("REHEARSAL", "A live run would be refused", "the window has 4h")
        assert hand.state.mode == "rehearsal"
