"""The screen of messages: written, held against the rules, approved, sent over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from adapters.channels.servers import Connection, Server, answers

from runbook_tui.cli import wiring
from runbook_tui.domain.messages import commands as mcmd
from runbook_tui.domain.messages.state import Update
from runbook_tui.domain.rules import Refusal
from runbook_tui.domain.state import Status
from runbook_tui.tui.screens import messages
from runbook_tui.tui.screens.messages import Messages
from runbook_tui.tui.widgets.draft import Draft

from .conftest import MakeDesk
from .desk import Desk, Hand, HandClock, at

BOOK = """\
format: 1
id: tell
title: Orders upgrade
version: 1.0.0
owner: ops
window: {start: "18:00Z", end: "22:00Z"}
messages:
  about: the order service
  affected: Placing an order may fail for some seconds; trying again works.
%s
phases:
  - id: all
    title: All
    told: We are updating the order service.
    steps:
      - {id: tell, kind: message, title: Tell them, audience: "customers, support", update: start}
      - {id: work, kind: checklist, title: Work, items: [one, two], estimate: 30m}
"""
APPROVED = "  approval: {role: manager}\nroles:\n  manager: {people: [bob]}"
Configure = Callable[..., None]


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "SAVE_SECONDS", 0.05)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    running: list[Server] = []

    def start(behaviour: Callable[[Connection], None]) -> Server:
        running.append(Server(behaviour))
        return running[-1]

    yield start
    for server in running:
        server.close()


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Configure]:
    """Channels of this user, by their names and settings; a feed in the folder ``status``."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)

    def set_up(**channels: dict[str, str]) -> None:
        monkeypatch.setenv("RUNBOOK_TUI_FEED_FOLDER", str(tmp_path / "status"))
        monkeypatch.setenv("RUNBOOK_TUI_FEED_TITLE", "Orders")
        for name, settings in channels.items():
            for key, value in settings.items():
                monkeypatch.setenv(f"RUNBOOK_TUI_CHANNELS_{name.upper()}_{key.upper()}", value)
        wiring.configuration.cache_clear()

    wiring.configuration.cache_clear()
    yield set_up
    wiring.configuration.cache_clear()


def chat(server: Server, **more: str) -> dict[str, str]:
    return {
        "kind": "apprise",
        "audience": "internal",
        "recipients": "[red]12 people[/]",
        "url": f"json://127.0.0.1:{server.port}/notify",
        **more,
    }


def update(hand: Hand, number: int = 1) -> Update:
    return hand.state.messages.updates[number]


async def opened(hand: Hand) -> None:
    """The message step is begun and its draft is on the screen."""
    await hand.press("enter")
    await hand.stands("tell", Status.ACTIVE)
    await hand.sees("enter write it")
    await hand.press("enter")
    await hand.sees("s send", "to customers", "trying again works")


async def idle(hand: Hand) -> None:
    """The screen of messages is in front and has done what it was asked for."""

    def is_idle() -> bool:
        screen = hand.app.screen
        return isinstance(screen, Messages) and not screen._acting

    await hand.until(is_idle, "the messages")


async def writes(hand: Hand, text: str) -> None:
    """The text of the draft in front is `text`, and taken down."""
    await hand.says("e", "esc done")
    hand.app.screen.query_one(Draft).text = text
    await hand.press("escape")
    await hand.sees("s send")
    await idle(hand)


async def sends(hand: Hand, *shown: str) -> None:
    await hand.says("s", "Send update", *shown)
    await agrees(hand)
    await idle(hand)


async def agrees(hand: Hand) -> None:
    """Reads a dialog to its end and agrees."""
    end = 0
    while " y " not in hand.text and end < 200:
        await hand.press("end")
        await hand.pilot.pause(0.02)
        end += 1
    await hand.agrees()


GOOD = "Placing an order may fail for some seconds. Next update: 20:00 UTC."


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_a_message_is_written_and_sent_and_the_step_is_done(
    desk: MakeDesk,
    configure: Configure,
    serve: Callable[..., Server],
    tmp_path: Path,
    size: tuple[int, int],
) -> None:
    server = serve(answers(200))
    configure(chat=chat(server))
    async with at(desk(BOOK % ""), size) as hand:
        await opened(hand)
        await hand.sees("We expect it to be over between", "grade", "The rules have nothing to say")
        await sends(hand, "status-feed", "chat  [red]12 people[/]")
        await hand.until(
            lambda: all(d.status == "delivered" for d in update(hand).deliveries.values()),
            "both channels",
        )
        assert hand.of("tell").status is Status.DONE
        told = json.loads(server.requests[0].body)
        assert told["message"].startswith("The planned work on the order service has begun.")
        assert f"{hand.state.run}/1" in json.dumps(told)
        await hand.sees("2 of 2 channels · sent 19:30Z", "chat → [red]12 people[/]  delivered")
        await hand.press("escape")
        await hand.sees("20:00Z" if size[0] >= 100 else "work")
    page = (tmp_path / "status" / "customers" / "index.html").read_text()
    assert "Placing an order may fail" in page
    assert len(server.requests) == 1


async def test_the_rules_are_heard_while_typing_and_block(desk: MakeDesk) -> None:
    async with at(desk(BOOK % "")) as hand:
        await opened(hand)
        await hand.says("e", "esc done")
        area = hand.app.screen.query_one(Draft)
        area.text = "We guarantee [b]that[/b] db-7 is back at 20:30."
        await hand.sees("time-without-zone", "absolute-promise", "internal-name", "[b]that[/b]")
        await hand.until(lambda: "db-7" in update(hand).texts["customers"], "it to be taken down")
        await hand.press("escape")
        await hand.sees("3 to answer")
        await hand.says("s", "Not yet:")
        assert update(hand).is_draft
        await idle(hand)
        await writes(hand, GOOD)
        await hand.sees("The rules have nothing to say")


async def test_a_rule_is_overruled_with_a_reason(desk: MakeDesk) -> None:
    async with at(desk(BOOK % "")) as hand:
        await opened(hand)
        await writes(hand, "The name db-7 is in your invoice. Impact: none is expected. " + GOOD)
        await hand.sees("1 to answer")
        await hand.says("o", "Overrule", "internal-name")
        await hand.press("enter")
        await hand.type("their own invoice names it")
        await hand.sees("internal-name “db-7” overruled: their own")
        await idle(hand)
        await sends(hand, "internal-name “db-7”  (overruled: their own invoice")
        assert update(hand).sent is not None


async def test_facts_that_change_make_a_draft_stale_and_hand_edits_stay(desk: MakeDesk) -> None:
    clock = HandClock()
    made: Desk = desk(BOOK % "", clock=clock)
    async with at(made) as hand:
        await opened(hand)
        before = update(hand).texts["customers"]
        await writes(hand, "By hand. " + before)
        clock.seconds += 3_000
        hand.app.screen.show()  # type: ignore[attr-defined]
        await hand.sees("STALE")
        await hand.says(
            "u", "New facts", "when the next update comes: ", "as it is │ as it would be"
        )
        await hand.agrees()
        await idle(hand)
        now = update(hand).texts["customers"]
        assert now.startswith("By hand. We have begun")
        assert now != "By hand. " + before
        await hand.sees_no("STALE")


async def test_a_draft_survives_the_program(desk: MakeDesk) -> None:
    made = desk(BOOK % "")
    async with at(made) as hand:
        await opened(hand)
        await hand.says("e", "esc done")
        hand.app.screen.query_one(Draft).text = "half a sent"
        await hand.until(lambda: update(hand).texts["customers"] == "half a sent", "the log")
    async with at(made) as hand:
        await hand.says("c", "half a sent", "1 start")
        assert [d.number for d in hand.state.messages.drafts] == [1]


async def test_another_person_approves_and_a_decision_voids_it(desk: MakeDesk) -> None:
    made = desk(BOOK % APPROVED)
    async with at(made) as hand:
        await opened(hand)
        await hand.sees("another person must agree", "approve --as")
        bob = made.elsewhere("bob")
        digest = update(hand).digest
        assert not isinstance(bob.submit(mcmd.ApproveUpdate(1, digest)), Refusal)
        await hand.sees("approved by bob")
        await hand.press("escape")
        await hand.until(lambda: not hand.app.run_screen._acting, "the run")
        await hand.press("j")
        await hand.says("n", "Leave a note")
        await hand.type("still waiting")
        await hand.until(lambda: hand.state.notes == 1, "the note")
        await hand.until(lambda: not hand.app.run_screen._acting, "the run")
        assert update(hand).approvals, "a note changes nothing"
        await hand.says("s", "Skip this step")
        await hand.type("not today")
        await hand.until(lambda: not update(hand).approvals, "the approval to be void")
        await hand.says("c", "the approval is void")
        await hand.says("s", "is not approved", "Send it without")
        await hand.press("escape")
        assert update(hand).is_draft


async def test_it_goes_out_without_approval_only_with_a_reason(desk: MakeDesk) -> None:
    async with at(desk(BOOK % APPROVED)) as hand:
        await opened(hand)
        await hand.says("s", "is not approved")
        await hand.press("down", "enter")
        await hand.sees("Why it cannot wait")
        await hand.type("bob cannot be reached, and customers are calling")
        await hand.sees("without approval: bob cannot be reached")
        await agrees(hand)
        await hand.until(lambda: update(hand).sent is not None, "it to be sent")
        assert update(hand).unapproved.startswith("bob cannot be reached")


async def test_a_channel_that_hangs_costs_no_key_press(
    desk: MakeDesk, configure: Configure, serve: Callable[..., Server]
) -> None:
    hanging, busy = serve(lambda connection: connection.hang()), serve(answers(500))
    configure(slow=chat(hanging, timeout="6"), broken=chat(busy), late=chat(serve(answers(429))))
    async with at(desk(BOOK % "")) as hand:
        await opened(hand)
        await sends(hand, "slow", "broken", "late")
        await hand.press("escape")
        await hand.sees("enter start")
        await hand.press("enter")
        await hand.stands("work", Status.ACTIVE)
        await hand.press("1", "2")
        await hand.until(lambda: len(hand.of("work").ticked) == 2, "both items")
        deliveries = update(hand).deliveries
        assert deliveries["slow"].status in ("waiting", "under-way", "unknown")
        await hand.until(lambda: update(hand).deliveries["slow"].status == "unknown", "the limit")
        await hand.until(lambda: update(hand).deliveries["broken"].status == "failed", "HTTP 500")
        await hand.until(lambda: update(hand).deliveries["late"].status == "failed", "HTTP 429")
        await hand.says("c", "? 1 start · slow: unknown, check")
        await hand.says("a", "Which channel?", "slow")
        await hand.press("escape")


async def test_what_has_no_interface_is_sent_by_hand_and_said_so(
    desk: MakeDesk, configure: Configure
) -> None:
    board = {"kind": "by-hand", "audience": "customers", "recipients": "the board's chat"}
    configure(board=board)
    made = desk(BOOK % "")
    async with at(made) as hand:
        await opened(hand)
        await sends(hand, "board  the board's chat", "you copy it there")
        await hand.sees("yours to send")
        await hand.press("y")
        await hand.until(lambda: hand.app.clipboard == update(hand).texts["customers"], "a copy")
        await hand.says("a", "Look first", "I sent it by hand")
        await hand.press("down", "enter")
        await hand.type("pasted at 19:31")
        await hand.until(lambda: update(hand).deliveries["board"].status == "by-hand", "it")


async def test_no_news_and_a_correction_are_one_key_away(desk: MakeDesk) -> None:
    async with at(desk(BOOK % "")) as hand:
        await opened(hand)
        await sends(hand)
        await hand.says("full_stop", "Send update 2?", "nothing new since our last update")
        await agrees(hand)
        await hand.until(lambda: update(hand, 2).sent is not None, "no news")
        await idle(hand)
        await hand.says("c", "Correction to our update of 19:30 UTC", "esc done")
        await hand.press("escape")
        await idle(hand)
        assert update(hand, 3).corrects == 2
        await hand.sees("corrects 2")


async def test_no_news_is_one_key_away_on_the_run_screen(desk: MakeDesk) -> None:
    async with at(desk(BOOK % "")) as hand:
        await opened(hand)
        await hand.sees("The order service: planned work in progress", f"{hand.state.run}/1")
        await sends(hand)
        await hand.press("escape")
        await hand.until(lambda: not hand.app.run_screen._acting, "the run")
        await hand.says("full_stop", "Send update 2?", "nothing new since our last update")
        await hand.press("escape")
        await hand.sees("Update 2 is kept as a draft")
        await hand.until(lambda: not hand.app.run_screen._acting, "the run")
        await hand.says("full_stop", "Send update 3?")
        await agrees(hand)
        await hand.until(lambda: update(hand, 3).sent is not None, "no news")


async def test_an_update_that_is_late_is_shown_and_logged_once(desk: MakeDesk) -> None:
    clock = HandClock()
    async with at(desk(BOOK % "", clock=clock)) as hand:
        await opened(hand)
        await writes(hand, GOOD)
        await sends(hand)
        await hand.sees("next update promised 20:00Z in 30:00")
        await hand.press("escape")
        clock.seconds += 26 * 60
        hand.app.run_screen.show_clocks()
        await hand.sees("next update promised for 20:00Z")
        clock.seconds += 6 * 60
        hand.app.run_screen.show_clocks()
        await hand.sees("update overdue by")
        hand.app.run_screen.show_clocks()
        entries = hand.app.run_screen.driving.session.entries
        late = [e for e in entries if type(e.entry.event).__name__ == "UpdateOverdue"]
        assert len(late) == 1


async def test_the_palette_has_every_action_of_the_screen(desk: MakeDesk) -> None:
    async with at(desk(BOOK % "")) as hand:
        await opened(hand)
        await hand.press("ctrl+p")
        await hand.sees("Search for commands", "Overrule")
        await hand.press("a", "n", "s", "w")
        await hand.sees("Answer for a channel")
        await hand.press("escape")


async def test_two_people_at_one_text_are_told_and_lose_nothing(desk: MakeDesk) -> None:
    made = desk(BOOK % "")
    async with at(made) as hand:
        await opened(hand)
        await hand.says("e", "esc done")
        bob = made.elsewhere("bob")
        texts = {**bob.state.messages.updates[1].texts, "customers": "bob's words"}
        draft = mcmd.DraftUpdate(kind="start", texts=texts, update=1, step="tell")
        assert not isinstance(bob.submit(draft), Refusal)
        await hand.until(lambda: update(hand).texts["customers"] == "bob's words", "bob")
        hand.app.screen.query_one(Draft).text = "alice's words"
        await hand.sees("Somebody else changed this text meanwhile")
        assert update(hand).texts["customers"] == "alice's words"
        assert not isinstance(bob.submit(mcmd.WithdrawUpdate(1)), Refusal)
        await hand.until(lambda: update(hand).withdrawn is not None, "the withdrawal")
        hand.app.screen.query_one(Draft).text = "alice's last words"
        await hand.sees("sent or withdrawn elsewhere meanwhile")
        assert hand.app.clipboard == "alice's last words"


async def test_a_click_elsewhere_keeps_what_was_typed_where_it_was_typed(desk: MakeDesk) -> None:
    async with at(desk(BOOK % "")) as hand:
        await opened(hand)
        await sends(hand)
        await hand.says("c", "esc done", "Correction to our update")
        first = dict(update(hand).texts)
        hand.app.screen.query_one(Draft).text = "a correction"
        await hand.pilot.click("#m-rows", offset=(3, 2))
        await hand.sees("s send")
        await hand.until(lambda: update(hand, 2).texts["customers"] == "a correction", "the draft")
        assert dict(update(hand).texts) == first


@pytest.mark.parametrize("way_out", ["ctrl+q", "hang-up"])
async def test_what_was_typed_a_moment_ago_is_kept_on_the_way_out(
    desk: MakeDesk, monkeypatch: pytest.MonkeyPatch, way_out: str
) -> None:
    monkeypatch.setattr(messages, "SAVE_SECONDS", 60.0)
    made = desk(BOOK % "")
    async with at(made) as hand:
        await opened(hand)
        await hand.says("e", "esc done")
        hand.app.screen.query_one(Draft).text = "last words"
        await hand.sees("last words")
        if way_out == "ctrl+q":
            await hand.press("ctrl+q")
        else:
            hand.app._end(129)
        await hand.until(lambda: hand.app._exit, "the end")
    assert made.elsewhere("bob").state.messages.updates[1].texts["customers"] == "last words"


async def test_whoever_types_without_a_pause_is_saved_all_the_same(
    desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "SAVE_SECONDS", 60.0)
    monkeypatch.setattr(messages, "LONGEST_UNSAVED_SECONDS", 0.2)
    async with at(desk(BOOK % "")) as hand:
        await opened(hand)
        await hand.says("e", "esc done")
        area = hand.app.screen.query_one(Draft)
        typed = 0

        def more() -> bool:
            nonlocal typed
            typed += 1
            area.text = "word " * typed
            return update(hand).texts["customers"].startswith("word word")

        await hand.until(more, "the log to have what is typed")


async def test_what_needs_a_look_stays_on_the_run_screen_and_is_said_when_left(
    desk: MakeDesk, configure: Configure, serve: Callable[..., Server]
) -> None:
    configure(gone=chat(serve(answers(404))))
    async with at(desk(BOOK % "")) as hand:
        await opened(hand)
        await sends(hand, "gone")
        await hand.until(lambda: update(hand).deliveries["gone"].status == "refused", "HTTP 404")
        await hand.press("escape")
        await hand.sees("? update 1 was refused by gone: c shows it")
        await hand.press("ctrl+q")
        await hand.until(lambda: hand.app._exit, "the end")
        assert "update 1 was refused by gone" in hand.app.trouble
        assert f"runbook-tui resume {hand.state.run}" in hand.app.trouble
