"""Whatever channels answer and wherever programs are killed: nothing is there twice unsaid, and
nothing is said to be there that is not."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st
from message_desk import Desk, book, channels
from session_desk import Branch, log_of

from runbook_tui.domain.messages import commands as mcmd
from runbook_tui.domain.messages.channels import Answered, Channel, Outgoing
from runbook_tui.domain.record import LogFailure

TAKES = Answered(outcome="delivered", words="HTTP 201")
ANSWERS: dict[str, tuple[Answered, bool]] = {
    "takes": (TAKES, True),
    "refuses": (Answered(outcome="refused", words="HTTP 422"), False),
    "is down": (Answered(outcome="failed", words="no connection"), False),
    "says 500 and has it": (Answered(outcome="failed", words="HTTP 500", doubtful=True), True),
    "says 500": (Answered(outcome="failed", words="HTTP 500", doubtful=True), False),
    "is silent and has it": (Answered(outcome="unknown", words="no answer"), True),
    "is silent": (Answered(outcome="unknown", words="no answer"), False),
}
"""What a channel does with an attempt: what it answers, and whether the message is there."""
KILLS = ("before", "while", "after", "never")
PATIENCE = 20.0


class GoneError(LogFailure):
    """The program is dead: nothing of it reaches the log any more."""


@dataclass
class World:
    """The channels, which outlive programs."""

    channels: tuple[Channel, ...]
    does: list[str]
    kills: list[str]
    can_be_asked: bool
    there: Counter[str] = field(default_factory=Counter)
    kill: Callable[[], None] = lambda: None

    async def deliver(self, channel: str, outgoing: Outgoing) -> Answered:
        kill = self.kills.pop() if self.kills else "never"
        answer, arrives = ANSWERS[self.does.pop() if self.does else "takes"]
        if kill == "before":
            self.kill()
            await asyncio.Event().wait()
        self.there[f"{channel} {outgoing.entry}"] += arrives
        if kill == "while":
            self.kill()
            await asyncio.Event().wait()
        if kill == "after":
            self.kill()
        await asyncio.sleep(0)
        return answer

    async def look(self, channel: str, outgoing: Outgoing) -> Answered | None:
        if not self.can_be_asked:
            return None
        there = self.there[f"{channel} {outgoing.entry}"] > 0
        return TAKES if there else Answered(outcome="failed", words="it is not there")


def program(world: World, branch: Branch | None) -> Desk:
    return Desk(
        book(),
        world,
        branch=branch,
        delays=(0.0,) * 40,
        in_flight=0.0,
        apart=0.0,
        record_again=0.001,
    ).after(15)


async def live(world: World, branch: Branch | None, updates: int) -> tuple[Desk, bool]:
    """One program, until nothing is left to do or it is killed; whether it was."""
    at = program(world, branch)
    dead = asyncio.Event()

    def kill() -> None:
        log_of(at.session).fails = GoneError("dead")
        dead.set()

    world.kill = kill
    at.delivering.start()
    for _ in range(updates):
        at.send(at.write(), "page", "chat")

    async def settled() -> None:
        while True:
            await at.delivering.drained()
            if at.delivering.rest() is None:
                return
            await asyncio.sleep(0.001)

    end = asyncio.create_task(settled())
    killed = asyncio.create_task(dead.wait())
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait((end, killed), return_when=asyncio.FIRST_COMPLETED)
        end.cancel()
        killed.cancel()
        await at.delivering.stop()
    return at, dead.is_set()


@given(
    st.lists(st.sampled_from(sorted(ANSWERS)), max_size=8),
    st.lists(st.sampled_from(KILLS), max_size=6),
    st.booleans(),
    st.integers(1, 3),
    st.sampled_from(["again", "arrived"]),
)
def test_nothing_is_there_twice_unsaid_and_nothing_is_lost(
    does: list[str], kills: list[str], can_be_asked: bool, updates: int, wish: str
) -> None:
    world = World(tuple(channels("page", "chat")), does, kills, can_be_asked)

    async def play() -> Desk:
        at, killed = await live(world, None, updates)
        while killed or any(u.left() for u in at.session.state.messages.sent):
            # A person answers for what is left to them, as it is, or against their better sight.
            before = at.branch
            at = program(world, before)
            at.delivering.settle_interrupted()
            for update in at.session.state.messages.sent:
                for name, known in update.deliveries.items():
                    there = world.there[f"{name} {at.session.state.run}/{update.number}"] > 0
                    if known.status in ("unknown", "failed", "refused"):
                        became = "arrived" if there and wish == "arrived" else "again"
                        at.do(mcmd.SettleDelivery(update.number, name, became, "looked"))
            at, killed = await live(world, before, 0)
        return at

    at = asyncio.run(play())
    state = at.session.state
    assert len(state.messages.sent) == updates
    for update in state.messages.sent:
        for name, known in update.deliveries.items():
            many = world.there[f"{name} {state.run}/{update.number}"]
            assert known.status == "delivered"
            assert many >= 1, "the log says that it is there"
            assert many == 1 or known.doubtful, "the log says that it may be there twice"
