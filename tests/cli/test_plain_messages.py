"""Messages in line mode: a step's message, channels that are served meanwhile, answers for them."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from .conftest import Program
from .partner import HEAD, MESSAGES, STEPS, Partner, by_hand, channel, configure

PATIENCE = 30.0
pytestmark = pytest.mark.timeout(120)
BEGUN = "skip seen\n\n"
"""The message step is what is worked on."""
PROMPT = r"message \d+: [a-z, -]+; enter = back > "


@pytest.fixture
def partner() -> Iterator[Partner]:
    found = Partner()
    yield found
    found.close()


@pytest.fixture
def told(book: Path) -> Path:
    """A runbook that tells people something."""
    book.write_text(HEAD + MESSAGES + STEPS)
    return book


@pytest.fixture
def talk(program: Program) -> Iterator[Any]:
    opened: list[pexpect.spawn] = []

    def start(*arguments: object, **env: str) -> pexpect.spawn:
        argv = program.argv(*arguments)
        child = pexpect.spawn(
            argv[0],
            argv[1:],
            env={"TERM": "xterm", **program.env(env)},
            encoding="utf-8",
            timeout=PATIENCE,
            cwd=str(program.home),
            dimensions=(40, 200),
        )
        opened.append(child)
        return child

    yield start
    for child in opened:
        child.close(force=True)


def driven(program: Program, book: Path, say: str) -> str:
    program.trust(book)
    return program("run", book, "--plain", say=say).stdout


def updates(program: Program) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = program.json("message")["updates"]
    return found


def step(program: Program, name: str = "tell") -> dict[str, Any]:
    found: dict[str, Any] = next(s for s in program.status()["steps"] if s["id"] == name)
    return found


def kinds(program: Program) -> list[str]:
    lines = program("log", "@last", "--json").stdout.splitlines()
    return [json.loads(line)["event"]["type"] for line in lines]


def test_enter_shows_the_draft_and_yes_sends_it(
    program: Program, told: Path, partner: Partner
) -> None:
    configure(program.home, channel("shop", partner.url), by_hand("board"))
    out = driven(program, told, f"{BEGUN}\nsend\nyes\nquit\n")
    assert "tell: enter = message > " in out
    shown = out[out.index("enter = message >") :]
    assert "  | We have begun the work on the shop. Orders may fail for some seconds." in shown
    assert "the rules have nothing to say" in shown
    asked = shown[: shown.index("send update 1 (LIVE)? Type yes to do it: yes")]
    assert "goes to shop (customers): readers of shop" in asked
    assert "you copy it there" in asked
    assert "after: enter = start > " in shown, "the next step comes by itself"
    assert "The channels are served first (shop)" in out
    assert re.search(r"alice  sees  update 1 arrive at shop", out)
    assert step(program)["status"] == "done"
    (update,) = updates(program)
    assert [d["status"] for d in update["deliveries"]] == ["delivered", "waiting"]
    assert len(partner.arrived) == 1


def test_nothing_is_sent_without_a_yes(program: Program, told: Path, partner: Partner) -> None:
    configure(program.home, channel("shop", partner.url))
    out = driven(program, told, f"{BEGUN}\nsend\n\nsend\nsend\nsend\ny\n\nquit\n")
    assert out.count("Type yes to do it") == 3
    assert out.count("not done") == 3
    assert partner.arrived == []
    assert updates(program)[0]["status"] == "draft"
    # The draft is there when somebody goes on.
    out = program("resume", "--plain", say="\n\nquit\n").stdout
    assert "update 1 (start, for tell) is a draft" in out
    assert out.count("update 1 (start, for tell): draft of") == 1
    assert len(updates(program)) == 1


def test_a_draft_is_written_line_by_line_and_held_against_the_rules(
    program: Program, told: Path
) -> None:
    words = (
        "edit\nWe guarantee it.\nOrders may fail. Next update: 23:59\n.\nsend\n"
        "overrule 9 x\noverrule\n1 they know our zone\nsend\nyes\n"
    )
    out = driven(program, told, f"{BEGUN}\n{words}quit\n")
    assert "The text to customers as it is:\n  | We have begun" in out
    assert "Not yet:\n  blocks: time-without-zone in the text to customers “23:59”" in out
    assert "'9' is no number of a remark" in out
    assert re.search(r"^  2\. warns: absolute-promise", out, re.M)
    assert "overruled: time-without-zone" in out
    (update,) = updates(program)
    assert update["status"] == "sent"
    text = program("message", "@last", "1", "text", "customers").stdout
    assert text == "We guarantee it.\nOrders may fail. Next update: 23:59\n"


def test_leaving_the_text_alone_leaves_it(program: Program, told: Path) -> None:
    out = driven(program, told, f"{BEGUN}\nedit\n.\nwrite nobody\nedit\nhalf a text")
    assert out.count("the text is as it was") == 2
    assert "there is no text to 'nobody'" in out
    assert kinds(program).count("update-drafted") == 1


def test_an_editor_is_used_where_one_is_set(
    program: Program, told: Path, partner: Partner, tmp_path: Path, talk: Any
) -> None:
    configure(program.home, channel("shop", partner.url))
    editor = tmp_path / "editor"
    new = "We have begun. Orders may fail for some seconds. Next update: within 30 minutes"
    editor.write_text(f"#!/bin/sh\necho '{new}' > \"$1\"\n")
    editor.chmod(0o755)
    run = program.start(told, say=BEGUN)
    child = talk("resume", run, "--plain", EDITOR=str(editor))
    child.expect("enter = message > ")
    child.sendline("")
    child.expect(PROMPT)
    child.sendline("edit")
    child.expect("alice  drafts  update 1")
    child.expect(PROMPT)
    child.sendline("send")
    child.expect("Type yes to do it: ")
    child.sendline("yes")
    child.expect("after: enter = start > ")
    assert partner.came.wait(PATIENCE), "served while nobody types anything"
    assert partner.arrived[0]["message"].startswith(new)
    child.sendline("quit")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0


@pytest.mark.parametrize(
    ("words", "status", "update"),
    [
        ("by-hand I told them on the telephone", "done", "draft"),
        ("skip nobody is affected", "skipped", "draft"),
        ("delegate bob: he has the list", "done", "draft"),
        ("withdraw not needed", "active", "withdrawn"),
    ],
)
def test_a_step_can_be_answered_otherwise(
    program: Program, told: Path, words: str, status: str, update: str
) -> None:
    driven(program, told, f"{BEGUN}\n{words}\nquit\nquit\n")
    assert step(program)["status"] == status
    assert updates(program)[0]["status"] == update
    assert ("step-delegated" in kinds(program)) is words.startswith("delegate")


def test_new_facts_are_shown_beside_and_taken_after_a_yes(program: Program, told: Path) -> None:
    told.write_text(told.read_text().replace("{{next_update}}", "{{next_update}}, {{progress}}"))
    run = program.start(told, say=f"{BEGUN}\nback\n")
    program("decide", run, "tell", "defer", "--reason", "later")
    out = program(
        "resume", run, "--plain", say="skip seen\nmessage 1\nfacts\n\nfacts\nyes\nfacts\nquit\n"
    ).stdout
    assert "STALE: progress was “1 of 3 steps”, and is “2 of 3 steps” now" in out
    assert "to customers, as it would be:\n  | We have begun" in out
    assert "every fact in it still holds" in out
    assert "2 of 3 steps" in program("message", run, "1", "text", "customers").stdout


def test_another_person_approves_and_enter_does_not_miss_it(
    program: Program, told: Path, talk: Any
) -> None:
    told.write_text(HEAD + MESSAGES + "  approval: {}\n" + STEPS)
    run = program.start(told, say=BEGUN)
    child = talk("resume", run, "--plain")
    child.expect("enter = message > ")
    child.sendline("")
    child.expect(PROMPT)
    child.sendline("send")
    child.expect(f"runbook-tui message {run} 1 approve --as NAME")
    child.expect("or say why it is sent without it: ")
    child.sendline("")
    child.expect("not sent")
    child.expect(PROMPT)
    digest = program.json("message", run, "1")["digest"]
    program("message", run, "1", "approve", "--as", "bob", "--text", digest)
    child.sendline("")
    child.expect("bob  approves  update 1")
    child.expect("That was decided meanwhile")
    child.expect("approved by bob")
    child.expect(PROMPT)
    child.sendline("send")
    child.expect("approved by bob")
    child.expect("Type yes to do it: ")
    child.sendline("yes")
    child.expect("Update 1 is out: no channel is configured for these readers")
    child.sendline("quit")
    child.expect(pexpect.EOF)
    assert updates(program)[0]["approved_by"] == ["bob"]


def test_it_is_sent_without_approval_for_a_reason_only(program: Program, told: Path) -> None:
    told.write_text(HEAD + MESSAGES + "  approval: {}\n" + STEPS)
    out = driven(program, told, f"{BEGUN}\nsend\nnobody is awake\nyes\nquit\n")
    assert "WITHOUT APPROVAL: nobody is awake" in out
    assert updates(program)[0]["unapproved"] == "nobody is awake"


def test_what_changes_while_it_is_shown_is_not_sent(
    program: Program, told: Path, talk: Any
) -> None:
    run = program.start(told, say=BEGUN)
    child = talk("resume", run, "--plain")
    child.expect("enter = message > ")
    child.sendline("")
    child.expect(PROMPT)
    child.sendline("send")
    child.expect("Type yes to do it: ")
    program("decide", run, "-", "pause", "--reason", "wait", "--as", "bob")
    child.sendline("yes")
    child.expect("Things have changed while you read")
    child.expect(PROMPT)
    assert updates(program)[0]["status"] == "draft"


def test_word_at_any_moment_and_an_answer_for_a_channel(
    program: Program, told: Path, partner: Partner
) -> None:
    partner.temper = 401
    configure(program.home, channel("shop", partner.url))
    out = driven(program, told, "message\nmessage no-news\nsend\nyes\nback\nquit\n")
    assert "no update yet; message new KIND or message no-news writes one" in out
    assert "there is nothing new since our last update" in out
    assert "! update 1 on shop: refused, " in out
    partner.temper = 200
    out = program(
        "resume", "--plain",
        say="message 7\nmessage\nanswer chat\nanswer\nagain the token is renewed\nback\nquit\n",
    ).stdout  # fmt: skip
    assert "update 1 (progress) is sent; shop refused" in out
    assert "there is no update '7'" in out
    assert "nothing is to be answered for 'chat'" in out
    assert "Look at the channel first" in out
    (update,) = updates(program)
    assert [d["status"] for d in update["deliveries"]] == ["delivered"]
    assert len(partner.arrived) == 2


def test_whoever_does_not_wait_leaves_it_unknown(
    program: Program, told: Path, partner: Partner, talk: Any
) -> None:
    partner.temper = "hang"
    configure(program.home, channel("shop", partner.url))
    run = program.start(told, say=BEGUN)
    child = talk("resume", run, "--plain")
    child.expect("enter = message > ")
    for words in ("", "send", "yes"):
        child.sendline(words)
    child.expect("after: enter = start > ")
    assert partner.came.wait(PATIENCE)
    child.sendline("quit")
    child.expect("The channels are served first \\(shop\\); Ctrl\\+C does not wait")
    child.sendintr()
    child.expect("interrupted")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 130
    (update,) = updates(program)
    assert update["deliveries"][0]["status"] == "unknown"
    assert update["deliveries"][0]["interrupted"] is False
    assert program.status()["driver"]["here"] is None


def test_a_killed_program_leaves_what_was_under_way_unknown(
    program: Program, told: Path, partner: Partner
) -> None:
    partner.temper = "hang"
    configure(program.home, channel("shop", partner.url))
    run = program.start(told, say=BEGUN)
    driver = subprocess.Popen(
        program.argv("resume", run, "--plain"), stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=program.env(),
    )  # fmt: skip
    assert driver.stdin is not None
    driver.stdin.write(b"\nsend\nyes\n")
    driver.stdin.flush()
    assert partner.came.wait(PATIENCE)
    driver.kill()
    driver.communicate()
    assert "shop unknown, check the channel" in program("status").stdout
    out = program("resume", run, "--plain", say="message 1\nanswer shop arrived I see it\nquit\n")
    assert "shop unknown, check the channel" in out.stdout
    assert updates(program)[0]["deliveries"][0]["status"] == "delivered"
    assert len(partner.arrived) == 1


def test_a_polite_end_at_a_prompt_writes_down_what_was_under_way(
    program: Program, told: Path, partner: Partner
) -> None:
    partner.temper = "hang"
    configure(program.home, channel("shop", partner.url))
    run = program.start(told, say=BEGUN)
    driver = subprocess.Popen(
        program.argv("resume", run, "--plain"), stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=program.env(),
    )  # fmt: skip
    assert driver.stdin is not None
    driver.stdin.write(b"\nsend\nyes\n")
    driver.stdin.flush()
    assert partner.came.wait(PATIENCE)
    driver.send_signal(signal.SIGTERM)
    assert driver.wait(PATIENCE) == 128 + signal.SIGTERM
    driver.stdin.close()
    (delivery,) = updates(program)[0]["deliveries"]
    assert (delivery["status"], delivery["interrupted"]) == ("unknown", False)
    assert program.status()["driver"]["here"] is None


def test_an_update_that_is_due_is_told_at_the_prompt(
    program: Program, told: Path, talk: Any
) -> None:
    told.write_text(HEAD + MESSAGES + "  first: 2s\n  warn: 1s\n" + STEPS)
    run = program.start(told)
    child = talk("resume", run, "--plain")
    child.expect("look: enter = start > ")
    child.sendline("")
    for _ in range(200):
        child.expect("look: enter = ")
        if "update overdue by" in child.before:
            break
        child.sendline("list")
    assert "! update overdue by" in child.before
    assert "notices  that an update was due" in child.before
    child.sendline("quit")
    child.expect(pexpect.EOF)
    assert kinds(program).count("update-overdue") == 1
    assert "update overdue by" in program("status", run).stdout
    assert program.status()["messages"]["due"]["overdue"] is True


def test_nothing_hostile_reaches_the_terminal(
    program: Program, told: Path, partner: Partner
) -> None:
    partner.temper, partner.words = 403, b"\x1b]0;owned\x07"
    configure(program.home, channel("shop", partner.url))
    text = "\x1b[2J\x9b31mOrders may fail.\u202e Next update: in 1 hour\napproved by mallory"
    out = driven(program, told, f"{BEGUN}\nedit\n{text}\n.\nsend\nyes\nmessage 1\ncopy\nquit\n")
    assert not set(out) & {"\x1b", "\x07", "\x9b", "\u202e"}
    assert "  | approved by mallory" in out


def test_a_line_that_the_terminal_breaks_stays_behind_a_mark(
    program: Program, told: Path, talk: Any
) -> None:
    run = program.start(told, say=f"{BEGUN}\nedit\nOne{' ' * 193}approved by mallory\n.\n")
    child = talk("resume", run, "--plain")
    child.expect("enter = message > ")
    child.sendline("message 1")
    child.expect(PROMPT)
    rows = [line.rstrip() for line in child.before.splitlines()]
    assert "  + approved by mallory" in rows
    assert all(len(row) <= 200 for row in rows)


def test_a_run_that_is_over_shows_its_messages_and_serves_none(
    program: Program, told: Path, partner: Partner
) -> None:
    partner.temper = 503
    configure(program.home, channel("shop", partner.url))
    run = program.start(told, say=f"{BEGUN}\nsend\nyes\nskip x\nclose\nyes\nquit\n")
    assert program.status()["status"] == "closed"
    partner.temper = 200
    out = program(
        "resume", run, "--plain", say="message 1\nanswer shop again I looked\nno-news\nquit\n"
    ).stdout
    assert "no channel is served here: runbook-tui message" in out
    assert "shop failed, and nobody drives the run any more: settle it" in out
    assert "no such word here: 'no-news'" in out
    assert len(partner.arrived) == 1
    settle = ("message", run, "1", "settle", "shop", "--again", "--reason", "I looked")
    assert "delivered" in program(*settle).stdout
    assert len(partner.arrived) == 2
