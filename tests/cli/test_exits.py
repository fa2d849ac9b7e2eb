"""How the program ends: exit codes that scripts can go by, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runbook_tui.adapters.process import marked
from runbook_tui.cli import exits, logfile
from runbook_tui.cli.exits import ending

from .conftest import Program

PATIENCE = 20


def until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ruin",), "no such command 'ruin', did you mean run?"),
        (("run",), "missing argument 'RUNBOOK'"),
        (("run", "x", "--mode", "wild"), "wild"),
        (("status", "--colour"), "--colour"),
        (("--log", "x"), "--log"),
        (("run", "x.yaml", "-p", "novalue"), "x.yaml:1:1: there is no such file"),
    ],
)
def test_bad_usage_is_2_and_a_line_on_stderr(
    program: Program, arguments: tuple[str, ...], words: str
) -> None:
    done = program(*arguments, code=2)
    assert done.stdout == ""
    assert words.lower() in done.stderr.splitlines()[0].lower()


def test_an_empty_value_and_an_unknown_one_are_told(program: Program, book: Path) -> None:
    assert "wants NAME=VALUE" in program("run", book, "-p", "target", code=2).stderr
    done = program("run", book, "-p", "tagret=x", "-p", "target=-rf", code=2)
    assert "did you mean target?" in done.stderr
    assert "begins with -" in done.stderr


def test_whoever_stops_reading_is_told_nothing(program: Program, book: Path) -> None:
    run = program.start(book)
    for n in range(3):
        program("note", run, f"note {n}")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        program.argv("log", run), stdout=writer, stderr=subprocess.PIPE, env=program.env()
    )
    os.close(writer)
    assert done.stderr == b""
    assert done.returncode == 141


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&- <&-", "<&-"])
def test_closed_streams_are_no_mistake(program: Program, book: Path, closed: str) -> None:
    program.start(book)
    line = " ".join(program.argv("status"))
    done = subprocess.run(
        ["sh", "-c", f"{line} {closed}"], capture_output=True, text=True, env=program.env()
    )
    assert done.returncode == 0, done.stderr
    assert "mistake" not in done.stderr


def test_a_full_device_is_an_outside_thing(program: Program, book: Path) -> None:
    program.start(book)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            program.argv("status"), stdout=full, stderr=subprocess.PIPE, text=True,
            env=program.env(),
        )  # fmt: skip
    assert done.returncode == 3
    assert "No space left on device" in done.stderr


SLOW = "argv: [sh, -c, 'trap \"\" TERM; echo $$ > pid; while :; do sleep 0.1; done']"


def slow(book: Path) -> None:
    text = book.read_text()
    begin = text.index("argv: [sh")
    book.write_text(text[:begin] + SLOW + text[text.index("}\n", begin) :])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("where", ["line mode", "decide"])
def test_a_polite_end_takes_the_command_along_and_leaves_the_run_open(
    program: Program, book: Path, number: signal.Signals, where: str
) -> None:
    slow(book)
    run = program.start(book, say="skip seen\n")
    words = b"" if where == "decide" else b"run\nyes\n"
    arguments = ("decide", run, "change", "run") if where == "decide" else ("resume", run)
    driver = subprocess.Popen(
        program.argv(*arguments), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, env=program.env(),
    )  # fmt: skip
    assert driver.stdin is not None
    assert driver.stderr is not None
    driver.stdin.write(words)
    driver.stdin.flush()
    until((book.parent / "pid").exists, "the command")
    pid = int((book.parent / "pid").read_text() or 0)
    driver.send_signal(number)
    assert driver.wait(PATIENCE) == 128 + number
    assert number.name in driver.stderr.read().decode()
    driver.stdin.close()
    driver.stderr.close()
    until(lambda: marked(f"{run}/change/1") == (), "the end of all it started")
    until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in state_of(pid), "its end")
    told = program.status()
    assert told["driver"]["here"] is None
    assert told["status"] == "open"
    out = program("resume", run, say="").stdout
    assert "interrupted: a command of change was under way" in out
    assert program.status()["unknown"] == ["change"]
    program.git("fsck", "--strict")


def state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_at_a_prompt_a_polite_end_is_heard_as_well(program: Program, book: Path) -> None:
    run = program.start(book)
    driver = subprocess.Popen(
        program.argv("resume", run), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, env=program.env(), text=True,
    )  # fmt: skip
    assert driver.stdin is not None
    assert driver.stdout is not None
    seen = ""
    while "enter = start >" not in seen:
        seen += driver.stdout.read(1)
    driver.send_signal(signal.SIGTERM)
    assert driver.wait(PATIENCE) == 143
    driver.stdin.close()
    driver.stdout.close()
    assert program.status()["driver"]["here"] is None


def test_ctrl_c_in_a_script_cancels_and_records(program: Program, book: Path) -> None:
    slow(book)
    book.write_text(book.read_text().replace('trap "" TERM; ', ""))
    run = program.start(book, say="skip seen\n")
    driver = subprocess.Popen(
        program.argv("decide", run, "change", "run", "--json"), stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, env=program.env(), text=True,
    )  # fmt: skip
    until((book.parent / "pid").exists, "the command")
    driver.send_signal(signal.SIGINT)
    out, _ = driver.communicate(timeout=PATIENCE)
    assert driver.returncode == 130
    assert '"outcome": "cancelled"' in out
    assert program.status()["unknown"] == ["change"]


def test_a_killed_program_leaves_nothing_in_the_way(program: Program, book: Path) -> None:
    slow(book)
    run = program.start(book, say="skip seen\n")
    driver = subprocess.Popen(program.argv("decide", run, "change", "run"), env=program.env())
    until((book.parent / "pid").exists, "the command")
    driver.kill()
    driver.wait()
    try:
        done = program("decide", run, "change", "run", code=1)
        assert "its command was under way when its program died" in done.stderr
        assert "unknown" in done.stderr
        assert program.status()["steps"][1]["status"] == "unknown"
    finally:
        for pid in marked(f"{run}/change/1"):
            os.kill(pid, signal.SIGKILL)
    program("decide", run, "change", "not-happened", "--reason", "looked")
    program.git("fsck", "--strict")


def test_after_a_crash_status_says_that_nobody_drives_and_what_still_runs(
    program: Program, book: Path
) -> None:
    slow(book)
    run = program.start(book, say="skip seen\n")
    driver = subprocess.Popen(program.argv("decide", run, "change", "run"), env=program.env())
    until((book.parent / "pid").exists, "the command")
    assert program.status()["driven"] is True
    assert program.status()["interrupted"] == []
    driver.kill()
    driver.wait()
    try:
        pids = marked(f"{run}/change/1")
        assert pids
        told = program.status()
        assert told["driven"] is False
        assert told["interrupted"] == ["change"]
        # The shell's `sleep` comes and goes; the shell itself stays.
        shell = int((book.parent / "pid").read_text())
        assert shell in told["left_running"]["change"]
        words = program("status", run).stdout
        assert "alice drives" not in words
        assert "no program on this machine drives it now" in words
        assert "running; next: nothing" not in words
        assert "resume settles what became of it" in words
        assert str(shell) in words
        resumed = program("resume", run, say="").stdout
        assert str(shell) in resumed
        assert shell in program.status()["left_running"]["change"]
        assert str(shell) in program("status", run).stdout
    finally:
        for pid in marked(f"{run}/change/1"):
            os.kill(pid, signal.SIGKILL)
    until(lambda: marked(f"{run}/change/1") == (), "the end of all it started")
    assert program.status()["left_running"] == {"change": []}


def test_a_mistake_of_the_program_is_a_sentence_and_the_rest_is_in_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    logfile.never_write({"token": "s3cr3t-value"})

    def wrong() -> int:
        raise KeyError("s3cr3t-value \x1b[2J")

    assert ending(wrong) == exits.OUTSIDE
    told = capsys.readouterr().err
    written = (tmp_path / "runbook-tui" / "runbook-tui.log").read_text()
    assert "Traceback" not in told
    assert "Traceback" in written
    assert "in wrong" in written
    for text in (told, written):
        assert "s3cr3t" not in text
        assert "\x1b" not in text


def test_a_state_folder_that_cannot_be_written_is_said(program: Program, book: Path) -> None:
    (program.home / "state").write_text("a file in its place")
    done = program("run", book, code=3)
    assert "state" in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_terminal_can_show_it(program: Program, book: Path, encoding: str) -> None:
    run = program.start(book, say="note Grüße → \u2713\n")
    done = subprocess.run(
        program.argv("log", run),
        capture_output=True,
        env=program.env({"PYTHONIOENCODING": encoding}),
    )
    assert done.returncode == 0
    assert done.stderr == b""
    shown = done.stdout.decode(encoding)
    assert ("Grüße" if encoding != "ascii" else "Gr??e") in shown
