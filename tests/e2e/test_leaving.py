"""However the program is left, the run can be resumed and nothing runs on behind its back."""

from __future__ import annotations

import os
import re
import signal

import pytest

from tests.e2e.person import DIALOG_PACE, Person
from tests.e2e.site import HANGING, Site, open_run, until
from tests.e2e.terminal import CTRL_Q, ESCAPE, Terminal

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

LEAVES_THE_ALTERNATE_SCREEN = b"\x1b[?1049l"
SHOWS_THE_CURSOR = b"\x1b[?25h"


def quiet_end(terminal: Terminal) -> None:
    """The terminal is as it was, and nothing frightening stands in it."""
    assert LEAVES_THE_ALTERNATE_SCREEN in terminal.raw
    after = bytes(terminal.raw).rpartition(LEAVES_THE_ALTERNATE_SCREEN)[2]
    assert SHOWS_THE_CURSOR in terminal.raw
    assert b"Traceback" not in terminal.raw
    plain = re.sub(rb"\x1b[\[=>?][0-9;?]*[a-zA-Z]?", b"", after).decode()
    assert "rror" not in plain, plain


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_no_process_and_a_run_to_resume(site: Site, number: signal.Signals) -> None:
    site.write(HANGING)
    with site.open() as terminal:
        until(Person(terminal), "it hangs 42")
        assert site.living()
        os.kill(terminal.pid, number)
        assert terminal.wait_end(60) == 128 + number
        quiet_end(terminal)
    assert not site.living()
    assert site.status()["status"] == "open"
    assert site.status()["driver"]["here"] is None
    with site.open("resume", "--as", "alice") as terminal:
        open_run(terminal)
        assert site.steps()["change"]["status"] == "unknown"


def test_a_closed_terminal_window_leaves_no_process(site: Site) -> None:
    site.write(HANGING)
    terminal = site.open()
    with terminal:
        until(Person(terminal), "it hangs 42")
        terminal.hang_up()
        terminal.wait_end(60)
    assert not site.living()
    assert site.status()["status"] == "open"


def test_leaving_while_a_command_runs_is_asked_and_cancels_it(site: Site) -> None:
    site.write(HANGING)
    with site.open() as terminal:
        person = Person(terminal)
        until(person, "it hangs 42")
        terminal.send(CTRL_Q)
        terminal.wait_for("Leave while a command runs?")
        person.pause(DIALOG_PACE)
        terminal.send(ESCAPE)
        terminal.wait_gone("Leave while a command runs?")
        assert site.living(), "who thinks better of it has lost nothing"
        terminal.send(CTRL_Q)
        terminal.wait_for("Leave while a command runs?")
        person.pause(DIALOG_PACE)
        terminal.send("y")
        assert terminal.wait_end(60) == 0
        quiet_end(terminal)
    assert not site.living()
    assert site.steps()["change"]["status"] == "unknown", "nobody knows how far it came"
    assert site.status()["status"] == "open"


def test_leaving_before_anything_was_decided_leaves_the_run_as_it_is(site: Site) -> None:
    site.write(HANGING)
    with site.open() as terminal:
        open_run(terminal)
        terminal.send(CTRL_Q)
        assert terminal.wait_end() == 0
        quiet_end(terminal)
    assert site.kinds() == ["run-started"]
