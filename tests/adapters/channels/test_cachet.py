"""A run on a page with the API of Cachet, 3.x and 2.x: one incident, each update once."""

from __future__ import annotations

import pytest

from runbook_tui.adapters.channels.carrier import Channels

from .conftest import RUN, Serve, carrier, outgoing
from .servers import Cachet, Connection, Server, answers


class Page:
    def __init__(self, serve: Serve, version: int, **settings: str) -> None:
        self.api = Cachet(version)
        self.server: Server = serve(self.api)
        self.settings = {"url": self.server.url + self.api.base, "token": self.api.token}
        self.channels: Channels = carrier("cachet", **(self.settings | settings))

    def asked(self) -> list[str]:
        return [f"{r.method} {r.path.partition('?')[0]}" for r in self.server.requests]


@pytest.fixture(params=[3, 2], ids=["3.x", "2.x"])
def there(serve: Serve, request: pytest.FixtureRequest) -> Page:
    return Page(serve, request.param)


async def test_a_run_is_one_incident(there: Page) -> None:
    first = await there.channels.deliver("it", outgoing(1, kind="announce"))
    assert (first.outcome, first.thread, first.reference) == ("delivered", "1", "1")
    statuses = [there.api.incidents[0]["status"]]
    for number, kind in enumerate(("start", "delay", "rollback", "done", "post-watch"), 2):
        told = outgoing(number, kind=kind, thread=first.thread)
        answered = await there.channels.deliver("it", told)
        assert (answered.outcome, answered.thread) == ("delivered", "1")
        statuses.append(there.api.incidents[0]["status"])
    assert statuses == [2, 2, 2, 2, 3, 4]
    [incident] = there.api.incidents
    assert incident["name"] == "Order service: maintenance in progress"
    assert incident["message"].endswith(f"\n\nRef {RUN}/1")
    assert [u["message"].rpartition("/")[2] for u in incident["updates"]] == list("23456")


async def test_a_correction_changes_words_and_no_status(there: Page) -> None:
    await there.channels.deliver("it", outgoing(1))
    await there.channels.deliver("it", outgoing(2, kind="done", thread="1"))
    await there.channels.deliver("it", outgoing(3, thread="1", corrects=f"{RUN}/1"))
    assert there.api.incidents[0]["status"] == 3


async def test_a_lost_thread_is_found_again(there: Page) -> None:
    await there.channels.deliver("it", outgoing(1))
    await there.channels.deliver("it", outgoing(1, run="other", entry="other/1"))
    answered = await there.channels.deliver("it", outgoing(2))
    assert (answered.outcome, answered.thread) == ("delivered", "1")
    assert len(there.api.incidents) == 2


async def test_a_500_that_had_worked_is_not_sent_again(there: Page) -> None:
    there.api.after = answers(500)
    for number in (1, 2):
        first = await there.channels.deliver("it", outgoing(number))
        assert (first.outcome, first.doubtful) == ("failed", True)
    there.api.after = None
    for number in (1, 2):
        again = await there.channels.deliver("it", outgoing(number, attempt=2))
        assert (again.outcome, again.words) == ("delivered", "it was there already"), again
    assert len(there.api.incidents) == 1
    assert len(there.api.incidents[0]["updates"]) == 1


@pytest.mark.parametrize("thread", ["1", ""])
async def test_a_look_finds_what_is_there_and_nothing_else(there: Page, thread: str) -> None:
    await there.channels.deliver("it", outgoing(1))
    for number in range(2, 5):
        await there.channels.deliver("it", outgoing(number, thread="1"))
    there.api.incidents[0]["updates"][0:0] = [{"id": n, "message": "-"} for n in range(900, 1020)]
    for number in (1, 4):
        found = await there.channels.look("it", outgoing(number, thread=thread))
        assert found is not None
        assert (found.outcome, found.thread) == ("delivered", "1")
    missing = await there.channels.look("it", outgoing(5, thread=thread))
    assert missing is not None
    assert (missing.outcome, missing.thread) == ("failed", "1")


async def test_a_look_that_is_not_answered_knows_nothing(there: Page) -> None:
    there.api.before = lambda connection: (connection.answer(500), True)[1]
    found = await there.channels.look("it", outgoing())
    assert found is not None
    assert found.outcome == "unknown"


async def test_a_component_is_named_and_left_as_it_is(serve: Serve) -> None:
    for version in (3, 2):
        there = Page(serve, version, component="7")
        assert (await there.channels.deliver("it", outgoing())).outcome == "delivered"
        assert there.api.components == {7: 3}
        given = there.api.incidents[0]["created_with"]
        assert (given.get("component_id") or given["components"][0]["component_id"]) == 7


async def test_the_address_may_be_that_of_the_page(serve: Serve) -> None:
    there = Page(serve, 3)
    channels = carrier("cachet", **(there.settings | {"url": there.server.url + "/"}))
    assert (await channels.deliver("it", outgoing())).outcome == "delivered"
    assert there.asked() == ["POST /api/incidents"]


async def test_an_unknown_answer_to_a_question_sends_nothing(there: Page) -> None:
    def before(connection: Connection) -> bool:
        connection.send(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"data": [')
        return True

    there.api.before = before
    answered = await there.channels.deliver("it", outgoing(2))
    assert answered.outcome == "failed"
    assert answered.words.endswith("its answer broke off")
    assert there.asked() == [f"GET {there.api.base}/incidents"]
