"""What an operator relies on when a runbook's command runs: it ends when it should, takes all its
children along, and whatever it prints neither fills the memory nor holds up the screen."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from runbook_tui.adapters.process import MOST_SHOWN, SHOW_SECONDS, LocalProcesses, marked
from runbook_tui.domain.job import Ended, Job
from runbook_tui.domain.output import CUT, HEAD_BYTES, LONGEST_LINE, TAIL_BYTES, Stream

PATIENCE = 20.0


class Seen(list[tuple[Stream, str]]):
    """What was shown."""

    def __call__(self, stream: Stream, lines: object) -> None:
        self.extend((stream, line) for line in lines)  # type: ignore[attr-defined]

    @property
    def text(self) -> str:
        return "\n".join(line for _, line in self)


def job(
    folder: Path, script: str, *, timeout: float = 30.0, argv: tuple[str, ...] | None = None
) -> Job:
    return Job(
        argv or ("/bin/sh", "-c", script), str(folder), {}, timeout, f"test/{uuid.uuid4().hex}"
    )


async def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"never came: {what}"
        await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def number_in(path: Path) -> Callable[[], bool]:
    return lambda: path.exists() and path.read_text().strip().isdigit()


async def cancelled(
    folder: Path, script: str, *files: str, grace: float = 5.0
) -> tuple[Ended, list[int]]:
    """Runs `script`, cancels it once it has written its pids to `files`; how it ended, the pids."""
    running = LocalProcesses(grace).create()
    wanted = job(folder, script)
    task = asyncio.create_task(running.run(wanted, Seen()))
    for name in files:
        await until(number_in(folder / name), f"the pid in {name}")
    pids = [int((folder / name).read_text()) for name in files]
    running.cancel()
    ended = await task
    assert marked(wanted.mark) == ()
    return ended, pids


async def test_the_exit_code_and_both_streams_come_back(tmp_path: Path) -> None:
    seen = Seen()
    ended = await LocalProcesses().create().run(
        job(tmp_path, "echo out; echo err >&2; exit 7"), seen
    )  # fmt: skip
    assert (ended.how, ended.exit) == ("exited", 7)
    assert sorted(seen) == [("err", "err"), ("out", "out")]
    assert ended.output.answer == "out\n"
    assert "[stderr] err" in ended.output.head()


async def test_a_signal_is_a_negative_exit_code(tmp_path: Path) -> None:
    ended = await LocalProcesses().create().run(job(tmp_path, "kill -SEGV $$"), Seen())
    assert (ended.how, ended.exit) == ("exited", -signal.SIGSEGV)


async def test_it_runs_in_its_folder_and_reads_nothing(tmp_path: Path) -> None:
    seen = Seen()
    ended = await LocalProcesses().create().run(job(tmp_path, "pwd -P; cat; echo end"), seen)
    assert ended.exit == 0
    assert seen.text == f"{tmp_path.resolve()}\nend"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("no-such-program-here",), "no program 'no-such-program-here' was found"),
        (("./not-executable",), "may not be executed"),
        (("./no-hash-bang",), "no program of this machine"),
        (("true", "a\0b"), "null byte"),
        (("true", "x" * 3_000_000), "Argument list too long"),
    ],
)
async def test_what_cannot_start_says_why(
    tmp_path: Path, argv: tuple[str, ...], words: str
) -> None:
    (tmp_path / "not-executable").write_text("#!/bin/sh\n")
    odd = tmp_path / "no-hash-bang"
    odd.write_bytes(b"\x01\x02\x03")
    odd.chmod(0o755)
    ended = await LocalProcesses().create().run(job(tmp_path, "", argv=argv), Seen())
    assert (ended.how, ended.exit) == ("not-started", None)
    assert words in ended.trouble


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    ended = await LocalProcesses().create().run(job(gone, "true"), Seen())
    assert ended.how == "not-started"
    assert str(gone) in ended.trouble


async def test_a_time_out_ends_it(tmp_path: Path) -> None:
    begin = time.monotonic()
    ended = await LocalProcesses().create().run(job(tmp_path, "sleep 60", timeout=0.3), Seen())
    assert ended.how == "timed-out"
    assert time.monotonic() - begin < 10


async def test_cancel_gives_time_to_tidy_up(tmp_path: Path) -> None:
    script = "trap 'echo tidied > tidied; exit 3' TERM; echo $$ > pid; while :; do sleep 0.05; done"
    ended, _ = await cancelled(tmp_path, script, "pid")
    assert (ended.how, ended.exit) == ("cancelled", 3)
    assert (tmp_path / "tidied").read_text() == "tidied\n"


async def test_a_child_of_a_quick_parent_has_the_grace_too(tmp_path: Path) -> None:
    """The parent dies of TERM at once; its child still needs a moment to finish its write."""
    (tmp_path / "slow-to-end").write_text(
        "trap 'sleep 0.3; echo whole > whole; exit' TERM\n"
        "echo $$ > child\n"
        "while :; do sleep 0.05; done\n"
    )
    ended, pids = await cancelled(tmp_path, "sh ./slow-to-end & wait", "child")
    assert ended.how == "cancelled"
    assert (tmp_path / "whole").read_text() == "whole\n"
    assert not alive(pids[0])


async def test_what_ignores_term_is_killed_after_the_grace(tmp_path: Path) -> None:
    begin = time.monotonic()
    ended, pids = await cancelled(
        tmp_path, "trap '' TERM; echo $$ > pid; while :; do sleep 0.05; done", "pid", grace=0.3
    )
    assert (ended.how, ended.exit) == ("cancelled", -signal.SIGKILL)
    assert not alive(pids[0])
    assert time.monotonic() - begin < 10


async def test_cancel_takes_all_children_along(tmp_path: Path) -> None:
    script = "sleep 300 & echo $! > one; (sleep 300 & echo $! > two; wait) & wait"
    ended, pids = await cancelled(tmp_path, script, "one", "two")
    assert ended.how == "cancelled"
    assert not any(map(alive, pids))


async def test_a_child_that_left_the_group_is_found_by_its_mark(tmp_path: Path) -> None:
    script = "setsid sh -c 'trap \"\" TERM; echo $$ > escapee; while :; do sleep 0.05; done' & wait"
    _, pids = await cancelled(tmp_path, script, "escapee", grace=0.3)
    assert not alive(pids[0])


async def test_a_time_out_takes_all_children_along(tmp_path: Path) -> None:
    script = "sleep 300 & echo $! > one; wait"
    await LocalProcesses().create().run(job(tmp_path, script, timeout=0.5), Seen())
    assert not alive(int((tmp_path / "one").read_text()))


async def test_the_end_of_this_program_takes_all_children_along(tmp_path: Path) -> None:
    running = LocalProcesses().create()
    task = asyncio.create_task(
        running.run(job(tmp_path, "sleep 300 & echo $! > one; wait"), Seen())
    )
    await until(number_in(tmp_path / "one"), "the pid")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    pid = int((tmp_path / "one").read_text())
    await until(lambda: not alive(pid), "its end")


async def test_a_daemon_that_a_command_starts_stays(tmp_path: Path) -> None:
    """`systemctl start` leaves something running on purpose, maybe with our pipes still open."""
    begin = time.monotonic()
    seen = Seen()
    ended = await LocalProcesses().create().run(
        job(tmp_path, "sleep 300 & echo $! > daemon; echo started"), seen
    )  # fmt: skip
    pid = int((tmp_path / "daemon").read_text())
    try:
        assert (ended.how, ended.exit) == ("exited", 0)
        assert seen.text == "started"
        assert time.monotonic() - begin < 10
        assert alive(pid)
    finally:
        os.kill(pid, signal.SIGKILL)


async def test_closed_streams_are_no_end(tmp_path: Path) -> None:
    ended = await LocalProcesses().create().run(
        job(tmp_path, "exec >&- 2>&-; sleep 0.3; exit 5"), Seen()
    )  # fmt: skip
    assert (ended.how, ended.exit) == ("exited", 5)


async def test_a_flood_is_shown_now_and_then_by_its_last_lines(tmp_path: Path) -> None:
    calls: list[int] = []
    last: list[str] = []

    def show(stream: Stream, lines: Sequence[str]) -> None:
        calls.append(len(lines))
        last[:] = lines[-1:]

    count = 200_000
    begin = time.monotonic()
    ended = await LocalProcesses().create().run(job(tmp_path, f"seq 1 {count}"), show)
    took = time.monotonic() - begin
    assert ended.exit == 0
    assert last == [str(count)]
    assert max(calls) <= MOST_SHOWN
    assert len(calls) <= took / SHOW_SECONDS + 2
    assert sum(calls) < count
    assert ended.output.last_line == str(count)


async def test_a_line_is_shown_while_its_command_goes_on(tmp_path: Path) -> None:
    seen = Seen()
    running = LocalProcesses().create()
    task = asyncio.create_task(running.run(job(tmp_path, "echo first; echo last; sleep 60"), seen))
    await until(lambda: seen.text == "first\nlast", "both lines")
    assert not task.done()
    running.cancel()
    await task


async def test_a_private_key_that_begins_in_what_is_not_shown_is_not_lost(tmp_path: Path) -> None:
    seen = Seen()
    script = "echo -----BEGIN PRIVATE KEY-----; seq 1 200000"
    await LocalProcesses().create().run(job(tmp_path, script), seen)
    assert ("out", "-----BEGIN PRIVATE KEY-----") in seen


async def test_odd_output_is_shown_as_text(tmp_path: Path) -> None:
    seen = Seen()
    script = r"printf 'caf\303\251\n\377\376 raw\n10%%\r50%%\r100%%\nwindows\r\nlast without end'"
    ended = await LocalProcesses().create().run(job(tmp_path, script), seen)
    assert seen.text.split("\n") == [
        "café",
        "\ufffd\ufffd raw",
        "10%\r50%\r100%",
        "windows",
        "last without end",
    ]
    assert ended.output.last_line == "last without end"


async def test_a_long_line_is_cut_and_the_cut_is_said(tmp_path: Path) -> None:
    seen = Seen()
    script = "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo after"
    ended = await LocalProcesses().create().run(job(tmp_path, script), seen)
    long, after = seen.text.split("\n")
    assert long == "x" * LONGEST_LINE + CUT
    assert after == "after"
    assert ended.output.cut >= 3_000_000 - LONGEST_LINE


async def test_an_answer_in_one_long_line_is_compared_whole(tmp_path: Path) -> None:
    """`curl` prints JSON in one line; a verification looks for something near its end."""
    script = "head -c 100000 /dev/zero | tr '\\0' x; printf '\"status\": \"ok\"'"
    ended = await LocalProcesses().create().run(job(tmp_path, script), Seen())
    assert ended.output.answer.endswith('"status": "ok"')
    assert len(ended.output.answer) > 100_000


async def test_whoever_looks_on_may_fail(tmp_path: Path) -> None:
    def broken(stream: Stream, lines: object) -> None:
        raise BrokenPipeError

    script = "i=0; while [ $i -lt 20000 ]; do echo a line of output number $i; i=$((i+1)); done"
    ended = await LocalProcesses().create().run(job(tmp_path, script), broken)
    assert (ended.how, ended.exit) == ("exited", 0)
    assert ended.output.last_line == "a line of output number 19999"


MEASURE = """
import asyncio, resource, sys
from runbook_tui.adapters.process import LocalProcesses
from runbook_tui.domain.job import Job
lines = 0
def show(stream, some):
    global lines
    lines += len(some)
async def main():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    job = Job(("/bin/sh", "-c", sys.argv[1]), "/", {}, 100.0, "test/flood")
    slowest = 0.0
    done = False
    async def watch():
        nonlocal slowest
        loop = asyncio.get_running_loop()
        while not done:
            begin = loop.time()
            await asyncio.sleep(0.005)
            slowest = max(slowest, loop.time() - begin - 0.005)
    watching = asyncio.create_task(watch())
    ended = await LocalProcesses().create().run(job, show)
    done = True
    await watching
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(ended.how, ended.exit, (after - before) // 1024, ended.output.size, ended.output.cut,
          lines, f"{slowest * 1000:.0f}")
asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("what", "script"),
    [
        ("lines", "yes 'a line of log output, as programs write them in a hurry' | head -c 200M"),
        ("no newline", "head -c 200M /dev/zero"),
        ("empty lines", "yes '' | head -c 4M"),
        ("redrawn", "yes 'progress' | head -c 20M | tr '\\n' '\\r'"),
    ],
)
def test_a_flood_stays_in_bounded_memory(what: str, script: str) -> None:
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", MEASURE, script], capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 0, done.stderr
    how, code, megabytes, kept, *_ = done.stdout.split()
    assert (how, code) == ("exited", "0")
    assert int(kept) <= HEAD_BYTES + TAIL_BYTES
    assert int(megabytes) < 40, done.stdout
