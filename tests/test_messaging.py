"""Drafts from the run's own state: filled in, held against the rules, stale when it matters."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from domain.play import START
from hypothesis import given
from hypothesis import strategies as st
from message_desk import ORDERS, Desk, book, tell, with_messages, work

from runbook_tui.domain import commands as cmd
from runbook_tui.domain.messages import commands as mcmd
from runbook_tui.domain.messages.facts import NARROWEST
from runbook_tui.domain.messages.remarks import Audience, Kind
from runbook_tui.domain.messages.said_times import STEP
from runbook_tui.domain.messages.state import Update
from runbook_tui.domain.messages.templates import BUILT_IN, NO_NEWS
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.runbook import Parameter, WatchStep, Window

EVERYBODY: tuple[Audience, ...] = ("customers", "internal", "executives")
KINDS: tuple[Kind, ...] = tuple(BUILT_IN)
BY_A_PERSON = {
    "[insert: what works, what does not yet]": "Everything is available; search is slower.",
    "[insert: was any data lost, late or doubled?]": "No order was lost.",
    "[insert: what you saw]": "Orders were as slow and as fast as before.",
    "[insert: when you write again, with its zone]": "tomorrow at 09:00 UTC",
}
"""What only a person can know."""


def opened(minutes: float = 0, **more: object) -> Desk:
    return Desk(book(**more)).after(minutes)  # type: ignore[arg-type]


def day_before() -> Desk:
    return Desk(book(window=Window(start="2026-05-02T20:10", end="2026-05-02T23:00", zone="Europe/Berlin")))  # fmt: skip # noqa: E501


def under_way() -> Desk:
    desk = opened(12)
    desk.work("announce", minutes=0)
    desk.work("stop")
    desk.do(cmd.StartStep("move", reason="now"))
    return desk.after(5)


def late() -> Desk:
    desk = under_way().after(120)
    assert desk.messaging.facts("delay")["late"].words
    return desk


def overrun() -> Desk:
    return under_way().after(200)


def watching() -> Desk:
    watch = WatchStep(id="watch", title="Watch", soak="1h")
    desk = Desk(book(work("stop"), watch)).after(12)
    desk.work("stop")
    return desk


def rolling_back() -> Desk:
    desk = late()
    desk.do(cmd.AnswerDeadline(deadline="rollback", answer="roll-back", reason="too slow"))
    return desk


STATES = (opened, day_before, under_way, late, overrun, watching, rolling_back)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_template_filled_from_a_real_run_passes_the_rules(state: object, kind: Kind) -> None:
    desk: Desk = state()  # type: ignore[operator]
    update = desk.draft(kind, to=EVERYBODY)
    texts = dict(update.texts)
    for audience, text in texts.items():
        for left, words in BY_A_PERSON.items():
            text = text.replace(left, words)
        texts[audience] = text
    desk.messaging.keep(update, texts)
    remarks = {(each.audience, each.remark.rule) for each in desk.messaging.held(desk.update(1))}
    if desk.messaging.facts(kind)["late"].words and kind not in ("delay", "rollback"):
        # It will not end in the window: only a delay is told without a warning.
        remarks -= {(audience, "outside-window") for audience in EVERYBODY}
    assert remarks == set()


@pytest.mark.parametrize("kind", KINDS)
def test_what_only_a_person_knows_is_blocked_until_it_is_filled_in(kind: Kind) -> None:
    desk = under_way()
    update = desk.draft(kind, to=EVERYBODY)
    blocked = {each.remark.said for each in desk.messaging.held(update) if each.blocks}
    wanted = {part for text in BUILT_IN[kind].values() for part in BY_A_PERSON if part in text}
    if kind in ("done", "rollback", "post-watch"):
        assert wanted
    assert {each for each in blocked if each.startswith("[")} == wanted


def test_without_a_word_on_what_is_affected_nothing_goes_out() -> None:
    desk = opened(20, messages=None)
    update = desk.draft("start")
    assert "[describe the impact]" in update.texts["customers"]
    assert any(each.blocks for each in desk.messaging.held(update))


@pytest.mark.parametrize("audience", EVERYBODY)
def test_no_news_is_told_in_one_key(audience: Audience) -> None:
    desk = under_way()
    update = desk.draft("progress", to=(audience,), no_news=True)
    assert desk.messaging.held(update) == ()
    assert "nothing new" in NO_NEWS[audience].lower()


def test_an_end_is_a_range_of_round_times_and_never_a_promise() -> None:
    for state in STATES:
        desk = state()
        facts = desk.messaging.facts("progress")
        forecast = facts["forecast"]
        assert forecast.since is not None
        assert forecast.at is not None
        assert forecast.at - forecast.since >= NARROWEST
        assert forecast.since > desk.clock.now().utc, state
        assert {each.minute % 5 for each in (forecast.since, forecast.at)} == {0}


def test_what_customers_read_names_no_machine_step_person_or_run() -> None:
    desk = under_way()
    for kind in KINDS:
        for audience in ("customers", "executives"):
            text = desk.draft(kind, to=(audience,)).texts[audience]
            for inside in ("alice", "20260501-upgrade", "move", "buffer"):
                assert inside not in text.replace("moving", ""), (kind, audience)


def test_an_announcement_in_another_zone_the_day_before_can_be_sent() -> None:
    desk = day_before()
    update = desk.draft("announce")
    assert "2026-05-02 20:10 CEST (18:10 UTC)" in update.texts["customers"]
    sent = desk.send(update, "page")
    assert sent.next_due == datetime.fromisoformat("2026-05-02T18:10Z")


# Stale


def changed(desk: Desk, update: Update) -> set[str]:
    renewed = desk.messaging.renewed(desk.update(update.number))
    return set(renewed.changed) if renewed is not None else set()


@pytest.mark.parametrize("kind", ["start", "progress", "delay"])
def test_the_ticking_of_the_clock_makes_nothing_stale(kind: Kind) -> None:
    desk = under_way()
    update = desk.draft(kind, to=EVERYBODY)
    for _ in range(8):
        desk.after(1)
        assert changed(desk, update) == set(), f"after {desk.clock.seconds / 60} minutes"


def test_midnight_makes_nothing_stale() -> None:
    desk = opened(110)  # 23:50Z
    update = desk.draft("announce", to=EVERYBODY)
    desk.after(8)
    before = changed(desk, update)
    assert "window" not in before
    desk.after(6)
    assert changed(desk, update) - before <= {"next_update", "forecast", "buffer", "chance"}


def test_a_day_that_has_to_be_said_by_now_does() -> None:
    template = {"progress": {"customers": "{{ window }}"}}
    desk = Desk(with_messages(book(), templates=template)).after(20)
    update = desk.draft("progress")
    desk.after(60 * 26)
    assert changed(desk, update) == {"window"}


def test_a_promise_that_has_come_near_is_stale_before_it_is_past() -> None:
    desk = under_way()
    update = desk.draft("progress")
    desk.after(12)
    assert "next_update" not in changed(desk, update)
    desk.after(10)
    assert "next_update" in changed(desk, update)


def test_what_matters_makes_it_stale_and_new_facts_are_beside_the_old() -> None:
    desk = under_way()
    update = desk.draft("progress", to=EVERYBODY)
    desk.after(60)
    renewed = desk.messaging.renewed(update)
    assert renewed is not None
    old, new = renewed.changed["forecast"]
    assert old.words in update.texts["customers"]
    assert new.words in renewed.texts["customers"]
    assert old.words not in renewed.texts["customers"]


def test_a_step_that_ends_makes_what_colleagues_were_told_stale() -> None:
    desk = under_way()
    inside, outside = desk.draft("progress", to=("internal",)), desk.draft("progress")
    desk.do(cmd.FinishStep("move", "done by hand"))
    assert {"step", "progress"} <= changed(desk, inside)
    assert not {"step", "progress"} & changed(desk, outside)


def test_the_beginning_of_a_range_matters_as_well() -> None:
    desk = under_way()
    update = desk.draft("progress")
    (forecast,) = (fact for fact in update.facts if fact.name == "forecast")
    assert forecast.since is not None
    facts = {"forecast": type(forecast)(name="forecast", words="x", at=forecast.at, since=forecast.since + 3 * STEP)}  # fmt: skip # noqa: E501
    from runbook_tui.domain.messages.facts import stale

    assert set(stale(update.facts, facts, desk.clock.now().utc)) >= {"forecast"}


def test_taking_new_facts_is_one_more_draft_and_then_it_is_not_stale() -> None:
    desk = under_way()
    update = desk.draft("progress")
    desk.after(60)
    renewed = desk.messaging.renewed(update)
    assert renewed is not None
    assert desk.messaging.keep(update, renewed.texts, renewed.facts) is None
    assert desk.messaging.renewed(desk.update(1)) is None
    assert desk.messaging.held(desk.update(1)) == () or desk.messaging.facts("progress")["late"]


@given(st.text(max_size=40), st.text(max_size=40))
def test_new_facts_keep_what_a_hand_wrote(before: str, after: str) -> None:
    desk = under_way()
    update = desk.draft("progress")
    text = update.texts["customers"]
    desk.messaging.keep(update, {"customers": f"{before}\n{text}\n{after}"})
    edited = desk.update(1)
    desk.after(60)
    renewed = desk.messaging.renewed(edited)
    assert renewed is not None
    begin, _, rest = edited.texts["customers"].partition(text)
    assert renewed.texts["customers"].startswith(begin)
    assert renewed.texts["customers"].endswith(rest)
    for name in ("forecast", "next_update"):
        old, new = renewed.changed[name]
        assert new.words in renewed.texts["customers"]
        assert old.words not in renewed.texts["customers"] or old.words in begin + rest


def test_what_a_hand_took_out_is_named_and_never_put_back() -> None:
    desk = under_way()
    update = desk.draft("progress")
    desk.messaging.keep(update, {"customers": "Orders may be slow. Next update: in 30 minutes."})
    desk.after(60)
    renewed = desk.messaging.renewed(desk.update(1))
    assert renewed is not None
    assert renewed.texts["customers"] == "Orders may be slow. Next update: in 30 minutes."
    assert "forecast" in renewed.by_hand


def test_only_facts_of_a_text_are_missed_in_it() -> None:
    desk = under_way()
    update = desk.draft("progress", to=EVERYBODY)
    texts = dict(update.texts)
    texts["customers"] += "\n\nThank you."
    desk.messaging.keep(update, texts)
    desk.do(cmd.FinishStep("move", "done by hand"))
    renewed = desk.messaging.renewed(desk.update(1))
    assert renewed is not None
    assert {"step", "progress"} <= set(renewed.changed)
    assert not {"step", "progress", "buffer"} & set(renewed.by_hand)


# Drafts


def test_a_correction_says_which_update_it_corrects() -> None:
    desk = under_way()
    desk.send(desk.write(), "page")
    update = desk.draft("progress", corrects=1)
    assert update.texts["customers"].startswith("Correction to our update of 22:37 UTC: [insert")
    assert any(each.blocks for each in desk.messaging.held(update))
    text = update.texts["customers"].replace(
        "[insert: what was wrong, and what is right]", "orders are not slow."
    )
    desk.messaging.keep(update, {"customers": text})
    sent = desk.send(desk.update(2), "page")
    assert sent.corrects == 1
    assert desk.update(1).corrected_by == 2


def test_a_draft_that_is_kept_as_it_is_is_no_event() -> None:
    desk = under_way()
    update = desk.draft("progress")
    many = len(desk.events)
    assert desk.messaging.keep(update, update.texts) is None
    assert desk.messaging.keep(update, {"customers": update.texts["customers"]}) is None
    assert len(desk.events) == many


def test_drafts_survive_the_program_and_another_one_goes_on_with_them() -> None:
    desk = under_way()
    update = desk.draft("progress", to=EVERYBODY)
    other = Desk(book(), branch=desk.branch, name="bob")
    assert other.update(1) == desk.update(1) == update


def test_a_step_for_several_readers_has_a_text_for_each() -> None:
    desk = Desk(book(tell("both", "customers, support"), work("stop"))).after(20)
    assert set(desk.draft("progress", step="both").texts) == {"customers", "internal"}


def test_the_steps_own_draft_is_for_the_first_of_its_readers() -> None:
    step = tell("both", "customers, support", draft="Orders stop. {{ affected }}")
    desk = Desk(book(step, work("stop"))).after(20)
    texts = desk.draft("progress", step="both").texts
    assert texts["customers"] == f"Orders stop. {ORDERS.affected}"
    assert texts["internal"].startswith("The planned work on the order service goes on.")


def test_a_template_that_cannot_be_used_says_so_and_drafts_nothing() -> None:
    plan = with_messages(book(), templates={"start": {"customers": "{{ about.__class__ }}"}})
    proposed = Desk(plan).messaging.propose("start")
    assert isinstance(proposed, Refusal)
    assert "template" in str(proposed)


def test_a_secret_parameter_is_never_filled_in() -> None:
    plan = with_messages(
        book(parameters={"token": Parameter(type="secret", default=None)}),
        templates={"start": {"customers": "The token is {{ token }}."}},
    )
    desk = Desk(plan, secrets={"token": "Tr0ub4dor-horse-9"})
    assert desk.draft("start").texts["customers"] == "The token is {{ token }}."


def test_a_secret_that_a_hand_typed_is_blocked_and_is_not_in_the_log() -> None:
    plan = book(parameters={"token": Parameter(type="secret", default=None)})
    desk = Desk(plan, secrets={"token": "Tr0ub4dor-horse-9"})
    update = desk.write("It is Tr0ub4dor-horse-9. Orders are slow. Next update: in 30 minutes.")
    assert b"Tr0ub4dor" not in desk.branch.bytes
    assert "Tr0ub4dor" not in update.texts["customers"]
    from msgspec.structs import replace

    typed = replace(update, texts={"customers": "It is Tr0ub4dor-horse-9."})
    assert "secret" in {each.remark.rule for each in desk.messaging.held(typed) if each.blocks}


# When it is due


def test_that_it_is_overdue_is_taken_down_once_however_often_it_is_looked_at() -> None:
    desk = under_way()
    desk.after(30)
    for _ in range(5):
        desk.messaging.tell_overdue(desk.clock.now())
        desk.after(1)
    assert desk.events.count("UpdateOverdue") == 1
    desk.send(desk.write(), "page")
    desk.after(31)
    for _ in range(5):
        desk.messaging.tell_overdue(desk.clock.now())
        desk.after(1)
    assert desk.events.count("UpdateOverdue") == 2


def test_a_due_time_that_goes_to_and_fro_is_told_once() -> None:
    desk = under_way()
    now = desk.clock.now().utc
    first, second = now - timedelta(minutes=20), now - timedelta(minutes=30)
    desk.do(mcmd.TellOverdue(first))
    assert desk.refused(mcmd.TellOverdue(second)) == "that is told already"
    assert desk.refused(mcmd.TellOverdue(first)) == "that is told already"


def test_two_terminals_take_it_down_once() -> None:
    desk = under_way().after(30)
    other = Desk(book(), branch=desk.branch, name="bob")
    other.clock.seconds = desk.clock.seconds
    assert desk.messaging.tell_overdue(desk.clock.now()) is not None
    assert other.messaging.tell_overdue(other.clock.now()) is None
    assert START  # the log began then
