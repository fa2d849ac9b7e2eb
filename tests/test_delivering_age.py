"""What is too old goes by no program's own will: a person may still send it."""

from __future__ import annotations

from message_desk import channels
from post import ABSENT, DOWN, LOST, Post, another, desk, of, running, send, until

from runbook_tui.delivering import FRESH
from runbook_tui.domain.messages import commands as mcmd


async def test_what_waited_too_long_for_a_program_is_left_to_a_person() -> None:
    post = Post(tuple(channels("page")))
    first = desk(post)
    send(first, "page")
    late = another(first, post)
    late.clock.seconds += FRESH + 1
    assert late.delivering.rest() is None
    assert "too old to go by itself" in late.delivering.outlook(late.update(1), "page")
    async with running(late):
        assert post.handed == []
        late.session.submit(mcmd.SettleDelivery(1, "page", "again", "readers still wait for it"))
        await until(lambda: of(late, "page").status == "delivered")
    assert post.handed == [("page", 1, 1)]


async def test_a_look_does_no_harm_later_and_what_is_not_there_is_not_sent_then() -> None:
    post = Post(tuple(channels("page")), {"page": [LOST]})
    first = desk(post)
    send(first, "page")
    async with running(first):
        await until(lambda: of(first, "page").status == "unknown")
    post.sees["page"] = [ABSENT]
    later = another(first, post)
    later.clock.seconds += FRESH + 1
    assert "being looked for; then it is yours" in later.delivering.outlook(later.update(1), "page")
    async with running(later):
        await until(lambda: of(later, "page").status == "failed")
        await later.delivering.drained()
    assert post.handed == [("page", 1, 1)]
    assert later.delivering.rest() is None
    assert "too old" in later.delivering.outlook(later.update(1), "page")


async def test_what_comes_next_is_said_while_it_is_tried() -> None:
    post = Post(tuple(channels("page")), {"page": [DOWN] * 9})
    at = desk(post, delays=(30.0,))
    send(at, "page")
    async with running(at):
        await until(lambda: of(at, "page").status == "failed")
        assert at.delivering.outlook(at.update(1), "page").startswith("tried again in ")
