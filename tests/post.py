"""A post office in memory that answers what a test tells it, and a desk that sends by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from message_desk import Desk, book

from runbook_tui.domain.messages.channels import Answered, Channel, Outgoing
from runbook_tui.domain.messages.state import Delivery
from runbook_tui.domain.record import LogFailure

PATIENCE = 10.0
DELAYS = (0.02, 0.02, 0.02)
QUICK = {"delays": DELAYS, "in_flight": 0.0, "apart": 0.0, "record_again": 0.02}
TAKES = Answered(outcome="delivered", words="HTTP 201", reference="u1", thread="t1")
FAILS = Answered(outcome="failed", words="HTTP 500", doubtful=True)
DOWN = Answered(outcome="failed", words="no connection: refused")
REFUSES = Answered(outcome="refused", words="HTTP 422")
LOST = Answered(outcome="unknown", words="sent, and no answer in time")
ABSENT = Answered(outcome="failed", words="it is not on the page")
DUMB = Answered(outcome="unknown", words="it does not say what it has")


class FullError(LogFailure):
    """The disk is full."""


@dataclass
class Post:
    """A carrier in memory: each channel answers what a test tells it, in order, and then takes
    everything."""

    channels: tuple[Channel, ...]
    answers: dict[str, list[Answered]] = field(default_factory=dict)
    sees: dict[str, list[Answered | None]] = field(default_factory=dict)
    """What a look answers; where nothing is said, the channel cannot be asked."""
    handed: list[tuple[str, int, int]] = field(default_factory=list)
    """Channel, update, attempt: all that was handed over."""
    looks: list[tuple[str, int]] = field(default_factory=list)
    outgoing: list[Outgoing] = field(default_factory=list)
    closed: dict[str, asyncio.Event] = field(default_factory=dict)
    """A channel that hangs until its event is set."""
    raises: dict[str, Exception] = field(default_factory=dict)

    async def deliver(self, channel: str, outgoing: Outgoing) -> Answered:
        self.handed.append((channel, _number(outgoing), outgoing.attempt))
        self.outgoing.append(outgoing)
        if channel in self.closed:
            await self.closed[channel].wait()
        if channel in self.raises:
            raise self.raises[channel]
        waiting = self.answers.get(channel, [])
        return waiting.pop(0) if waiting else TAKES

    async def look(self, channel: str, outgoing: Outgoing) -> Answered | None:
        self.looks.append((channel, _number(outgoing)))
        if channel in self.raises:
            raise self.raises[channel]
        waiting = self.sees.get(channel)
        if waiting is None:
            return None
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


def _number(outgoing: Outgoing) -> int:
    return int(outgoing.entry.rpartition("/")[2])


def desk(post: Post, **more: object) -> Desk:
    settings = {**QUICK, **more}
    return Desk(book(), post, **settings).after(12)  # type: ignore[arg-type]


def another(first: Desk, post: Post, **more: object) -> Desk:
    """The next program on the same log."""
    settings = {**QUICK, **more}
    found = Desk(book(), post, branch=first.branch, **settings)  # type: ignore[arg-type]
    found.clock.seconds = first.clock.seconds
    return found


def send(at: Desk, *to: str) -> int:
    update = at.send(at.write(), *to)
    at.delivering.nudge()
    return update.number


def of(at: Desk, channel: str, update: int = 1) -> Delivery:
    return at.update(update).deliveries[channel]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(at: Desk) -> AsyncIterator[Desk]:
    at.delivering.start()
    try:
        yield at
    finally:
        await at.delivering.stop()


async def served(at: Desk, condition: Callable[[], bool]) -> None:
    async with running(at):
        await until(condition)
    assert at.delivering.busy is False
