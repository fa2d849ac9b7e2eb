"""labctl messages: what arrived, waiting for it, and rehearsing trouble; and the lab's channels."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from practice.driving import LIMIT, Operator
from practice.messaging import REFERENCE, Sender
from runbook_tui.adapters.config import Config, read_config
from runbook_tui.practice.lab import Lab, build
from runbook_tui.practice.software.partner.trouble import TEMPERS

HOSTILE = "a\x1b]0;owned\x07\x9b31m\u202e b\r\nc\x7f"


def test_what_arrived_is_listed_and_counted(sender: Sender) -> None:
    assert sender.operator.ctl("messages") == (
        "0 messages arrived: 0 by Apprise JSON, 0 by status page"
    )
    sender.notify(f"Orders may fail.\n\nRef {REFERENCE}", title="Maintenance")
    sender.notify(f"Orders may fail.\n\nRef {REFERENCE}", title="Maintenance")
    sender.incident(name="Order service", body="We began.", status="identified")
    said = sender.operator.ctl("messages")
    assert re.sub(r"2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z", "TIME", said) == (
        f"#1 TIME Apprise JSON: Maintenance ({REFERENCE}, arrived 2 times)\n"
        f"    Orders may fail.\n\n    Ref {REFERENCE}\n"
        f"#2 TIME Apprise JSON: Maintenance ({REFERENCE}, arrived 2 times)\n"
        f"    Orders may fail.\n\n    Ref {REFERENCE}\n"
        "#3 TIME status page: Order service (identified)\n"
        "    We began.\n"
        "3 messages arrived: 2 by Apprise JSON, 1 by status page"
    )


def test_as_json_there_is_one_object_a_line(sender: Sender) -> None:
    sender.notify(HOSTILE, title=HOSTILE)
    sender.notify("second")
    lines = sender.operator.ctl("messages", "--json").splitlines()
    first, second = map(json.loads, lines)
    assert (first["number"], first["text"], first["title"]) == (1, HOSTILE, HOSTILE)
    assert (second["number"], second["text"], second["times"]) == (2, "second", 1)


@pytest.mark.parametrize("words", [[], ["--json"], ["wait", "1"]])
def test_a_message_gives_a_terminal_nothing_to_obey(sender: Sender, words: list[str]) -> None:
    sender.notify(HOSTILE, title=HOSTILE)
    sender.incident(name=HOSTILE, body=HOSTILE)
    done = sender.operator.try_("messages", *words)
    assert done.returncode == 0
    assert all(c.isprintable() or c == "\n" for c in done.stdout)
    assert "owned" in done.stdout


def test_a_message_cannot_be_taken_for_another(sender: Sender) -> None:
    """Each line of a text is indented, and a title is one line."""
    sender.notify("x\n#9 forged\r#9 forged\u2028#9 forged", title="t\n#9 forged\x85#9 forged")
    said = sender.operator.ctl("messages").splitlines()
    assert [line for line in said if line.startswith("#")] == [said[0]]
    assert said[0].startswith("#1 ")


def test_one_waits_for_the_nth_message(sender: Sender) -> None:
    waiting = subprocess.Popen(
        [sender.lab.layout.labctl, "messages", "wait", "2", "--timeout", "30"],
        stdout=subprocess.PIPE,
        text=True,
    )
    sender.notify("first")
    assert sender.operator.refused("messages", "wait", "2", "--timeout", "0.1") == (
        "1 of 2 messages arrived within 0.1 s."
    )
    assert waiting.poll() is None
    sender.notify("second", title="Second")
    sender.notify("third")
    said, _ = waiting.communicate(timeout=LIMIT)
    assert waiting.returncode == 0
    assert said.splitlines()[0].startswith("#2 ")
    assert said.splitlines()[1:] == ["    second"]
    assert sender.operator.ctl("messages", "wait", "1").startswith("#1 ")


def test_one_follows_what_arrives(sender: Sender) -> None:
    sender.notify("before")
    with subprocess.Popen(
        [sender.lab.layout.labctl, "messages", "--json", "--follow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    ) as following:
        assert following.stdout is not None
        assert json.loads(following.stdout.readline())["text"] == "before"
        sender.notify("while looking")
        assert json.loads(following.stdout.readline())["text"] == "while looking"
        following.send_signal(2)
        assert following.wait(LIMIT) == 130
    said = sender.operator.ctl("messages", "--follow", "0.3").splitlines()
    assert [line[:2] for line in said if line.startswith("#")] == ["#1", "#2"]
    assert said[-1].startswith("2 messages arrived: ")


@pytest.mark.parametrize("word", TEMPERS)
def test_a_temper_is_set_shown_and_ended(sender: Sender, word: str) -> None:
    operator = sender.operator
    assert operator.ctl("messages", "temper").startswith("ok: the partner takes messages")
    assert operator.ctl("messages", "temper", word).startswith(f"{word}: the partner takes ")
    assert operator.ctl("messages", "temper").startswith(f"{word}: ")
    said = operator.ctl("messages")
    assert (f"temper {word}" in said) == (word != "ok")
    assert operator.ctl("messages", "temper", "ok") == "ok: the partner takes messages and answers"


@pytest.mark.parametrize(
    "words",
    [
        ["temper", "angry"],
        ["wait"],
        ["wait", "x"],
        ["wait", "0"],
        ["nope"],
        ["--follow", "x"],
    ],
)
def test_bad_usage_changes_nothing(sender: Sender, words: list[str]) -> None:
    sender.operator.refused("messages", *words, code=2)
    assert sender.operator.ctl("messages", "temper").startswith("ok")


def test_a_partner_that_is_down_is_named_with_where_the_messages_are(stopped_lab: Lab) -> None:
    for words in ([], ["wait", "1"], ["--json"]):
        said = Operator(stopped_lab).refused("messages", *words, code=3)
        assert "does not answer" in said
        assert "partner/messages.jsonl" in said


def test_a_lab_of_before_has_no_messages_and_goes_on(stopped_lab: Lab) -> None:
    manifest = json.loads(stopped_lab.layout.manifest.read_text())
    del manifest["ports"]["messages"]
    stopped_lab.layout.manifest.write_text(json.dumps(manifest))
    stopped_lab.layout.channels.unlink()
    lab = Lab.open(stopped_lab.root)
    assert lab.channels is None
    assert "messages" not in lab.summary()
    for words in ([], ["wait", "1"], ["temper", "hang"]):
        said = Operator(lab).refused("messages", *words, code=2)
        assert "built before labs had messages" in said
    assert not lab.layout.messages_temper.exists()


def test_a_lab_gives_the_program_its_channels(stopped_lab: Lab) -> None:
    file = stopped_lab.channels
    assert file == stopped_lab.root / "etc" / "messages.toml"
    given = tomllib.loads(file.read_text())
    port = stopped_lab.layout.port("messages")
    assert given["feed"] == {"folder": str(stopped_lab.root / "status"), "title": "Orders: status"}
    channels = given["channels"]
    assert {name: (c["kind"], c["audience"]) for name, c in channels.items()} == {
        "status-page": ("statuspage", "customers"),
        "partner-chat": ("apprise", "internal"),
        "board": ("by-hand", "executives"),
    }
    assert channels["status-page"]["url"] == f"http://127.0.0.1:{port}/v1"
    assert channels["partner-chat"]["url"] == f"json://127.0.0.1:{port}/notify"
    assert all(c["recipients"] for c in channels.values())
    assert f"http://127.0.0.1:{port}/messages" in stopped_lab.summary()


@pytest.mark.skipif(not hasattr(Config(), "channels"), reason="the program reads no channels yet")
def test_the_program_can_read_them(stopped_lab: Lab) -> None:
    assert stopped_lab.channels is not None
    config = read_config(stopped_lab.channels, {})
    assert [each.channel.name for each in config.channels] == [
        "status-page",
        "partner-chat",
        "board",
    ]
    assert config.feed is not None
    assert config.feed.folder == str(stopped_lab.root / "status")
    assert config.warnings == ()


def test_the_secrets_of_the_channels_are_for_the_operator_only(
    stopped_lab: Lab, tmp_path: Path
) -> None:
    layout = stopped_lab.layout
    assert stopped_lab.channels is not None
    for file in (stopped_lab.channels, layout.messages_token):
        assert file.stat().st_mode & 0o077 == 0
    token = layout.messages_token.read_text().strip()
    assert len(token) == 32
    assert token in stopped_lab.channels.read_text()
    assert token not in stopped_lab.summary()
    other = build(tmp_path / "other", 300)
    assert other.layout.messages_token.read_text().strip() != token
    for words in (["start", "partner"], ["snapshot", "take", "x"], ["snapshot", "restore", "x"]):
        Operator(stopped_lab).ctl(*words)
    assert stopped_lab.channels.stat().st_mode & 0o077 == 0
    assert token in stopped_lab.channels.read_text()
