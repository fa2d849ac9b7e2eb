"""Deliveries: in order, one lane a channel, at most once; and what is said where that is unsure."""

from __future__ import annotations

import asyncio

from message_desk import channels
from post import (
    ABSENT,
    DELAYS,
    DOWN,
    DUMB,
    FAILS,
    LOST,
    REFUSES,
    TAKES,
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

from runbook_tui.domain.messages import commands as mcmd
from runbook_tui.domain.messages.channels import BY_HAND, Answered
from runbook_tui.domain.messages.patience import LONGEST_PAUSE, Patience
from runbook_tui.domain.messages.words import delivery_words

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
