"""A place to try the interface at: a real runbook, a real git log, a clock held in the hand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, TextArea

from runbook_tui.adapters.gitlog import Repository
from runbook_tui.cli.begin import driving, read_evidence
from runbook_tui.cli.pinning import EditedOnDisk, load_pinned, pin_of, pinned_files
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.events import Mode
from runbook_tui.domain.moment import Moment
from runbook_tui.domain.parameters import resolve
from runbook_tui.domain.plan import Plan
from runbook_tui.domain.record import Identity
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.schedule.baseline import baseline
from runbook_tui.domain.schedule.earlier import Timing, estimates
from runbook_tui.domain.schedule.rehearsals import looked_back
from runbook_tui.domain.state import RunState, Status, StepState
from runbook_tui.formats.load import load
from runbook_tui.opening import Driving, Opening, Settings
from runbook_tui.session import Clock, Session, Who
from runbook_tui.tui.app import RunbookApp
from runbook_tui.tui.screens.choose import Choose

START = datetime(2026, 5, 1, 19, 30, tzinfo=UTC)
RUN = "20260501-small-k3f9"
LETTERS = {"enter": "\r", "tab": "\t", "space": " ", "slash": "/", "question_mark": "?"}
PATIENCE = 15.0
"""Seconds that anything waited for may take on a busy machine."""


class HandClock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> Moment:
        return Moment(START + timedelta(seconds=self.seconds), 1_000 + self.seconds, "boot-1")


@dataclass
class Desk:
    """Everything around one run, and how to open it."""

    folder: Path
    text: str
    mode: Mode = "live"
    who: str = "alice"
    clock: Clock = field(default_factory=HandClock)
    trusted: bool = True
    values: Mapping[str, str] = field(default_factory=dict)
    settings: Settings = field(default_factory=lambda: Settings(poll_seconds=0.05))
    timings: tuple[Timing, ...] = ()
    """What earlier runs took."""
    asked_to_trust: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.book = self.folder / "book" / "runbook.yaml"
        self.book.parent.mkdir(exist_ok=True)
        self.book.write_text(self.text, encoding="utf-8")
        self.repo = Repository.create(self.folder / "log.git")
        self.loaded = load(self.book)
        self.plan = Plan(self.loaded.runbook, self.loaded.digest)

    def person(self, name: str) -> Who:
        return Who(name, Identity("alice", "alice@example.org"))

    @property
    def is_there(self) -> bool:
        """Whether the run was started before."""
        return any(run == RUN for run, _ in self.repo.runs())

    def begin(self, values: Mapping[str, str]) -> Driving:
        """Starts the run, or goes on with it where it was started before."""
        if self.is_there:
            session = self.elsewhere(self.who)
            answer = session.submit(cmd.ResumeRun(host="here", program="test"))
            assert not isinstance(answer, Refusal), answer
            opened = driving(session)
            return replace(opened, interrupted=opened.executor.settle_interrupted())
        runbook = self.loaded.runbook
        resolved, problems = resolve(runbook, values)
        assert not problems
        hidden = {n: v for n, v in resolved.items() if runbook.parameters[n].type == "secret"}
        pin = pin_of(self.loaded, self.book)
        session = Session(
            self.repo.run(RUN),
            self.clock,
            self.person(self.who),
            load_pinned,
            plan=self.plan,
            secrets=hidden,
        )
        start = cmd.StartRun(
            run=RUN,
            pin=pin,
            mode=self.mode,
            folder=str(self.book.parent),
            parameters={n: v for n, v in resolved.items() if n not in hidden},
            secrets=tuple(hidden),
            baseline=baseline(
                self.plan,
                RUN,
                self.clock.now().utc,
                resolved,
                estimates(self.plan, self.timings),
                looked_back(self.plan, self.timings) if self.timings else None,
            ),
        )
        answer = session.submit(start, files=pinned_files(self.loaded, pin))
        assert not isinstance(answer, Refusal), answer
        return driving(session)

    def elsewhere(self, name: str) -> Session:
        """A session of another terminal on the same log."""
        return Session(self.repo.run(RUN), self.clock, self.person(name), load_pinned)

    def opening(self) -> Opening:
        def trust(digest: str, title: str) -> None:
            self.asked_to_trust.append(digest)

        return Opening(
            begin=self.begin,
            trusted=lambda digest: self.trusted or digest in self.asked_to_trust,
            trust=trust,
            plan=None if self.is_there else self.plan,
            mode=self.mode,
            given=self.values,
            who=self.who,
            clock=self.clock,
            edited=EditedOnDisk(),
            read_evidence=read_evidence,
        )

    def app(self) -> RunbookApp:
        """The application, not running yet. A key pressed twice acts twice: a pilot is fast."""
        app = RunbookApp(self.opening(), self.settings)
        app.run_screen.repeat_seconds = 0.0
        return app


class Hand:
    """Drives an opened application: presses keys, reads the screen."""

    def __init__(self, pilot: Pilot[int]) -> None:
        assert isinstance(pilot.app, RunbookApp)
        self.pilot = pilot
        self.app: RunbookApp = pilot.app

    @property
    def text(self) -> str:
        """What is on the screen, as a person reads it."""
        strips = self.app.screen._compositor.render_strips()
        lines = ["".join(s.text for s in strip if not s.control).rstrip() for strip in strips]
        return "\n".join(lines)

    @property
    def state(self) -> RunState:
        """The run as the program knows it."""
        return self.app.run_screen.driving.session.state

    def of(self, name: str) -> StepState:
        return self.state.of(name)

    async def press(self, *names: str) -> None:
        """Presses keys as a fast hand does: nothing waits in between. Enter does what the screen
        offers, so it is looked at first.
        """
        if names[:1] == ("enter",):
            await self.until(lambda: not self.app.run_screen.offers_another(), "the offer")
        for name in names:
            letter = name if len(name) == 1 else LETTERS.get(name)
            event = events.Key(name, letter)
            event.set_sender(self.app)
            self.app.post_message(event)
        await asyncio.sleep(0)

    async def type(self, text: str, end: str = "enter") -> None:
        """Types words, and enter; into a field of several lines, ctrl+s."""
        await self.until(lambda: self.app.screen.query("Input, TextArea"), "a field to type into")
        await self.ready()
        for area in self.app.screen.query(TextArea):
            area.text = text
            await self.press("ctrl+s")
            return
        self.app.screen.query_one(Input).value = text
        await self.press(end)

    async def until(self, holds: Callable[[], object], what: str = "that") -> None:
        """Waits until `holds` does. Raises AssertionError with the screen where it never does."""
        end = time.monotonic() + PATIENCE
        while True:
            await asyncio.sleep(0.01)
            if holds():
                return
            assert time.monotonic() < end, f"waited for {what}; the screen:\n{self.text}"

    async def sees(self, *texts: str) -> None:
        """Waits until all of it is on the screen."""
        await self.until(lambda: all(text in self.text for text in texts), repr(texts))
        await self.ready()

    async def sees_no(self, text: str) -> None:
        """Waits until it is not on the screen."""
        await self.until(lambda: text not in self.text, f"{text!r} to go")

    async def opened(self) -> None:
        """Waits until the run is open and drawn."""
        await self.until(lambda: self.app.run_screen.driving_or_none is not None, "the log")
        await self.sees_no("opening the log")

    async def ready(self) -> None:
        """Waits until the screen in front takes keys."""
        await self.until(lambda: getattr(self.app.screen, "_ready", True), "the dialog")

    async def says(self, key: str, *texts: str) -> None:
        """Presses a key and waits for what it brings to the screen."""
        await self.press(key)
        await self.sees(*texts)

    async def agrees(self) -> None:
        """Agrees in a dialog that asks."""
        await self.sees("enter, n or esc cancel", " y ")
        await self.press("y")
        await self.sees_no("enter, n or esc cancel")

    async def stands(self, name: str, *statuses: Status) -> None:
        """Waits until a step stands so."""
        await self.until(lambda: self.of(name).status in statuses, f"{name} {statuses}")

    async def acts(self, label: str) -> None:
        """Chooses an act by its label from the menu of all acts."""
        await self.says("x", "All acts ·")
        screen = self.app.screen
        assert isinstance(screen, Choose)
        wanted = [n for n, c in enumerate(screen._choices) if label in c.label]
        screen.query_one(OptionList).highlighted = wanted[0]
        await self.press("enter")


@asynccontextmanager
async def at(desk: Desk, size: tuple[int, int] = (120, 36)) -> AsyncIterator[Hand]:
    """The application open on a desk, and a hand on it. What it died of is raised."""
    async with desk.app().run_test(size=size, notifications=True) as pilot:
        hand = Hand(pilot)
        await hand.opened()
        yield hand
