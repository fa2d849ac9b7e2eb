"""When the next update is due: promised, else by phase, delay, way back; never after the last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from message_desk import TEXT, Desk, book, with_messages, work

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.messages import commands as mcmd
from runbook_tui.domain.messages.cadence import every, promised
from runbook_tui.domain.messages.plan import Messages
from runbook_tui.domain.messages.remarks import Kind

NOW = datetime(2026, 5, 1, 22, 30, tzinfo=UTC)
NO_TIME = "Orders may be slow. There are no further updates."
"""Lets the cadence of the runbook count: it promises nothing."""


def begun(**said: object) -> Desk:
    desk = Desk(with_messages(book(), **said)).after(10)
    desk.do(cmd.StartStep("stop", reason="now"))
    return desk


def due_in(desk: Desk) -> float | None:
    """Minutes until the next update is due."""
    due = desk.messaging.due()
    return desk.minutes(due.at) if due is not None else None


def test_nothing_is_due_before_the_work_begins_and_the_first_word_soon_after() -> None:
    desk = Desk(book())
    assert due_in(desk) is None
    desk.do(cmd.StartStep("announce", reason="now"))
    assert due_in(desk) is None, "what comes before the window is no work yet"
    desk.after(10).do(cmd.StartStep("stop", reason="now"))
    assert due_in(desk) == 5
    assert due_in(desk.after(7)) == -2


def test_how_soon_the_first_word_comes_is_the_runbooks() -> None:
    assert due_in(begun(first="12m")) == 12


def test_an_announcement_promises_a_word_at_the_opening() -> None:
    desk = Desk(book())
    desk.send(desk.draft("announce"), "page")
    due = desk.messaging.due()
    assert due is not None
    assert due.promised
    assert desk.minutes(due.at) == 10


def test_a_promised_time_counts_and_not_the_runbooks() -> None:
    desk = begun()
    desk.send(desk.write("Orders are slow. Next update: 22:50 UTC."), "page")
    due = desk.messaging.due()
    assert due is not None
    assert due.promised
    assert desk.minutes(due.at) == 40


def test_the_earliest_promise_to_any_reader_counts() -> None:
    desk = begun()
    texts = {
        "customers": "Orders are slow. Next update: 23:00 UTC.",
        "internal": "Orders are slow. Next update in 20 minutes.",
    }
    update = desk.drafted(mcmd.DraftUpdate(kind="progress", texts=texts))  # type: ignore[arg-type]
    assert desk.minutes(desk.send(update, "page").next_due) == 20


def test_without_a_promise_it_is_how_often_the_runbook_says() -> None:
    desk = begun()
    desk.send(desk.write(NO_TIME), "page")
    due = desk.messaging.due()
    assert due is not None
    assert (desk.minutes(due.at), due.promised) == (30, False)


def test_a_phase_has_its_own_cadence_longer_or_shorter() -> None:
    for own, minutes in (("45m", 45), ("10m", 10)):
        plan = book()
        from msgspec import structs

        phases = list(plan.runbook.phases)
        phases[1] = structs.replace(phases[1], update_every=own)
        changed = structs.replace(plan.runbook, phases=tuple(phases))
        desk = Desk(type(plan)(changed, "7" * 64)).after(10)
        desk.work("announce", minutes=0)
        desk.do(cmd.StartStep("stop", reason="now"))
        desk.send(desk.write(NO_TIME), "page")
        assert due_in(desk) == minutes


def test_more_often_while_it_is_late_and_after_the_decision_to_go_back() -> None:
    desk = begun()
    reading = desk.session.reading()
    assert every(desk.session.state, reading) == 30 * 60
    desk.after(150)
    assert every(desk.session.state, desk.session.reading()) == 10 * 60
    desk.do(cmd.AnswerDeadline(deadline="rollback", answer="roll-back", reason="too slow"))
    assert every(desk.session.state, None) == 15 * 60


@pytest.mark.parametrize("kind", ["done", "post-watch"])
def test_nothing_is_due_after_the_end_unless_it_is_promised(kind: Kind) -> None:
    desk = begun()
    ended = "Orders work. No order was lost. There are no further updates."
    desk.send(desk.write(ended, kind=kind), "page")
    assert due_in(desk) is None
    if kind == "done":
        text = "Orders work. No order was lost. Next update: 23:30 UTC."
        desk.send(desk.write(text, kind=kind), "page")
        assert due_in(desk) == 80


def test_nothing_is_due_where_the_runbook_tells_nobody() -> None:
    plan = book(messages=None)
    from msgspec import structs

    phases = tuple(
        structs.replace(phase, steps=tuple(s for s in phase.steps if s.kind != "message"))
        for phase in plan.runbook.phases
    )
    kept = structs.replace(plan.runbook, phases=tuple(p for p in phases if p.steps))
    desk = Desk(type(plan)(kept, "8" * 64)).after(10)
    desk.do(cmd.StartStep("stop", reason="now"))
    assert due_in(desk) is None


def test_nothing_is_due_once_the_run_is_over() -> None:
    desk = begun()
    desk.do(cmd.AbortRun("enough"))
    assert due_in(desk) is None


def test_the_order_of_updates_is_the_logs_though_the_clock_is_set_back() -> None:
    desk = begun()
    desk.send(desk.write("Orders are slow. Next update: 22:50 UTC."), "page")
    desk.clock.seconds -= 3600
    desk.send(desk.write("Orders are slow. Next update in 20 minutes."), "page")
    assert [update.number for update in desk.session.state.messages.sent] == [1, 2]
    assert due_in(desk) == 20


def test_overdue_is_told_again_for_a_new_promise_though_the_clock_was_set_back() -> None:
    desk = begun().after(10)
    assert desk.messaging.tell_overdue(desk.clock.now()) is not None
    desk.send(desk.write("Orders are slow. Next update in 10 minutes."), "page")
    desk.clock.seconds -= 3600
    desk.send(desk.write("Orders are slow. Next update in 10 minutes."), "page")
    desk.after(11)
    assert desk.messaging.tell_overdue(desk.clock.now()) is not None
    assert desk.events.count("UpdateOverdue") == 2


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        (TEXT, 30),
        ("Next update at 22:50 UTC.", 20),
        ("Next update: 22:50 UTC, or earlier if something changes.", 20),
        ("We expect it to be over between 23:00 and 23:30 UTC. Next update: 22:50 UTC.", 20),
        ("The next update comes within half an hour.", 30),
        ("We update you again in an hour.", 60),
        ("Next update in 2 hours.", 120),
        ("Next update by 00:50 CEST (22:50 UTC).", 20),
        ("Next update 22:40 UTC or 22:50 UTC.", 10),
        ("Further updates every 20 minutes.", 20),
        ("Next update: 2026-05-02 22:30 UTC.", 24 * 60),
        ("It ends at 22:50 UTC.", None),
        ("Next update soon.", None),
        ("Next update at 22:50.", None),
        ("Next update on Friday at 22:50 UTC.", None),
        ("There are no further updates. It began at 22:10 UTC.", None),
        ("", None),
    ],
)
def test_when_a_text_promises_the_next_update(text: str, minutes: float | None) -> None:
    found = promised(text, NOW)
    assert (found - NOW if found else None) == (
        timedelta(minutes=minutes) if minutes is not None else None
    )


def test_a_runbook_without_a_word_on_messages_has_the_usual_cadence() -> None:
    assert (Messages().every, Messages().first, Messages().warn) == ("30m", "5m", "5m")
    assert work("a")
