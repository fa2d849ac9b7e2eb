"""Decisions by scripts: the same rules, an exit code, and what was recorded."""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path

import pytest

from .conftest import Program


def test_a_script_drives_a_whole_run(program: Program, book: Path) -> None:
    run = program.start(book)
    for arguments in (
        ("look", "tick", "--item", "1"),
        ("look", "tick", "--item", "another"),
        ("look", "done"),
        ("change", "run"),
        ("change", "done"),
        ("count", "observe", "--observed", "3"),
        ("count", "done"),
        ("way", "choose", "--option", "keep", "--reason", "nothing speaks against it"),
        ("-", "close"),
    ):
        program("decide", run, *arguments)
    told = program.status()
    assert told["status"] == "closed"
    assert told["counts"]["done"] == 4
    assert (book.parent / "changed").read_text() == "changed here\n"
    program.git("fsck", "--strict")


def test_what_was_recorded_is_printed(program: Program, book: Path) -> None:
    run = program.start(book)
    done = program("decide", run, "look", "skip", "--reason", "seen", "--as", "bob")
    commit = program.git("rev-parse", "--short=7", f"runs/{run}").strip()
    assert done.stdout.endswith(f"bob  skips  look  — seen  {commit}\n")
    assert done.stderr == ""


def test_json_is_one_document(program: Program, book: Path) -> None:
    run = program.start(book)
    told = program.json("decide", run, "count", "observe", "--observed", "3", code=1)
    assert told["recorded"] == []
    assert "out of order" in told["refused"]["reason"]
    told = program.json("decide", run, "look", "tick", "--item", "2")
    assert [r["event"]["type"] for r in told["recorded"]] == ["step-started", "item-ticked"]
    assert told["refused"] is None
    assert told["recorded"][-1]["commit"] == program.git("rev-parse", f"runs/{run}").strip()


def test_a_refusal_says_why_and_records_nothing(program: Program, book: Path) -> None:
    run = program.start(book)
    events = program.status()["events"]
    done = program("decide", run, "look", "skip", code=1)
    assert done.stderr == "refused: skipping always needs a reason\n"
    assert done.stdout == ""
    assert "not ticked: one thing" in program("decide", run, "look", "done", code=1).stderr
    assert program.status()["events"] == events


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("look", "obsreve"), "obsreve"),
        (("nowhere", "done"), "no step 'nowhere'"),
        (("-", "done"), "is about a step"),
        (("look", "close"), "is about the whole run"),
        (("count", "observe"), "needs --observed"),
        (("look", "tick"), "needs --item"),
        (("look", "tick", "--item", "3"), "no single item '3'"),
        (("look", "skip", "--observed", "3", "--reason", "x"), "--observed makes no sense"),
        (("look", "take-back", "--reason", "x"), "takes no reason"),
        (("look", "attach", "--file", "plan.txt"), "NAME=PATH"),
        (("look", "attach", "--file", "plan=/no/such/file"), "No such file"),
        (("look", "attach", "--file", "plan=/dev/zero"), "no regular file"),
    ],
)
def test_bad_usage_is_told_apart_from_a_refusal(
    program: Program, book: Path, arguments: tuple[str, ...], words: str
) -> None:
    run = program.start(book)
    assert words in program("decide", run, *arguments, code=2).stderr


def test_a_file_becomes_evidence(program: Program, book: Path, tmp_path: Path) -> None:
    run = program.start(book)
    plan = tmp_path / "plan.txt"
    plan.write_text("rows 3\npassword=hunter2hunter2\n")
    program("decide", run, "look", "attach", "--file", f"query plan={plan}")
    path = next(s for s in program.status()["steps"] if s["id"] == "look")["evidence"]["query plan"]
    kept = program.git("show", f"runs/{run}:{path}")
    assert kept == "rows 3\npassword=‹redacted›\n"
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    file = f"core={tmp_path / 'binary'}"
    refused = program("decide", run, "look", "attach", "--file", file, code=1)
    assert "is no text" in refused.stderr
    assert "SHA-256" in refused.stderr


def test_a_command_is_run_only_of_a_trusted_runbook(program: Program, book: Path) -> None:
    run = program.start(book, say="skip seen\n")
    store = program.home / "state" / "runbook-tui" / "trusted"
    store.unlink()
    done = program("decide", run, "change", "run", code=1)
    assert "not trusted" in done.stderr
    assert f"runbook-tui trust {book}" in done.stderr
    assert not (book.parent / "changed").exists()


def test_output_goes_to_stderr_and_a_failure_is_an_exit_code(program: Program, book: Path) -> None:
    book.write_text(book.read_text().replace("echo changed $1 >> changed", "echo no luck; exit 4"))
    run = program.start(book, say="skip seen\n")
    done = program("decide", run, "change", "run", code=1)
    assert "no luck" in done.stderr
    assert re.search(r"command of change fail.*exit 4.*— no luck", done.stdout)
    told = program.json("decide", run, "change", "retry", "--reason", "once more")
    assert told["outcome"] is None
    assert program.json("decide", run, "change", "run", code=1)["outcome"] == "failed"


def test_a_command_is_not_run_where_somebody_else_drives(program: Program, book: Path) -> None:
    run = program.start(book, say="skip seen\n")
    driver = subprocess.Popen(
        program.argv("resume", run, "--plain"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=program.env({"RUNBOOK_TUI_AS": "carol"}),
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 20
        while (here := program.status()["driver"]["here"]) is None:
            assert time.monotonic() < deadline
        assert (here["name"], here["pid"]) == ("carol", driver.pid)
        done = program("decide", run, "change", "run", code=1)
        assert f"driven by carol (process {driver.pid}" in done.stderr
        assert "carol" in program("resume", run, "--plain", code=1).stderr
        # What needs no command is decided all the same.
        program("decide", run, "change", "skip", "--reason", "not from here")
    finally:
        out, _ = driver.communicate("quit\n", timeout=20)
    assert "alice  skips  change  — not from here" in out
    assert program.status()["driver"]["here"] is None


def test_another_person_approves_from_a_terminal_of_their_own(program: Program, book: Path) -> None:
    book.write_text(
        book.read_text().replace("    title: First\n", "    title: First\n", 1).replace(
            "title: Count the replicas", "title: Count the replicas\n        approval: {}"
        )
    )  # fmt: skip
    run = program.start(book, say="skip a\nskip b\n\nobserve 3\n\ndone\n")
    assert "own step" in program("decide", run, "count", "approve", code=1).stderr
    program("decide", run, "count", "approve", "--as", "bob")
    program("decide", run, "count", "done")
    assert program.git("log", "-1", "--format=%an <%ae> %cn", f"runs/{run}~1").strip() == (
        "bob <bob@claimed.invalid> alice"
    )


def test_a_note_can_always_be_left(program: Program, book: Path) -> None:
    run = program.start(book)
    program("note", run, "before", "--step", "look")
    program("decide", run, "-", "abort", "--reason", "enough")
    told = json.loads(program("note", run, "after", "--json").stdout)
    assert told["recorded"][0]["event"] == {"type": "note-added", "text": "after"}
    assert program.status()["notes"] == 2


def test_an_item_of_a_step_that_has_none_is_told_so(program: Program, book: Path) -> None:
    run = program.start(book, say="skip seen\nskip seen\n")
    done = program("decide", run, "count", "tick", "--item", "99", code=2)
    assert done.stderr == "count has no items to tick\n"
