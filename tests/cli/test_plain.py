"""Line mode: the decisions of the full screen, in lines; also where no terminal is."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from .conftest import Program

PATIENCE = 20


@pytest.fixture
def talk(program: Program) -> Iterator[object]:
    """Opens line mode in a real terminal."""
    opened: list[pexpect.spawn] = []

    def start(*arguments: object, env: dict[str, str] | None = None) -> pexpect.spawn:
        argv = program.argv(*arguments)
        child = pexpect.spawn(
            argv[0],
            argv[1:],
            env={"TERM": "xterm", **program.env(env)},
            encoding="utf-8",
            timeout=PATIENCE,
            cwd=str(program.home),
            dimensions=(24, 80),
        )
        opened.append(child)
        return child

    yield start
    for child in opened:
        child.close(force=True)


def test_every_step_is_shown_whole_and_enter_says_what_it_does(
    program: Program, book: Path
) -> None:
    program.trust(book)
    out = program("run", book, say="\n\n\n\n").stdout
    assert "LIVE  A small change  v1.0.0" in out
    assert "Look at here." in out
    assert "  1. [ ] one thing\n  2. [ ] another thing" in out
    assert re.findall(r"enter = ([a-z-]+) >", out) == ["start", "tick", "tick", "done", "start"]
    assert "run      $ sh -c 'echo changed $1 >> changed' x here" in out
    assert "undo     change it back" in out


def test_nothing_in_it_moves_or_is_coloured(program: Program, book: Path) -> None:
    program.trust(book)
    out = program("run", book, say="\nlist\nhelp\nlog\n").stdout
    assert "\x1b" not in out
    assert "\r" not in out


def test_a_command_runs_only_after_it_was_shown_and_confirmed(program: Program, book: Path) -> None:
    say = "skip seen\n\n\nno\n"
    run = program.start(book, say=say)
    assert not (book.parent / "changed").exists()
    out = program("resume", run, say="run\nyes\n").stdout
    shown, ran = out.index("run: $ sh -c"), out.index("alice  runs  change")
    assert shown < out.index("Type yes to do it") < ran
    assert "| changed here" in out
    assert (book.parent / "changed").read_text() == "changed here\n"


def test_closing_is_confirmed_by_name(program: Program, book: Path) -> None:
    skip = "skip not needed\n"
    run = program.start(book, say=skip * 4 + "\nn\nclose\nyes\n")
    assert program.status()["status"] == "closed"
    out = program("log", run).stdout
    assert out.count("closes") == 1


def test_words_take_what_they_ask_for(program: Program, book: Path) -> None:
    say = (
        "tick 2\nuntick another\ntick 2\ntick\ndone\n"
        "skip\nthe change was made before\n"
        "observe\nthree\nobserve 3\ndone\n"
        "choose 2 we go back\n"
        "note - over and out\n"
    )
    program.start(book, say=say)
    by_id = {step["id"]: step for step in program.status()["steps"]}
    assert by_id["look"]["status"] == "done"
    assert by_id["change"]["reason"] == "the change was made before"
    assert by_id["count"]["observed"] == "3"
    assert by_id["way"]["choice"] == "undo"
    assert program.status()["notes"] == 1


def test_steps_can_be_gone_to_and_looked_at(program: Program, book: Path) -> None:
    program.trust(book)
    out = program(
        "run", book, say="goto count\nstart\nit is counted already\nback\nshow way\nwhat\ntik\n"
    ).stdout
    assert "Step 3 of 4: count" in out
    assert "alice  starts  count out of order  — it is counted already" in out
    assert "1. keep  Keep it: it stays" in out
    assert "no such word 'tik', did you mean tick?" in out


def test_a_refusal_says_what_to_do(program: Program, book: Path) -> None:
    program.trust(book)
    out = program("run", book, say="goto change\nrun\ngoto look\ndone\nretry\n").stdout
    assert "refused: the current step is look; change is out of order" in out
    assert "not done yet: not ticked: one thing" in out


def test_an_untrusted_runbook_starts_nothing(program: Program, book: Path) -> None:
    out = program("run", book, say="no\n", code=1)
    assert "1. change  (run; on this machine)" in out.stdout
    assert "$ sh -c 'echo changed $1 >> changed' x {{target}}" in out.stdout
    assert program.json("runs") == []


def test_typing_the_hash_trusts_it_for_good(program: Program, book: Path) -> None:
    shown = program("trust", book, "--show").stdout
    digest = re.search(r"^content ([0-9a-f]{64})$", shown, re.M)
    assert digest is not None
    program("run", book, say=f"{digest[1][:6]}\n")
    assert "Type the first" not in program("run", book).stdout
    book.write_text(book.read_text() + "# another content\n")
    assert "Type the first" in program("run", book, code=1).stdout


def test_an_edited_runbook_is_noticed_and_can_be_adopted(program: Program, book: Path) -> None:
    pytest.importorskip("runbook_tui.formats.diff")
    run = program.start(book, say="skip seen\n")
    book.write_text(book.read_text().replace("replicas, type", "copies, type"))
    out = program("resume", run, say="amend\nthe label was wrong\nyes\n").stdout
    assert "The runbook on disk was edited (1 change in meaning)" in out
    assert "count" in out
    assert program.status()["amended"] == 1
    assert program.status()["runbook"]["on_disk"] == "same"
    out = program("resume", run, say="show count\n").stdout
    assert "observe  copies: not yet" in out
    # What it now would run was not looked at yet.
    assert "Type the first" in program("resume", run, say="\nrun\n").stdout


def test_an_edited_runbook_with_errors_is_no_danger(program: Program, book: Path) -> None:
    run = program.start(book)
    book.write_text(book.read_text().replace("kind: decision", "kind: decison"))
    out = program("resume", run, say="amend\n").stdout
    assert "has errors" in out
    assert "decison" in out
    book.unlink()
    assert "This run goes on with what it is pinned to" in program("resume", run).stdout


def test_decisions_of_others_are_told(program: Program, book: Path) -> None:
    run = program.start(book)
    driver = subprocess.Popen(
        program.argv("resume", run, "--plain"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=program.env(),
    )  # fmt: skip
    assert driver.stdin is not None
    assert driver.stdout is not None
    try:
        seen = ""
        while "enter = start >" not in seen:
            seen += driver.stdout.read(1)
        program("decide", run, "look", "skip", "--reason", "done by me", "--as", "bob")
        out, _ = driver.communicate("\nquit\n", timeout=PATIENCE)
    finally:
        driver.kill()
        driver.wait()
    assert "bob  skips  look  — done by me" in out
    assert "That was decided meanwhile" in out
    assert "Step 2 of 4: change" in out
    # The Enter that was meant for the step before did not start another one.
    assert next(s for s in program.status()["steps"] if s["id"] == "change")["status"] == "pending"


def test_a_missing_value_is_asked_for(program: Program, book: Path) -> None:
    book.write_text(book.read_text().replace(", default: here", ""))
    program.trust(book)
    out = program("run", book, say="-bad\nthere\n").stdout
    assert "target (where): -bad" in out
    assert "begins with -" in out
    assert program.status()["parameters"] == {"target": "there"}
    assert "-p target=VALUE" in program("run", book, code=2).stderr


SLOW = "sh, -c, 'trap \"echo tidied; exit 1\" TERM; echo up; sleep 60 & wait'"


def test_ctrl_c_asks_before_it_cancels(program: Program, book: Path, talk) -> None:  # type: ignore[no-untyped-def]  # fmt: skip
    book.write_text(re.sub(r"run: \{argv: \[.*\]\}", f"run: {{argv: [{SLOW}]}}", book.read_text()))
    run = program.start(book, say="skip seen\n")
    child = talk("resume", run, "--plain")
    child.expect("enter = start >")
    child.sendline("run")
    child.expect("Type yes to do it")
    child.sendline("yes")
    child.expect("\\| up")
    child.sendintr()
    child.expect("anything else lets it go on")
    child.sendline("no")
    child.expect("it goes on")
    child.sendintr()
    child.expect("anything else lets it go on")
    child.sendline("yes")
    child.expect("\\| tidied")
    child.expect("enter = verify >")
    child.sendline("not-happened looked at it")
    child.expect("enter = run >")
    child.sendline("quit")
    child.expect("The run stays open")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    assert '"outcome":"cancelled"' in program("log", run, "--json").stdout


def test_the_end_of_input_leaves_the_run_open(program: Program, book: Path, talk) -> None:  # type: ignore[no-untyped-def]  # fmt: skip
    program.trust(book)
    child = talk("run", book, "--plain")
    child.expect("enter = start >")
    child.sendeof()
    child.expect("The run stays open")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    child = talk("resume", env={"TERM": "dumb"})
    child.expect("enter = start >")
    child.sendintr()
    child.expect("interrupted")
    child.expect(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 130
    assert program.status()["status"] == "open"


def test_a_secret_is_typed_hidden(program: Program, book: Path, talk) -> None:  # type: ignore[no-untyped-def]  # fmt: skip
    book.write_text(
        book.read_text()
        .replace("parameters:\n", "parameters:\n  token: {type: secret}\n")
        .replace("run: {argv:", "run: {env: {TOKEN: '{{token}}'}, argv:")
        .replace("echo changed $1", "echo changed $TOKEN")
    )
    program.trust(book)
    child = talk("run", book, "--plain")
    child.expect("token, hidden: ")
    child.sendline("ab")
    child.expect("too short to be kept out of the log")
    child.expect("token, hidden: ")
    child.sendline("s3cr3t-value")
    child.expect("enter = start >")
    child.sendline("skip seen")
    child.expect("enter = start >")
    child.sendline("run")
    child.expect("Type yes")
    child.sendline("yes")
    child.expect("enter = done >")
    child.sendline("quit")
    child.expect(pexpect.EOF)
    child.wait()
    assert (book.parent / "changed").read_text() == "changed s3cr3t-value\n"
    assert "s3cr3t-value" not in program.git("log", "-p", "--all")
    for path in program.home.rglob("*"):
        if path.is_file():
            assert b"s3cr3t-value" not in path.read_bytes()


def test_a_secret_comes_from_the_environment_and_never_from_an_option(
    program: Program, book: Path
) -> None:
    book.write_text(
        book.read_text()
        .replace("parameters:\n", "parameters:\n  token: {type: secret}\n")
        .replace("run: {argv:", "run: {env: {TOKEN: '{{token}}'}, argv:")
        .replace("echo changed $1", "echo changed ${#TOKEN}")
        .replace("argv: [cat, changed]", "argv: [sh, -c, 'env; cat changed']")
    )
    program.trust(book)
    refused = program("run", book, "-p", "token=s3cr3t-value", code=2)
    assert "RB_TOKEN" in refused.stderr
    assert "s3cr3t" not in refused.stderr
    assert "RB_TOKEN" in program("run", book, code=2).stderr
    secret = {"RB_TOKEN": "s3cr3t-value"}
    out = program("run", book, say="skip seen\n\nrun\nyes\n", env=secret).stdout
    assert (book.parent / "changed").read_text() == "changed 12\n"
    # The verification names no secret, so it has none in its environment.
    assert "TOKEN=" not in out.replace("RB_TOKEN=", "TOKEN=")
    run = program.status()["run"]
    again = "fail once more\nretry once more\nrun\nyes\n"
    assert "this secret is not given" in program("resume", run, say=again, code=2).stderr
    program("resume", run, say="run\nyes\n", env=secret)
    assert (book.parent / "changed").read_text() == "changed 12\n" * 2


def test_a_very_long_line_and_odd_bytes_are_no_danger(program: Program, book: Path) -> None:
    program.trust(book)
    done = subprocess.run(
        program.argv("run", book),
        input=b"x" * 3_000_000 + b"\n\xff\xfe\x00\nnote " + b"y" * 9_000 + b"\n",
        capture_output=True,
        env=program.env(),
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert b"at most 8,000 characters" in done.stdout
    assert program.status()["notes"] == 0


def test_a_file_can_be_the_input(program: Program, book: Path) -> None:
    program.trust(book)
    (program.home / "words").write_text("tick\ntick\ndone\n")
    with (program.home / "words").open() as file:
        done = subprocess.run(
            program.argv("run", book), stdin=file, capture_output=True, env=program.env()
        )  # fmt: skip
    assert done.returncode == 0
    assert program.status()["current"]["id"] == "change"


def test_a_closed_input_is_no_danger(program: Program, book: Path) -> None:
    program.trust(book)
    argv = " ".join(program.argv("run", str(book)))
    done = subprocess.run(
        ["sh", "-c", f"{argv} <&-"], capture_output=True, text=True, env=program.env(), timeout=60
    )
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 3)
