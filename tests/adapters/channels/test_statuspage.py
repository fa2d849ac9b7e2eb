"""A run on a page with the API of Statuspage: one incident or maintenance, each update once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from runbook_tui.adapters.channels.carrier import Channels
from runbook_tui.domain.messages.remarks import Kind

from .conftest import RUN, TOKEN, Serve, outgoing, page
from .servers import Connection, Server, Statuspage, answers

WINDOW = (datetime(2026, 11, 24, 19, 0, tzinfo=UTC), datetime(2026, 11, 24, 23, 0, tzinfo=UTC))
LATER = (datetime(2026, 11, 25, 19, 0, tzinfo=UTC), datetime(2026, 11, 25, 23, 0, tzinfo=UTC))


class Page:
    """The API, its server, and a channel to it."""

    def __init__(self, serve: Serve, **settings: str) -> None:
        self.api = Statuspage()
        self.server: Server = serve(self.api)
        self.channels: Channels = page(self.server, **settings)

    def asked(self) -> list[str]:
        return [request.method for request in self.server.requests]

    async def tell(self, number: int, kind: Kind, thread: str = "", **changes: object) -> str:
        given = outgoing(number, kind=kind, thread=thread, **changes)
        answered = await self.channels.deliver("it", given)
        assert answered.outcome == "delivered", answered
        assert answered.thread
        assert answered.reference
        return answered.thread


@pytest.fixture
def there(serve: Serve) -> Page:
    return Page(serve)


async def test_the_first_update_makes_an_incident(there: Page) -> None:
    answered = await there.channels.deliver("it", outgoing())
    assert (answered.outcome, answered.words) == ("delivered", "HTTP 201")
    assert (answered.thread, answered.reference) == ("inc001", "upd1")
    [incident] = there.api.incidents
    assert incident["created_with"] == {
        "name": "Order service: maintenance in progress",
        "status": "identified",
        "body": f"Orders are paused.\n\nNext update at 20:30 UTC.\n\nRef {RUN}/1",
        "metadata": {"runbook_tui": {"run": RUN}},
    }
    assert there.asked() == ["POST"]


async def test_announced_maintenance_is_never_moved_by_the_clock(there: Page) -> None:
    await there.tell(1, "announce", window=WINDOW)
    given = there.api.incidents[0]["created_with"]
    assert given["status"] == "scheduled"
    assert given["scheduled_for"] == "2026-11-24T19:00:00Z"
    assert given["scheduled_until"] == "2026-11-24T23:00:00Z"
    assert given["scheduled_auto_in_progress"] is False
    assert given["scheduled_auto_completed"] is False


@pytest.mark.parametrize(
    ("first", "told", "statuses"),
    [
        (
            "announce",
            ("delay", "start", "announce", "progress", "delay", "rollback", "done", "post-watch"),
            "scheduled scheduled in_progress in_progress in_progress in_progress in_progress "
            "verifying completed",
        ),
        (
            "start",
            ("progress", "delay", "rollback", "done", "progress", "done", "post-watch"),
            "identified identified identified identified monitoring identified monitoring resolved",
        ),
    ],
    ids=["maintenance", "incident"],
)
async def test_each_update_goes_to_the_run_with_its_status(
    there: Page, first: Kind, told: tuple[Kind, ...], statuses: str
) -> None:
    thread = await there.tell(1, first, window=WINDOW if first == "announce" else None)
    for number, kind in enumerate(told, 2):
        assert await there.tell(number, kind, thread) == thread
    [incident] = there.api.incidents
    updates = incident["incident_updates"][::-1]
    assert " ".join(each["status"] for each in updates) == statuses
    references = [each["body"].rpartition("\n")[2] for each in updates]
    assert references == [f"Ref {RUN}/{n}" for n in range(1, len(told) + 2)]


async def test_a_correction_changes_words_and_no_status(there: Page) -> None:
    thread = await there.tell(1, "start")
    await there.tell(2, "done", thread)
    await there.tell(3, "start", thread, corrects=f"{RUN}/1")
    assert there.api.incidents[0]["status"] == "monitoring"


async def test_announced_anew_it_has_the_new_window(there: Page) -> None:
    thread = await there.tell(1, "announce", window=WINDOW)
    await there.tell(2, "delay", thread, window=LATER)
    [incident] = there.api.incidents
    assert incident["status"] == "scheduled"
    assert incident["scheduled_for"] == "2026-11-25T19:00:00Z"


async def test_settings_reach_the_page(serve: Serve) -> None:
    there = Page(serve, components="cmp1,cmp2", deliver_notifications="false")
    thread = await there.tell(1, "start")
    await there.tell(2, "progress", thread)
    [incident] = there.api.incidents
    assert incident["created_with"]["component_ids"] == ["cmp1", "cmp2"]
    assert [u["deliver_notifications"] for u in incident["incident_updates"]] == [False, False]


async def test_a_lost_thread_is_found_again(there: Page) -> None:
    thread = await there.tell(1, "start")
    await there.tell(1, "start", run="other", entry="other/1")
    assert await there.tell(2, "progress") == thread
    assert len(there.api.incidents) == 2


async def test_a_lost_thread_is_found_by_its_words_alone(there: Page) -> None:
    thread = await there.tell(1, "start")
    there.api.incidents[0]["metadata"] = {}
    assert await there.tell(2, "progress") == thread


async def test_a_run_that_is_not_there_yet_begins_with_any_update(there: Page) -> None:
    await there.tell(3, "done")
    assert there.asked() == ["GET", "POST"]
    assert there.api.incidents[0]["status"] == "monitoring"


async def test_a_500_that_had_worked_is_not_sent_again(there: Page) -> None:
    there.api.after = answers(500)
    first = await there.channels.deliver("it", outgoing())
    assert (first.outcome, first.doubtful) == ("failed", True)
    there.api.after = None
    again = await there.channels.deliver("it", outgoing(attempt=2))
    assert (again.outcome, again.words) == ("delivered", "it was there already")
    assert (again.thread, again.reference) == ("inc001", "upd1")
    assert len(there.api.incidents[0]["incident_updates"]) == 1


async def test_a_later_500_that_had_worked_is_not_sent_again(there: Page) -> None:
    thread = await there.tell(1, "start")
    there.api.after = Connection.hang
    late = page(there.server, timeout=2.0)
    given = outgoing(2, kind="progress", thread=thread)
    assert (await late.deliver("it", given)).outcome == "unknown"
    there.api.after = None
    assert await there.tell(2, "progress", thread, attempt=2) == thread
    assert len(there.api.incidents[0]["incident_updates"]) == 2


@pytest.mark.parametrize("known", [True, False], ids=["thread known", "thread lost"])
async def test_a_look_finds_what_is_there(there: Page, known: bool) -> None:
    thread = await there.tell(1, "start")
    for number in range(2, 12):
        await there.tell(number, "progress", thread)
    found = await there.channels.look("it", outgoing(1, thread=thread if known else ""))
    assert found is not None
    assert (found.outcome, found.thread, found.reference) == ("delivered", thread, "upd1")
    missing = await there.channels.look("it", outgoing(12, thread=thread if known else ""))
    assert missing is not None
    assert (missing.outcome, missing.words) == ("failed", "it is not on the page")
    assert missing.thread == thread


async def test_a_look_at_a_page_without_the_run(there: Page) -> None:
    await there.tell(1, "start", run=f"{RUN}b", entry=f"{RUN}b/1")
    found = await there.channels.look("it", outgoing())
    assert found is not None
    assert (found.outcome, found.thread) == ("failed", "")


@pytest.mark.parametrize("status", [401, 404, 420, 500, 503])
async def test_a_look_that_is_not_answered_knows_nothing(serve: Serve, status: int) -> None:
    found = await page(serve(answers(status))).look("it", outgoing(thread="inc001"))
    assert found is not None
    assert found.outcome == "unknown"
    assert f"HTTP {status}" in found.words


async def test_a_look_in_vain_ends_in_time(serve: Serve) -> None:
    found = await page(serve(Connection.hang), timeout=2.0).look("it", outgoing())
    assert found is not None
    assert (found.outcome, found.words) == ("unknown", "no answer in time")


@pytest.mark.parametrize(
    ("status", "outcome"), [(401, "refused"), (404, "refused"), (500, "failed"), (429, "failed")]
)
async def test_where_the_page_does_not_say_what_it_has_nothing_is_sent(
    there: Page, status: int, outcome: str
) -> None:
    def before(connection: Connection) -> bool:
        connection.answer(status, headers={"Retry-After": "7"})
        return True

    there.api.before = before
    answered = await there.channels.deliver("it", outgoing(2))
    assert (answered.outcome, answered.doubtful) == (outcome, False)
    assert answered.words.startswith("not sent, because it does not say what it has: HTTP")
    assert there.asked() == ["GET"]


async def test_a_question_that_hangs_is_surely_not_sent(serve: Serve) -> None:
    answered = await page(serve(Connection.hang), timeout=2.0).deliver("it", outgoing(2))
    assert answered.outcome == "failed"
    assert answered.words == "not sent, because it does not say in time what it has"


async def test_its_rate_limit_is_no_refusal(there: Page) -> None:
    there.api.rate_limited = 1
    answered = await there.channels.deliver("it", outgoing())
    assert (answered.outcome, answered.words) == ("failed", "HTTP 420")


async def test_a_token_that_is_wrong_is_refused(there: Page) -> None:
    channels = page(there.server, token=TOKEN[::-1])
    answered = await channels.deliver("it", outgoing())
    assert answered.outcome == "refused"
    assert answered.words == "HTTP 401: the token is not accepted: Could not authenticate"


async def test_a_text_that_is_too_long_is_not_tried(there: Page) -> None:
    answered = await there.channels.deliver("it", outgoing(text="x" * 25_000))
    assert answered.outcome == "refused"
    assert "longer than the 25,000 characters" in answered.words
    assert there.asked() == []


async def test_a_thread_is_a_part_of_the_path_and_no_more(there: Page) -> None:
    await there.channels.deliver("it", outgoing(2, thread="../../x?y=1#z"))
    assert there.server.requests[0].path.endswith("/incidents/..%2F..%2Fx%3Fy%3D1%23z")
