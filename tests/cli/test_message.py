"""Messages from a script or another terminal: written, agreed to, sent, answered for."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from .conftest import Program
from .partner import HEAD, MESSAGES, STEPS, TEXT, Partner, by_hand, channel, configure

PATIENCE = 30.0
pytestmark = pytest.mark.timeout(120)


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


def asks_for_approval(book: Path) -> None:
    book.write_text(HEAD + MESSAGES + "  approval: {}\n" + STEPS)


def drafted(program: Program, run: str, text: str = TEXT, *more: str, to: str = "customers") -> str:
    """A draft; the digest of its text."""
    file = program.home / "text"
    file.write_text(text)
    arguments = ("--kind", "progress", "--to", to, "--text-file", file, *more)
    answer = program.json("message", run, "draft", *arguments)
    digest: str = answer["digest"]
    return digest


def events(program: Program, run: str) -> list[dict[str, Any]]:
    return [json.loads(line)["event"] for line in program("log", run, "--json").stdout.splitlines()]


def until(holds: Any, what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.02)


def talk(program: Program, *arguments: object) -> pexpect.spawn:
    argv = program.argv(*arguments)
    return pexpect.spawn(
        argv[0],
        argv[1:],
        env={"TERM": "xterm", **program.env()},
        encoding="utf-8",
        timeout=PATIENCE,
        cwd=str(program.home),
        dimensions=(40, 100),
    )


# Writing


def test_a_run_without_messages_says_so(program: Program, told: Path) -> None:
    run = program.start(told)
    done = program("message")
    assert done.stdout == "no update is due\n"
    assert f"runbook-tui message {run} draft" in done.stderr
    assert program.json("message") == {"run": run, "due": None, "updates": []}


def test_a_draft_of_a_step_comes_from_its_template_and_is_shown_whole(
    program: Program, told: Path
) -> None:
    run = program.start(told, say="skip seen\n\n")
    done = program("message", run, "draft", "--step", "tell")
    assert "update 1 (start, for tell): draft of" in done.stdout
    assert (
        "  | We have begun the work on the shop. Orders may fail for some seconds. Next update:"
        in done.stdout
    )
    assert "the rules have nothing to say" in done.stdout
    assert "it goes to nobody: no channel is configured for these readers" in done.stdout
    assert program("message", run, "1").stdout == done.stdout
    listed = program("message").stdout.splitlines()
    assert listed[0].startswith("1  start, for tell  draft of ")
    assert listed[1].startswith("next update due ")


def test_the_document_of_a_draft_has_all_of_it(program: Program, told: Path) -> None:
    configure(program.home, by_hand("board"))
    run = program.start(told)
    digest = drafted(program, run, "It is 100% safe. Next update: soon.")
    found = program.json("message", run, "1")
    assert (found["run"], found["update"], found["status"]) == (run, 1, "draft")
    assert found["digest"] == digest
    assert found["texts"] == {"customers": "It is 100% safe. Next update: soon."}
    assert found["approval"] == {"needed": False, "role": None, "void": False, "given": []}
    assert [g["channel"] for g in found["goes_to"]] == ["board"]
    missing = next(r for r in found["remarks"] if r["rule"] == "next-update-missing")
    assert (missing["blocks"], missing["audience"]) == (True, "customers")
    assert found["deliveries"] == found["stale"] == []
    (listed,) = program.json("message")["updates"]
    assert set(listed) == set(found) - {
        "run", "texts", "stale", "remarks", "goes_to", "why_nobody"
    }  # fmt: skip


def test_a_text_comes_from_stdin_and_goes_to_stdout_alone(program: Program, told: Path) -> None:
    run = program.start(told)
    program(
        "message", run, "draft", "--kind", "delay", "--to", "internal", "--text-file", "-",
        say="Two\nlines.\n",
    )  # fmt: skip
    assert program("message", run, "1", "text", "internal").stdout == "Two\nlines.\n"
    program("message", run, "1", "edit", "--to", "internal", "--text-file", "-", say="One.\n")
    assert program("message", run, "1", "text", "internal").stdout == "One.\n"
    again = program(
        "message", run, "1", "edit", "--to", "internal", "--text-file", "-", say="One.\n"
    )
    assert again.stderr == "nothing has changed\n"


def test_what_a_rule_blocks_is_not_sent_until_somebody_answers_for_it(
    program: Program, told: Path
) -> None:
    run = program.start(told)
    text = f"Look at db7.corp.internal and db8.corp.internal. {TEXT}"
    digest = drafted(program, run, text)
    refused = program("message", run, "1", "send", "--text", digest, code=1)
    assert "internal-name" in refused.stderr
    overrule = ("message", run, "1", "overrule", "internal-name", "--to", "customers")
    several = program(*overrule, "--reason", "they know it", code=2)
    assert "more than one thing: “db7.corp.internal”; “db8.corp.internal”" in several.stderr
    assert "needs a reason" in program(*overrule, "--said", "db7.corp.internal", code=1).stderr
    for name in ("db7", "db8"):
        program(*overrule, "--said", f"{name}.corp.internal", "--reason", "they know it")
    assert "overruled: internal-name" in program("message", run, "1").stdout
    done = program("message", run, "1", "send", "--text", digest[:8])
    assert "nobody is told: no channel is configured for these readers" in done.stderr
    assert program.json("message", run, "1")["status"] == "sent"
    gone = program(*overrule, "--said", "x", "--reason", "x", code=1)
    assert "is sent: it cannot be changed" in gone.stderr


def test_new_facts_are_told_and_taken(program: Program, told: Path) -> None:
    run = program.start(told, say="skip seen\n\n")
    program("message", run, "draft", "--kind", "start", "--to", "internal")
    before = program("message", run, "1", "text", "internal").stdout
    assert "now tell (" in before
    program("decide", run, "tell", "skip", "--reason", "not needed")
    assert "STALE" in program("message").stdout
    assert program.json("message", run, "1")["stale"]
    done = program("message", run, "1", "renew")
    assert "STALE: step was “tell" in done.stderr
    assert "now after (" in program("message", run, "1", "text", "internal").stdout
    assert "every fact in it still holds" in program("message", run, "1", "renew").stderr


def test_a_draft_is_withdrawn_and_what_was_sent_is_corrected(program: Program, told: Path) -> None:
    run = program.start(told)
    digest = drafted(program, run)
    assert "nothing to correct" in program("message", run, "1", "correct", code=1).stderr
    program("message", run, "1", "send", "--text", digest)
    done = program("message", run, "1", "correct")
    assert "update 2 (progress, corrects 1): draft" in done.stdout
    assert "Correction to our update of" in done.stdout
    program("message", run, "2", "withdraw", "--reason", "it was right")
    assert program.json("message", run, "2")["status"] == "withdrawn"
    assert "withdrawn" in program("message", run, "2", "edit", code=1).stderr
    program("message", run, "no-news")
    assert "there is nothing new" in program("message", run, "3", "text", "customers").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nine",), "no number of an update"),
        (("7",), "has no update 7"),
        (("1", "sned"), "no such action"),
        (("draft",), "draft needs --kind"),
        (("draft", "--kind", "start", "--text-file", "x"), "wants a --to for each file"),
        (("draft", "--kind", "start", "--to", "customers", "--text-file", "/no/such"), "No such"),
        (("draft", "--step", "look"), "no message step 'look'"),
        (("draft", "1"), "takes nothing more"),
        (("1", "approve", "--text", "1234"), "at least 8 digits"),
        (("1", "send", "--text", "12345678", "--without-approval"), "belong together"),
        (("1", "send"), "no terminal to ask on"),
        (("1", "settle", "board"), "settle needs one of"),
        (("1", "settle", "--arrived"), "settle needs CHANNEL"),
        (("1", "overrule", "jargon", "--reason", "x"), "overrule needs --to"),
        (("1", "text", "nobody"), "has no text to nobody"),
        (("1", "text", "customers", "--json"), "makes no sense with text"),
        (("1", "withdraw", "--kind", "start"), "--kind makes no sense with withdraw"),
        (("1", "edit"), "no terminal for an editor"),
    ],
)
def test_bad_usage_is_told_apart_from_a_refusal(
    program: Program, told: Path, arguments: tuple[str, ...], words: str
) -> None:
    run = program.start(told)
    drafted(program, run)
    done = program("message", run, *arguments, code=2)
    assert words in done.stderr
    assert done.stdout == ""


# Agreeing


def test_another_person_approves_what_they_read(program: Program, told: Path) -> None:
    asks_for_approval(told)
    run = program.start(told)
    digest = drafted(program, run)
    send = ("message", run, "1", "send", "--text", digest)
    lacking = program(*send, code=1)
    assert "needs another person's approval" in lacking.stderr
    assert f"runbook-tui message {run} 1 approve --as NAME" in lacking.stderr
    approve = ("message", run, "1", "approve")
    assert "own words" in program(*approve, "--text", digest, code=1).stderr
    assert "no terminal" in program(*approve, "--as", "bob", code=2).stderr
    wrong = program(*approve, "--as", "bob", "--text", "0123456789", code=1)
    assert "not the one that was read" in wrong.stderr
    done = program(*approve, "--as", "bob", "--text", digest[:8], "--note", "read it twice")
    assert f"bob  approves  update 1 (text {digest[:8]})  — read it twice" in done.stdout
    assert program.json("message", run, "1")["approval"]["given"][0]["by"] == "bob"
    assert "approved by bob" in program(*send).stderr
    assert program.json("message", run, "1")["approved_by"] == ["bob"]


def test_a_decision_voids_an_approval(program: Program, told: Path) -> None:
    asks_for_approval(told)
    run = program.start(told)
    digest = drafted(program, run)
    program("message", run, "1", "approve", "--as", "bob", "--text", digest)
    program("decide", run, "look", "skip", "--reason", "seen")
    refused = program("message", run, "1", "send", "--text", digest, code=1)
    assert "void" in refused.stderr
    assert program.json("message", run, "1")["approval"]["void"] is True
    assert "its approval is void" in program("status", run).stdout
    done = program(
        "message", run, "1", "send", "--text", digest, "--without-approval", "--reason", "a fire"
    )
    assert "WITHOUT APPROVAL: a fire" in done.stderr
    assert program.json("message", run, "1")["unapproved"] == "a fire"


def test_on_a_terminal_the_approver_sees_the_text_and_no_is_the_default(
    program: Program, told: Path
) -> None:
    asks_for_approval(told)
    run = program.start(told)
    drafted(program, run)
    for answer, code in (("", 1), ("maybe", 1), ("y", 0)):
        child = talk(program, "message", run, "1", "approve", "--as", "bob")
        child.expect("  \\| We have begun. Orders may fail for some seconds")
        child.expect("bob approves exactly this\\? \\[y/N\\] ")
        child.sendline(answer)
        child.expect(pexpect.EOF)
        child.wait()
        assert child.exitstatus == code
    assert len(program.json("message", run, "1")["approval"]["given"]) == 1


def test_what_changes_while_it_is_read_is_not_approved(program: Program, told: Path) -> None:
    asks_for_approval(told)
    run = program.start(told)
    drafted(program, run)
    child = talk(program, "message", run, "1", "approve", "--as", "bob")
    child.expect("approves exactly this")
    program("decide", run, "look", "skip", "--reason", "seen")
    child.sendline("y")
    child.expect("things have changed while it was read")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 1
    assert program.json("message", run, "1")["approval"]["given"] == []


# Sending


def test_a_script_sends_and_hears_what_each_channel_answered(
    program: Program, told: Path, partner: Partner
) -> None:
    configure(program.home, channel("shop", partner.url), by_hand("board"))
    run = program.start(told, say="skip seen\n\n")
    program("message", run, "draft", "--step", "tell")
    digest = program.json("message", run, "1")["digest"]
    done = program("message", run, "1", "send", "--text", digest[:8])
    assert "goes to shop (customers): readers of shop" in done.stderr
    assert "shop (customers, readers of shop): delivered: accepted by the service" in done.stdout
    assert "board (customers): yours to send:" in done.stdout
    (message,) = partner.arrived
    assert message["message"].startswith("We have begun the work on the shop.")
    assert f"Ref {run}/1" in message["message"]
    # The step is done with it, and its deliveries stand in the status.
    told_ = program.status()
    assert told_["current"]["id"] == "after"
    (update,) = told_["messages"]["updates"]
    assert [(d["channel"], d["status"]) for d in update["deliveries"]] == [
        ("shop", "delivered"), ("board", "waiting"),
    ]  # fmt: skip
    assert told_["messages"]["due"]["promised"] is True
    assert "board waiting" in program("status", run).stdout
    program("message", run, "1", "settle", "board", "--by-hand", "--reason", "read to them")
    assert "board" not in program("status", run).stdout
    assert program.status()["driver"]["here"] is None


@pytest.mark.parametrize(
    ("temper", "code", "words"),
    [
        (401, 1, "refused: HTTP 401"),
        (503, 3, "failed: HTTP 503"),
        ("hang", 1, "unknown, check the channel"),
    ],
)
def test_the_exit_code_says_what_came_of_it(
    program: Program, told: Path, partner: Partner, temper: int | str, code: int, words: str
) -> None:
    partner.temper = temper
    configure(program.home, channel("shop", partner.url, more="timeout = 2"))
    run = program.start(told)
    digest = drafted(program, run)
    done = program("message", run, "1", "send", "--text", digest, code=code)
    assert words in done.stdout
    assert (
        f"tried again when the run is next driven: runbook-tui resume {run}" in done.stderr
    ) is (code == 3)
    assert words in program("message", run, "1").stdout
    again = program("message", run, "1", "send", "--text", digest, code=1)
    assert "is sent: it cannot be changed" in again.stderr


def test_what_failed_is_tried_again_by_whoever_drives_next(
    program: Program, told: Path, partner: Partner
) -> None:
    partner.temper = 503
    configure(program.home, channel("shop", partner.url))
    run = program.start(told)
    digest = drafted(program, run)
    program("message", run, "1", "send", "--text", digest, code=3)
    partner.temper = 200
    out = program("resume", run, "--plain", say="quit\n").stdout
    assert "update 1 (progress) is sent; shop failed" in out
    (delivery,) = program.json("message", run, "1")["deliveries"]
    assert (delivery["status"], delivery["attempts"]) == ("delivered", 2)


def test_a_person_who_looked_has_it_sent_again(
    program: Program, told: Path, partner: Partner
) -> None:
    partner.temper = 401
    configure(program.home, channel("shop", partner.url))
    run = program.start(told)
    program("message", run, "1", "send", "--text", drafted(program, run), code=1)
    settle = ("message", run, "1", "settle", "shop")
    assert "needs a reason" in program(*settle, "--again", code=1).stderr
    partner.temper = 200
    answer = program.json(*settle, "--again", "--reason", "the token is renewed")
    assert [d["status"] for d in answer["deliveries"]] == ["delivered"]
    assert answer["refused"] is None
    assert len(partner.arrived) == 2
    assert "is at shop already" in program(*settle, "--give-up", "--reason", "x", code=1).stderr
    assert "does not go to chat" in program(
        "message", run, "1", "settle", "chat", "--arrived", "--reason", "x", code=1
    ).stderr  # fmt: skip


def test_the_program_that_drives_serves_the_channels(
    program: Program, told: Path, partner: Partner
) -> None:
    configure(program.home, channel("shop", partner.url))
    run = program.start(told)
    digest = drafted(program, run)
    driver = subprocess.Popen(
        program.argv("resume", run, "--plain"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=program.env({"RUNBOOK_TUI_AS": "carol"}),
    )  # fmt: skip
    assert driver.stdout is not None
    try:
        seen = ""
        while "enter = start >" not in seen:
            seen += driver.stdout.read(1)
        done = program("message", run, "1", "send", "--text", digest)
        assert f"recorded; carol (process {driver.pid}) drives the run" in done.stderr
        assert partner.came.wait(PATIENCE), "served while nobody types anything"
        until(
            lambda: program.json("message", run, "1")["deliveries"][0]["status"] == "delivered",
            "its answer",
        )
        out, _ = driver.communicate("\nquit\n", timeout=PATIENCE)
    finally:
        driver.kill()
        driver.wait()
    assert "carol  sees  update 1 arrive at shop" in out
    assert "That was decided meanwhile" in out
    ended = [e for e in events(program, run) if e["type"] == "delivery-ended"]
    assert len(ended) == 1


def test_a_script_that_runs_a_command_serves_what_is_left_to_it(
    program: Program, told: Path, partner: Partner
) -> None:
    up = program.home / "up"
    wait = f"{{argv: [sh, -c, 'touch {up}; while [ -e {up} ]; do sleep 0.05; done']}}"
    book = told.read_text()
    command = f"kind: command, title: Look, run: {wait}"
    told.write_text(book.replace("kind: checklist, title: Look around", command))
    configure(program.home, channel("shop", partner.url))
    run = program.start(told)
    digest = drafted(program, run)
    script = subprocess.Popen(
        program.argv("decide", run, "look", "run", "--as", "carol"),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=program.env(),
    )  # fmt: skip
    try:
        until(up.exists, "its command")
        done = program("message", run, "1", "send", "--text", digest)
        assert "recorded; carol" in done.stderr
        assert partner.arrived == []
        up.unlink()
        out, err = script.communicate(timeout=PATIENCE)
    finally:
        up.unlink(missing_ok=True)
        script.kill()
        script.communicate()
    assert script.returncode == 0, err
    assert "carol  sees  update 1 arrive at shop" in out
    assert len(partner.arrived) == 1


def test_a_crash_in_the_middle_of_a_send_leaves_it_unknown(
    program: Program, told: Path, partner: Partner
) -> None:
    partner.temper = "hang"
    configure(program.home, channel("shop", partner.url))
    run = program.start(told)
    digest = drafted(program, run)
    sender = subprocess.Popen(
        program.argv("message", run, "1", "send", "--text", digest),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=program.env(),
    )  # fmt: skip
    assert partner.came.wait(PATIENCE)
    settle = ("message", run, "1", "settle", "shop", "--arrived", "--reason", "I see it there")
    assert "handed to shop right now" in program(*settle, code=1).stderr
    assert program.json("message", run, "1")["deliveries"][0]["status"] == "under-way"
    sender.kill()
    sender.wait()
    unknown = "unknown, check the channel: the program ended while it was handed over"
    assert unknown in program("message", run, "1").stdout
    assert "shop: unknown, check the channel" in program("message", run).stdout
    assert "shop unknown, check the channel" in program("status", run).stdout
    (delivery,) = program.json("message", run, "1")["deliveries"]
    assert (delivery["status"], delivery["interrupted"]) == ("unknown", True)
    program(*settle)
    assert program.json("message", run, "1")["deliveries"][0]["status"] == "delivered"
    assert [e["outcome"] for e in events(program, run) if e["type"] == "delivery-ended"] == [
        "unknown"
    ]
    program.git("fsck", "--strict")


def test_ctrl_c_leaves_what_is_under_way_unknown(
    program: Program, told: Path, partner: Partner
) -> None:
    partner.temper = "hang"
    configure(program.home, channel("shop", partner.url))
    run = program.start(told)
    drafted(program, run)
    child = talk(program, "message", run, "1", "send")
    child.expect("send it \\(LIVE\\)\\? Type yes to do it: ")
    child.sendline("yes")
    assert partner.came.wait(PATIENCE)
    child.sendintr()
    child.expect("unknown, check the channel")
    child.expect("interrupted")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 130
    (ended,) = [e for e in events(program, run) if e["type"] == "delivery-ended"]
    assert ended["outcome"] == "unknown"
    assert program.status()["driver"]["here"] is None


def test_on_a_terminal_only_yes_sends(program: Program, told: Path, partner: Partner) -> None:
    configure(program.home, channel("shop", partner.url))
    run = program.start(told)
    drafted(program, run)
    child = talk(program, "message", run, "1", "send")
    child.expect("goes to shop")
    child.expect("Type yes to do it: ")
    child.sendline("y")
    child.expect("nothing was done")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 1
    assert partner.arrived == []
    assert program.json("message", run, "1")["status"] == "draft"


def test_a_polite_end_while_it_is_handed_over_is_written_down(
    program: Program, told: Path, partner: Partner
) -> None:
    partner.temper = "hang"
    configure(program.home, channel("shop", partner.url))
    run = program.start(told)
    digest = drafted(program, run)
    sender = subprocess.Popen(
        program.argv("message", run, "1", "send", "--text", digest),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=program.env(),
    )  # fmt: skip
    assert partner.came.wait(PATIENCE)
    sender.send_signal(signal.SIGTERM)
    assert sender.wait(PATIENCE) == 128 + signal.SIGTERM
    (ended,) = [e for e in events(program, run) if e["type"] == "delivery-ended"]
    assert ended["outcome"] == "unknown"


def test_nothing_hostile_reaches_the_terminal(
    program: Program, told: Path, partner: Partner
) -> None:
    partner.temper, partner.words = 403, b"\x1b]0;owned\x07 no\r\nshop: delivered"
    configure(program.home, channel("shop", partner.url))
    run = program.start(told)
    text = f"\x1b[2J\x1b]52;c;eA==\x07{TEXT}\u202e\napproved by mallory\n\x9b31m"
    digest = drafted(program, run, text)
    out = []
    done = program("message", run, "1", "send", "--text", digest, code=1)
    out += [done.stdout, done.stderr]
    looks: list[tuple[object, ...]] = [
        ("message",),
        ("message", run, "1"),
        ("message", run, "1", "text", "customers"),
        ("status",),
        ("log",),
        ("message", run, "1", "--json"),
    ]
    for arguments in looks:
        out.append(program(*arguments).stdout)
    for said in out:
        assert not set(said) & {"\x1b", "\x07", "\x9b", "\u202e", "\r"}
    assert not any(line.startswith("approved by") for line in out[3].splitlines())
    assert "  | approved by mallory" in out[3]
    assert json.loads(out[-1])["texts"]["customers"].startswith("␛[2J")


def test_a_dry_run_tells_nobody(program: Program, told: Path, partner: Partner) -> None:
    configure(program.home, channel("shop", partner.url))
    run = program.start(told, "--mode", "dry-run")
    digest = drafted(program, run)
    done = program("message", run, "1", "send", "--text", digest)
    assert "nobody is told: a dry run tells nobody" in done.stderr
    assert partner.arrived == []


def test_reading_messages_needs_no_screen(program: Program, told: Path) -> None:
    from .test_imports import HEAVY, imported

    run = program.start(told)
    drafted(program, run)
    assert not imported(program, "message", run) & HEAVY
    assert not imported(program, "message", run, "1") & HEAVY


def test_the_shell_completes_updates_and_actions(program: Program, told: Path) -> None:
    run = program.start(told)
    drafted(program, run)

    def completed(*words: str) -> list[str]:
        line = f"runbook-tui message {' '.join(words)}"
        env = {
            "_RUNBOOK_TUI_COMPLETE": "bash_complete",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(line.split(" ")) - 1),
        }
        done = subprocess.run(
            program.argv(), env=program.env(env), capture_output=True, text=True, cwd=program.home
        )
        return [each.partition(",")[2] for each in done.stdout.split()]

    assert completed(run, "") == ["1", "draft", "no-news"]
    assert completed(run, "1", "se") == ["send", "settle"]
