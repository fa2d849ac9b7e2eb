"""Other terminals: tiny ones, dumb ones, without colours, inside tmux."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.person import DIALOG_PACE, Person
from tests.e2e.site import RUNBOOK, Site, open_run, until
from tests.e2e.terminal import CTRL_Q, ENTER, PROGRAM, SPACE, Terminal

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

COLOUR = re.compile(rb"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:[;:]\d+)*m")


def test_a_window_dragged_to_nothing_and_back_loses_nothing(site: Site) -> None:
    site.write(RUNBOOK)
    with site.open(columns=100, rows=30) as terminal:
        open_run(terminal)
        person = Person(terminal, {"count": "3"})
        until(person, "enter tick item")
        whole = terminal.text
        terminal.resize(20, 5)
        terminal.wait(
            lambda: "LIVE" in terminal.line(0) and "enter tick item  x" in terminal.line(-1),
            "the small screen",
        )
        assert "Decisions" not in terminal.text
        # The item is not on the screen: the first press says so, the second one ticks it.
        person.press(SPACE)
        terminal.wait_for("Not seen")
        assert "item-ticked look" not in site.kinds()
        person.press(SPACE)
        terminal.wait(lambda: "item-ticked look" in site.kinds(), "the tick")
        terminal.resize(100, 30)
        terminal.wait_for("☑ the disk")
        open_run(terminal)
        assert len(terminal.text.splitlines()) == len(whole.splitlines())
        person.drive(60)
        terminal.send(CTRL_Q)
        assert terminal.wait_end() == 0
        assert b"Traceback" not in terminal.raw
    assert site.status()["status"] == "closed"


def test_no_color_means_none(site: Site) -> None:
    site.write(RUNBOOK)
    with site.open(env={"NO_COLOR": "1"}) as terminal:
        person = Person(terminal, {"count": "3"})
        until(person, "Run · change")
        person.drive(60)
        terminal.send(CTRL_Q)
        assert terminal.wait_end() == 0
        assert not COLOUR.findall(bytes(terminal.raw))
    with site.open("resume", site.status()["run"]) as terminal:
        terminal.wait_for("CLOSED", 60)
        assert COLOUR.findall(bytes(terminal.raw)), "the pattern finds colours where there are any"


def test_a_dumb_terminal_gets_lines(site: Site) -> None:
    site.write(RUNBOOK)
    with site.open(env={"TERM": "dumb"}) as terminal:
        terminal.wait_for("enter = start >", 60)
        terminal.send("\n")
        terminal.wait_for("enter = tick >")
        terminal.send("quit\n")
        assert terminal.wait_end() == 0
        assert b"\x1b" not in terminal.raw
    assert site.kinds() == ["run-started", "step-started look"]


ANSWERS = {
    "observe": "observe 3",
    "choose": "choose keep",
    "close": "",
}
"""What a person types where enter alone is not enough, by what enter would do."""


def drive_in_lines(terminal: Terminal) -> None:
    """Answers every prompt of line mode until the run is over."""
    told = 0
    end = time.monotonic() + 120
    while True:
        assert time.monotonic() < end, f"not finished; the screen:\n{terminal.text}"
        text = bytes(terminal.raw).decode("utf-8", "replace").replace("\r", "")
        last = text[told:].rpartition("\n")[2]
        does = re.fullmatch(r".*enter = ([a-z-]+) > ?", last)
        if does and does.group(1) == "nothing":
            return
        if does:
            told = len(text)
            terminal.send(ANSWERS.get(does.group(1), "") + "\n")
        elif "Type yes to do it" in last or last.rstrip().endswith("yes to do it:"):
            told = len(text)
            terminal.send("yes\n")
        else:
            terminal.read(0.1)


def test_lines_and_full_screen_record_the_same(site: Site) -> None:
    site.write(RUNBOOK)
    with site.open() as terminal:
        Person(terminal, {"count": "3"}).drive(90)
        terminal.send(CTRL_Q)
        assert terminal.wait_end() == 0
    on_screen = site.kinds()
    assert on_screen[-1] == "run-closed"
    site.changed.unlink()
    with site.open("run", str(site.book), "--as", "alice", "--plain", rows=200) as terminal:
        drive_in_lines(terminal)
        terminal.send("quit\n")
        assert terminal.wait_end() == 0
        assert b"Traceback" not in terminal.raw
    assert site.status()["status"] == "closed"
    assert site.kinds() == on_screen


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """A tmux server of its own; it ends with the test."""
    program = shutil.which("tmux")
    if program is None:
        pytest.skip("tmux is not installed")
    socket = str(tmp_path / "tmux")

    def tell(*arguments: str) -> str:
        done = subprocess.run(
            [program, "-S", socket, "-f", "/dev/null", *arguments],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        return done.stdout

    yield tell
    with contextlib.suppress(subprocess.CalledProcessError):
        tell("kill-server")


def test_inside_tmux_it_is_left_and_come_back_to(
    site: Site, tmux: Callable[..., str], tmp_path: Path
) -> None:
    site.write(RUNBOOK)
    settings = [f"{name}={value}" for name, value in site.env.items()]
    command = ["env", *settings, *PROGRAM, "run", str(site.book), "--as", "alice"]
    tmux("new-session", "-d", "-s", "work", "-x", "80", "-y", "24", *command)
    tmux("set-option", "-g", "status", "off")
    tmux("resize-window", "-t", "work", "-x", "80", "-y", "24")

    def see(text: str) -> str:
        end = time.monotonic() + 60
        while text not in (shown := tmux("capture-pane", "-p", "-t", "work")):
            assert time.monotonic() < end, f"no {text!r} in tmux:\n{shown}"
        return shown

    shown = see("all acts")
    assert " LIVE " in shown.splitlines()[0]
    assert max(map(len, shown.splitlines())) <= 80
    attach = [str(shutil.which("tmux")), "-S", str(tmp_path / "tmux"), "attach", "-t", "work"]
    with Terminal(attach, columns=80, rows=24) as terminal:
        terminal.wait_for("all acts")
        Person(terminal).press(ENTER)
        terminal.wait_for("enter tick item")
        terminal.send("\x02")  # tmux's own prefix
        terminal.send("d")
        terminal.wait_end()
    tmux("send-keys", "-t", "work", "Space")
    see("☑ the disk")
    with Terminal(attach, columns=80, rows=24) as terminal:
        terminal.wait_for("☑ the disk")
        person = Person(terminal)
        person.pause(DIALOG_PACE)
        person.press(SPACE)
        terminal.wait_for("☑ the load")
        terminal.send(CTRL_Q)
        terminal.wait_end()
    assert site.kinds()[-1] == "item-ticked look"
    assert site.status()["driver"]["here"] is None
