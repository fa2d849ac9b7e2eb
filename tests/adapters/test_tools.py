"""The programs that checks use, on real processes: bounded, and never left behind."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from runbook_tui.adapters.process import tools
from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.preflight.ports import ToolError

TOOLS = LocalTools()


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_program_is_run_to_its_end() -> None:
    answer = TOOLS.run(["sh", "-c", "cat; echo trouble >&2; exit 3"], stdin=b"given")
    assert (answer.exit, answer.out, answer.err, answer.trouble) == (3, b"given", b"trouble\n", "")


def test_it_gets_the_environment_on_top_of_ours_and_its_folder(tmp_path: Path) -> None:
    answer = TOOLS.run(["sh", "-c", 'echo "$A"; pwd; echo "$PATH"'], cwd=tmp_path, env={"A": "1"})
    assert answer.out.decode().splitlines() == ["1", str(tmp_path), os.environ["PATH"]]


def test_what_is_not_there_is_said() -> None:
    answer = TOOLS.run(["no-such-program"])
    assert answer.exit is None
    assert answer.trouble == "no-such-program is not on this machine"
    with pytest.raises(ToolError, match="not on this machine"):
        list(TOOLS.lines(["no-such-program"]))


def test_too_long_is_ended_with_all_it_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = f"trap '' TERM; sleep 60 & echo $! > {pid}; wait; sleep 60"
    answer = TOOLS.run(["sh", "-c", script], limit=0.5)
    assert answer.exit is None
    assert "longer than 0.5 s" in answer.trouble
    assert gone(int(pid.read_text()))


def test_a_child_that_holds_the_pipe_keeps_nobody(tmp_path: Path) -> None:
    began = time.monotonic()
    answer = TOOLS.run(["sh", "-c", "sleep 60 & echo done"], limit=30)
    assert answer.exit == 0
    assert time.monotonic() - began < 20


def test_a_flood_is_kept_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "KEPT", 1000)
    answer = TOOLS.run(["sh", "-c", "yes | head -c 5000000"])
    assert (len(answer.out), answer.cut) == (1000, True)


def test_lines_come_while_it_runs_and_it_ends_when_nobody_reads_on() -> None:
    lines = TOOLS.lines(["sh", "-c", "echo $$; exec yes"])
    pid = int(next(lines))
    assert next(lines) == b"y"
    lines.close()  # type: ignore[attr-defined]
    assert gone(pid)


def test_lines_end_with_the_program_and_its_failure_is_told() -> None:
    assert list(TOOLS.lines(["printf", "a\\r\\nb"])) == [b"a", b"b"]
    assert list(TOOLS.lines(["false"])) == []
    with pytest.raises(ToolError, match="ended with 2: oh no"):
        list(TOOLS.lines(["sh", "-c", "echo oh no >&2; exit 2"]))


def test_a_line_without_end_is_handed_on_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "LONGEST_LINE", 10)
    assert list(TOOLS.lines(["printf", "%025d\\nb\\n", "7"])) == [b"0" * 10, b"b"]


def test_lines_are_limited_in_time() -> None:
    with pytest.raises(ToolError, match=r"longer than 0\.3 s"):
        list(TOOLS.lines(["sh", "-c", "echo a; sleep 60"], limit=0.3))


def test_programs_that_came_with_us_come_first() -> None:
    found = TOOLS.find("rg")
    assert found is not None
    assert TOOLS.run([found, "--version"]).out.startswith(b"ripgrep 14.1.0")
    assert TOOLS.find("no-such-program") is None
