"""Deliveries where something ends or fails: the program, the log, a carrier, the feed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from message_desk import Desk, channels
from post import (
    ABSENT,
    DOWN,
    PATIENCE,
    TAKES,
    FullError,
    Post,
    another,
    desk,
    of,
    running,
    send,
    served,
    until,
)
from session_desk import log_of

from runbook_tui.delivering import INTERRUPTED
from runbook_tui.domain import commands as cmd
from runbook_tui.domain.messages import commands as mcmd
from runbook_tui.domain.messages.channels import Answered
from runbook_tui.domain.messages.feed import FEED
from runbook_tui.domain.messages.words import delivery_words

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
