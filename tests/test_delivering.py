"""Deliveries: in order, one lane a channel, at most once; and what is said where that is unsure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from message_desk import Desk, book, channels
from session_desk import log_of

from runbook_tui.delivering import INTERRUPTED
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.messages import commands as mcmd
from runbook_tui.domain.messages.channels import BY_HAND, Answered, Channel, Outgoing
from runbook_tui.domain.messages.feed import FEED
from runbook_tui.domain.messages.patience import LONGEST_PAUSE, Patience
from runbook_tui.domain.messages.state import Delivery
from runbook_tui.domain.messages.words import delivery_words
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


# Order and lanes


async def test_each_channel_gets_each_update_once_and_in_order() -> None:
    post = Post(tuple(channels("page", "chat")))
    at = desk(post)
    async with running(at):
        for _ in range(3):
            send(at, "page", "chat")
        await until(lambda: len(post.handed) == 6)
        await until(lambda: of(at, "chat", 3).status == "delivered")
    for name in ("page", "chat"):
        assert [n for channel, n, _ in post.handed if channel == name] == [1, 2, 3]
    assert {attempt for _, _, attempt in post.handed} == {1}
    assert post.outgoing[-1].thread == "t1", "what the channel called the run's incident"


async def test_a_channel_that_hangs_holds_up_no_other() -> None:
    post = Post(tuple(channels("page", "chat")))
    post.closed["page"] = asyncio.Event()
    at = desk(post)
    async with running(at):
        for _ in range(2):
            send(at, "page", "chat")
        await until(lambda: of(at, "chat", 2).status == "delivered")
        assert of(at, "page").status == "under-way"
        assert of(at, "page", 2).status == "waiting"
        post.closed["page"].set()
        await until(lambda: of(at, "page", 2).status == "delivered")


async def test_attempts_begin_a_moment_apart_and_none_once_it_is_being_left() -> None:
    post = Post(tuple(channels("page", "chat", "team")))
    at = desk(post, apart=0.05)
    loop = asyncio.get_running_loop()
    begun: list[tuple[float, int]] = []
    log_of(at.session).before_append = lambda: begun.append((loop.time(), len(post.handed)))
    async with running(at):
        send(at, "page", "chat", "team")
        await until(lambda: len(post.handed) == 3)
    first = {handed: when for when, handed in reversed(begun)}
    assert first[2] - first[0] >= 0.05, "of the second attempt"
    at = desk(post, apart=60.0)
    at.delivering.start()
    send(at, "page", "chat", "team")
    await until(lambda: len(post.handed) == 4)
    await at.delivering.stop(patience=0.05)
    assert len(post.handed) == 4
    assert sorted(each.status for each in at.update(1).deliveries.values())[1:] == ["waiting"] * 2


async def test_a_later_update_waits_while_the_channel_is_given_a_rest() -> None:
    """The order stays, and a channel that asks to wait is left alone."""
    asks = Answered(outcome="failed", words="HTTP 429, asks for 1 s", retry_after=0.2)
    post = Post(tuple(channels("page")), {"page": [asks]})
    at = desk(post)
    async with running(at):
        send(at, "page")
        await until(lambda: of(at, "page").status == "failed")
        send(at, "page")
        await until(lambda: of(at, "page", 2).status == "delivered")
    assert post.handed == [("page", 1, 1), ("page", 1, 2), ("page", 2, 1)]


async def test_a_later_update_does_not_wait_for_what_a_person_has_to_settle() -> None:
    post = Post(tuple(channels("page", "chat")), {"page": [REFUSES], "chat": [LOST]})
    at = desk(post)
    async with running(at):
        send(at, "page", "chat")
        send(at, "page", "chat")
        await until(lambda: of(at, "page", 2).status == of(at, "chat", 2).status == "delivered")
    assert (of(at, "page").status, of(at, "chat").status) == ("refused", "unknown")


async def test_what_failed_is_not_sent_after_a_later_one_arrived_unless_a_person_says_so() -> None:
    post = Post(tuple(channels("page")), {"page": [DOWN] * 4})
    at = desk(post)
    async with running(at):
        send(at, "page")
        await until(lambda: any("after 4 attempts" in words for words in at.told))
        send(at, "page")
        await until(lambda: of(at, "page", 2).status == "delivered")
    next_one = another(at, post)
    async with running(next_one):
        await next_one.delivering.drained()
        assert of(next_one, "page").status == "failed", "it would take readers back"
        next_one.do(mcmd.SettleDelivery(1, "page", "again", "they should have it"))
        await until(lambda: of(next_one, "page").status == "delivered")


# Trying again


async def test_what_failed_is_tried_again_and_counted() -> None:
    post = Post(tuple(channels("page")), {"page": [DOWN, DOWN]})
    at = desk(post)
    send(at, "page")
    await served(at, lambda: of(at, "page").status == "delivered")
    assert [attempt for _, _, attempt in post.handed] == [1, 2, 3]
    assert not of(at, "page").doubtful
    assert at.events.count("DeliveryBegun") == at.events.count("DeliveryEnded") == 3


async def test_after_the_last_delay_a_person_decides_and_is_told_so() -> None:
    post = Post(tuple(channels("page")), {"page": [DOWN] * 9})
    at = desk(post)
    send(at, "page")
    async with running(at):
        await until(lambda: any("after 4 attempts" in words for words in at.told))
        await at.delivering.drained()
        assert len(post.handed) == 4
        at.do(mcmd.SettleDelivery(1, "page", "again", "it is up again"))
        await until(lambda: len(post.handed) == 8)
    assert of(at, "page").attempts == 8


async def test_what_is_refused_is_never_tried_again() -> None:
    post = Post(tuple(channels("page")), {"page": [REFUSES]})
    at = desk(post)
    send(at, "page")
    async with running(at):
        await until(lambda: of(at, "page").status == "refused")
        await at.delivering.drained()
    assert len(post.handed) == 1
    assert at.told == ["update 1 on page: refused, HTTP 422"]


async def test_a_doubtful_failure_is_tried_again_and_said_to_be_perhaps_there_twice() -> None:
    post = Post(tuple(channels("page")), {"page": [FAILS]})
    at = desk(post)
    send(at, "page")
    await served(at, lambda: of(at, "page").status == "delivered")
    assert of(at, "page").doubtful
    assert "look whether it is there twice" in delivery_words(of(at, "page"))
    assert any("may be there twice" in words for words in at.told)


def test_how_long_is_waited_is_the_longer_of_our_delay_and_what_the_channel_asks() -> None:
    patience = Patience((5.0, 15.0))
    key = (1, "page")
    assert patience.begin(key, 0.0, anew=True) == 1
    assert patience.fail(key, 100.0, None)
    assert (patience.rests(key, 104.9), patience.rests(key, 105.0)) == (True, False)
    patience.begin(key, 0.0, anew=False)
    assert patience.fail(key, 200.0, 60.0)
    assert patience.until([key], 200.0) == 60.0
    patience.begin(key, 0.0, anew=False)
    assert not patience.fail(key, 300.0, 60.0)
    assert not patience.may_try(key)
    patience.begin(key, 0.0, anew=True)
    assert patience.fail(key, 0.0, 86_400.0)
    assert patience.until([key], 0.0) == LONGEST_PAUSE


# Unknown


async def test_an_unknown_one_that_cannot_be_looked_up_is_left_to_a_person() -> None:
    post = Post(tuple(channels("chat")), {"chat": [LOST]})
    at = desk(post)
    send(at, "chat")
    async with running(at):
        await until(lambda: post.looks == [("chat", 1)])
        await at.delivering.drained()
        assert of(at, "chat").status == "unknown"
        assert len(post.handed) == 1
        assert any("unknown" in words for words in at.told)
        at.do(mcmd.SettleDelivery(1, "chat", "again", "it is not there"))
        await until(lambda: of(at, "chat").status == "delivered")
    assert of(at, "chat").doubtful, "what was lost may have been on its way"


async def test_an_unknown_one_that_is_found_is_delivered() -> None:
    post = Post(tuple(channels("page")), {"page": [LOST]}, {"page": [DUMB, TAKES]})
    at = desk(post)
    send(at, "page")
    await served(at, lambda: of(at, "page").status == "delivered")
    assert len(post.handed) == 1
    assert len(post.looks) == 2
    assert not of(at, "page").doubtful


async def test_an_unknown_one_that_is_not_there_is_sent_again_and_said_to_be_doubtful() -> None:
    post = Post(tuple(channels("page")), {"page": [LOST]}, {"page": [ABSENT]})
    at = desk(post)
    send(at, "page")
    await served(at, lambda: of(at, "page").status == "delivered")
    assert post.handed == [("page", 1, 1), ("page", 1, 2)]
    assert of(at, "page").doubtful


async def test_that_it_is_not_there_counts_only_once_nothing_can_be_on_its_way() -> None:
    """The process of an attempt outlives a program that is killed: it may post after our look."""
    post = Post(tuple(channels("page")), {"page": [LOST]}, {"page": [ABSENT]})
    at = desk(post, in_flight=60.0, delays=(0.01,) * 400)
    send(at, "page")
    async with running(at):
        await until(lambda: len(post.looks) >= 3)
        assert len(post.handed) == 1
        at.after(1.5)
        await until(lambda: of(at, "page").status == "delivered")
    assert len(post.handed) == 2


async def test_a_channel_that_does_not_say_is_asked_so_often_and_then_told() -> None:
    post = Post(tuple(channels("page")), {"page": [LOST]}, {"page": [DUMB]})
    at = desk(post)
    send(at, "page")
    async with running(at):
        await until(lambda: any("does not say" in words for words in at.told))
        await at.delivering.drained()
    assert len(post.looks) == len(DELAYS) + 1
    assert of(at, "page").status == "unknown"
    assert len(post.handed) == 1


# By hand, and what is not configured


async def test_what_goes_by_hand_is_never_touched() -> None:
    post = Post((*channels("board", kind=BY_HAND), *channels("page")))
    at = desk(post)
    update = at.write()
    ready = at.messaging.ready(update)
    assert [to.channel for to in ready.to] == ["board", "page"]
    assert at.messaging.send(ready) is None
    async with running(at):
        await until(lambda: of(at, "page").status == "delivered")
        assert of(at, "board").status == "waiting"
        at.do(mcmd.SettleDelivery(1, "board", "by-hand"))
        await at.delivering.drained()
    assert {channel for channel, _, _ in post.handed} == {"page"}
    assert of(at, "board").status == "by-hand"


async def test_what_was_to_go_by_hand_is_not_sent_because_the_configuration_changed() -> None:
    at = desk(Post(tuple(channels("board", kind=BY_HAND))))
    update = at.write()
    assert at.messaging.send(at.messaging.ready(update)) is None
    post = Post(tuple(channels("board")))
    next_one = another(at, post)
    async with running(next_one):
        await next_one.delivering.drained()
    assert post.handed == []


async def test_a_channel_that_is_not_configured_any_more_is_told_of() -> None:
    at = desk(Post(tuple(channels("page", "gone"))))
    send(at, "page", "gone")
    next_one = another(at, Post(tuple(channels("page"))))
    async with running(next_one):
        await until(lambda: of(next_one, "page").status == "delivered")
    assert next_one.told == ["update 1 is not at gone, which is not configured here: settle it"]
    next_one.do(mcmd.SettleDelivery(1, "gone", "given-up", "that channel is no more"))


# A program that ends


async def begun(at: Desk) -> None:
    """As a program leaves it that is killed while it hands over."""
    send(at, "page")
    at.do(mcmd.BeginDelivery(1, "page"))


async def killed_waiting(at: Desk) -> None:
    send(at, "page")


async def killed_failed(at: Desk) -> None:
    await begun(at)
    at.do(mcmd.EndDelivery(update=1, channel="page", attempt=1, outcome="failed", words="x"))


async def killed_unknown(at: Desk) -> None:
    await begun(at)
    at.do(mcmd.EndDelivery(update=1, channel="page", attempt=1, outcome="unknown", words="x"))


async def killed_delivered(at: Desk) -> None:
    await begun(at)
    at.do(mcmd.EndDelivery(update=1, channel="page", attempt=1, outcome="delivered", words="x"))


@pytest.mark.parametrize("seen", [TAKES, ABSENT, None])
@pytest.mark.parametrize(
    ("left", "asked"),
    [
        (killed_waiting, False), (begun, True), (killed_failed, False), (killed_unknown, True),
        (killed_delivered, False),
    ],
)  # fmt: skip
async def test_the_next_program_goes_on_wherever_the_last_one_was_killed(
    left: Callable[[Desk], Awaitable[None]], asked: bool, seen: Answered | None
) -> None:
    first = desk(Post(tuple(channels("page"))))
    await left(first)
    post = Post(tuple(channels("page")), sees={"page": [seen]})
    at = another(first, post)
    settled = of(at, "page").status
    async with running(at):
        if asked and seen is None:
            await until(lambda: len(post.looks) == 1)
            await at.delivering.drained()
            assert of(at, "page").status == "unknown"
            return
        await until(lambda: of(at, "page").status == "delivered")
    assert bool(post.looks) == asked
    again = settled != "delivered" and not (asked and seen is TAKES)
    assert len(post.handed) == again
    assert of(at, "page").doubtful == (asked and seen is ABSENT)


async def test_after_a_crash_it_says_unknown_and_what_it_knows() -> None:
    first = desk(Post(tuple(channels("page"))))
    await begun(first)
    at = another(first, Post(tuple(channels("page"))))
    at.delivering.start()
    assert delivery_words(of(at, "page")) == f"unknown, check the channel: {INTERRUPTED}"
    await at.delivering.stop()


async def test_a_program_that_is_still_at_it_is_heard_though_another_thought_it_dead() -> None:
    post = Post(tuple(channels("page")))
    post.closed["page"] = asyncio.Event()
    first = desk(post)
    async with running(first):
        send(first, "page")
        await until(lambda: of(first, "page").status == "under-way")
        other = another(first, Post(tuple(channels("page")), sees={"page": [ABSENT]}))
        async with running(other):
            await until(lambda: of(other, "page").status == "delivered")
            post.closed["page"].set()
            await until(lambda: not first.delivering.busy)
            other.session.catch_up()
    assert of(other, "page").doubtful
    assert of(first, "page").doubtful, "both arrived, and the log says so"
    assert other.events.count("DeliveryEnded") == 4


async def test_leaving_waits_as_long_as_it_is_told_to_and_then_it_is_unknown() -> None:
    post = Post(tuple(channels("page", "chat")))
    post.closed |= {"page": asyncio.Event(), "chat": asyncio.Event()}
    at = desk(post)
    at.delivering.start()
    send(at, "page", "chat")
    await until(lambda: len(post.handed) == 2)
    asyncio.get_running_loop().call_later(0.05, post.closed["chat"].set)
    await at.delivering.stop(patience=0.5)
    assert of(at, "chat").status == "delivered"
    assert of(at, "page").status == "unknown"
    assert not at.delivering.busy


async def test_nothing_is_begun_once_it_is_being_left_and_it_can_begin_again() -> None:
    post = Post(tuple(channels("page")))
    post.closed["page"] = asyncio.Event()
    at = desk(post)
    at.delivering.start()
    send(at, "page")
    send(at, "page")
    await until(lambda: len(post.handed) == 1)
    asyncio.get_running_loop().call_later(0.05, post.closed["page"].set)
    await at.delivering.stop(patience=PATIENCE)
    assert (of(at, "page").status, of(at, "page", 2).status) == ("delivered", "waiting")
    await served(at, lambda: of(at, "page", 2).status == "delivered")


# A log that fails


async def test_what_cannot_be_written_down_is_not_done_and_said_once() -> None:
    post = Post(tuple(channels("page", "chat")))
    at = desk(post)
    send(at, "page", "chat")
    log_of(at.session).fails = FullError("the disk is full")
    tries = 0

    def count() -> None:
        nonlocal tries
        tries += 1

    log_of(at.session).before_append = count
    async with running(at):
        await until(lambda: tries >= 5)
        assert post.handed == []
        assert tries < 50, "the log is given a rest, and nothing spins"
        assert len(at.told) == 1
        log_of(at.session).fails = None
        await until(lambda: of(at, "page").status == of(at, "chat").status == "delivered")
    assert len(post.handed) == 2


async def test_an_answer_is_never_lost_while_the_log_cannot_take_it() -> None:
    post = Post(tuple(channels("page")))
    post.closed["page"] = asyncio.Event()
    at = desk(post)
    async with running(at):
        send(at, "page")
        await until(lambda: len(post.handed) == 1)
        log_of(at.session).fails = FullError("the disk is full")
        post.closed["page"].set()
        tries = 0

        def count() -> None:
            nonlocal tries
            tries += 1

        log_of(at.session).before_append = count
        await until(lambda: tries >= 3)
        assert of(at, "page").status == "under-way"
        assert len(at.told) == 1, "once is enough"
        log_of(at.session).fails = None
        await until(lambda: of(at, "page").status == "delivered")
    assert len(post.handed) == 1


async def test_a_program_can_be_left_though_the_log_fails_and_the_next_one_says_unknown() -> None:
    post = Post(tuple(channels("page")))
    post.closed["page"] = asyncio.Event()
    at = desk(post)
    at.delivering.start()
    send(at, "page")
    await until(lambda: len(post.handed) == 1)
    log_of(at.session).fails = FullError("the disk is full")
    post.closed["page"].set()
    await until(lambda: len(at.told) == 1)
    async with asyncio.timeout(PATIENCE):
        await at.delivering.stop()
    next_one = another(at, Post(tuple(channels("page"))))
    await served(next_one, lambda: of(next_one, "page").status == "unknown")


# Faults


async def test_a_carrier_that_raises_leaves_it_unknown_and_spins_nowhere() -> None:
    post = Post(tuple(channels("page", "chat")), raises={"page": RuntimeError("a secret")})
    at = desk(post)
    send(at, "page", "chat")
    async with running(at):
        await until(lambda: of(at, "chat").status == "delivered")
        await until(lambda: any("does not say" in words for words in at.told))
        await at.delivering.drained()
    assert of(at, "page").status == "unknown"
    assert "secret" not in of(at, "page").words + "".join(at.told)
    assert len([1 for channel, _, _ in post.handed if channel == "page"]) == 1


async def test_without_any_channel_nothing_happens() -> None:
    at = desk(Post(()))
    update = at.write()
    assert at.messaging.ready(update).why_nobody
    assert at.messaging.send(at.messaging.ready(update)) is None
    async with running(at):
        await at.delivering.drained()
    assert at.update(1).deliveries == {}


# The feed


async def test_the_feed_is_written_whole_and_once_more_after_a_crash() -> None:
    written: list[list[int]] = []

    def publish(entries: object) -> None:
        written.append([entry.number for entry in entries])  # type: ignore[attr-defined]

    at = desk(Post(()), publish=publish)
    for _ in range(2):
        assert at.messaging.send(at.messaging.ready(at.write())) is None
    at.do(mcmd.BeginDelivery(1, FEED))
    next_one = another(at, Post(()), publish=publish)
    await served(next_one, lambda: of(next_one, FEED, 2).status == "delivered")
    assert written
    assert all(each == [1, 2] for each in written)
    assert of(next_one, FEED).status == "delivered"


async def test_a_feed_that_cannot_be_written_is_tried_again_also_after_a_later_entry() -> None:
    full = [OSError("No space left on device")] * 2

    def publish(_entries: object) -> None:
        if full:
            raise full.pop()

    at = desk(Post(()), publish=publish)
    assert at.messaging.send(at.messaging.ready(at.write())) is None
    await served(at, lambda: of(at, FEED).status == "delivered")
    assert of(at, FEED).attempts == 3


async def test_a_run_that_is_over_still_delivers() -> None:
    post = Post(tuple(channels("page")), {"page": [DOWN]})
    at = desk(post)
    send(at, "page")
    at.do(cmd.AbortRun("enough"))
    await served(at, lambda: of(at, "page").status == "delivered")
