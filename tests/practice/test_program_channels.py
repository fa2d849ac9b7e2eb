"""The program's own channels, configured by the lab, against the lab's partner."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from practice.messaging import REFERENCE, Sender
from runbook_tui.adapters.channels.carrier import Channels
from runbook_tui.adapters.config import read_config
from runbook_tui.domain.messages.channels import Outgoing

NOW = datetime(2026, 11, 24, 19, tzinfo=UTC)
WINDOW = (NOW, NOW.replace(hour=20))


def outgoing(channel: str, number: int = 1, thread: str = "", **changed: object) -> Outgoing:
    fields: dict[str, object] = {
        "entry": f"{REFERENCE[:-1]}{number}",
        "run": REFERENCE[:-2],
        "kind": "start",
        "audience": "customers" if channel == "status-page" else "internal",
        "title": "Order service: maintenance in progress",
        "text": f"Update {number}: orders may fail for some seconds.",
        "attempt": 1,
        "at": NOW,
        "thread": thread,
        "window": WINDOW,
    }
    return Outgoing(**{**fields, **changed})  # type: ignore[arg-type]


def channels(sender: Sender, timeout: str = "") -> Channels:
    """As the lab configures them; with a time limit of their own where it is given."""
    assert sender.lab.channels is not None
    names = ("STATUS_PAGE", "PARTNER_CHAT") if timeout else ()
    environment = {f"RUNBOOK_TUI_CHANNELS_{name}_TIMEOUT": timeout for name in names}
    return Channels(read_config(sender.lab.channels, environment).channels)


def told(sender: Sender) -> list[tuple[str, str, int]]:
    """How, which update, how often; newest first."""
    return [(m["how"], m["reference"], m["times"]) for m in sender.arrived()]


async def test_what_the_program_sends_is_seen_at_the_partner(sender: Sender) -> None:
    carrier = channels(sender)
    first = await carrier.deliver("status-page", outgoing("status-page", kind="announce"))
    assert (first.outcome, first.words) == ("delivered", "HTTP 201")
    second = await carrier.deliver("status-page", outgoing("status-page", 2, first.thread))
    assert (second.outcome, second.thread) == ("delivered", first.thread)
    chat = await carrier.deliver("partner-chat", outgoing("partner-chat", 2))
    assert chat.outcome == "delivered"
    said = sender.operator.ctl("messages")
    assert said.endswith("3 messages arrived: 1 by Apprise JSON, 2 by status page")
    assert "Update 1: orders may fail" in said
    (incident,) = sender.page("GET").json
    assert incident["id"] == first.thread
    assert incident["status"] == "in_progress"
    assert incident["scheduled_until"] == "2026-11-24T20:00:00Z"
    assert incident["scheduled_auto_completed"] is False
    assert [u["body"][:8] for u in incident["incident_updates"]] == ["Update 2", "Update 1"]
    on_page = [reference for how, reference, _ in told(sender) if how == "status page"]
    assert on_page == [f"{REFERENCE[:-1]}2", f"{REFERENCE[:-1]}1"]


@pytest.mark.parametrize("channel", ["status-page", "partner-chat"])
@pytest.mark.parametrize("word", ["500", "429", "refuse"])
async def test_a_channel_that_takes_nothing_is_tried_again_and_told_once(
    sender: Sender, word: str, channel: str
) -> None:
    carrier = channels(sender)
    sender.operator.ctl("messages", "temper", word)
    assert (await carrier.deliver(channel, outgoing(channel))).outcome == "failed"
    sender.operator.ctl("messages", "temper", "ok")
    assert (await carrier.deliver(channel, outgoing(channel))).outcome == "delivered"
    assert [times for _, _, times in told(sender)] == [1]


async def test_a_channel_that_hangs_is_unknown_until_somebody_looks(sender: Sender) -> None:
    carrier = channels(sender, timeout="2")
    sender.operator.ctl("messages", "temper", "hang")
    assert (await carrier.deliver("status-page", outgoing("status-page"))).outcome == "unknown"
    assert (await carrier.deliver("partner-chat", outgoing("partner-chat"))).outcome == "unknown"
    sender.operator.ctl("messages", "temper", "ok")
    found = await carrier.look("status-page", outgoing("status-page"))
    assert found is not None
    assert (found.outcome, found.thread) == ("delivered", sender.page("GET").json[0]["id"])
    assert len(sender.arrived()) == 2, "and people can see both"


async def test_a_slow_channel_is_waited_for(sender: Sender) -> None:
    sender.operator.ctl("messages", "temper", "slow")
    answered = await channels(sender).deliver("status-page", outgoing("status-page"))
    assert answered.outcome == "delivered"
