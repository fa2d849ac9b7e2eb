"""One run in two terminals: each sees within a second what the other decides."""

from __future__ import annotations

import time

import pytest

from tests.e2e.person import Person
from tests.e2e.site import RUNBOOK, Site, open_run, until
from tests.e2e.terminal import SPACE, Terminal

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

SOON = 1.0
"""Seconds until the other terminal shows it."""


def seconds_until(terminal: Terminal, text: str) -> float:
    begun = time.monotonic()
    terminal.wait_for(text, 30)
    return time.monotonic() - begun


def test_what_is_decided_elsewhere_appears_in_the_open_screen(site: Site) -> None:
    site.write(RUNBOOK)
    with site.open() as terminal:
        open_run(terminal)
        run = site.status()["run"]
        # The first look at a file of the log costs more than the next ones: three, the best counts.
        waits = []
        for word in ("mercury", "venus", "mars"):
            site.ask("note", run, f"seen from elsewhere: {word}", "--as", "bob")
            waits.append(seconds_until(terminal, word))
        assert min(waits) < SOON
        site.ask("decide", run, "look", "start", "--as", "bob")
        site.ask("decide", run, "look", "tick", "--item", "1", "--as", "bob")
        terminal.wait_for("☑ the disk  bob")
        Person(terminal).press(SPACE)
        terminal.wait_for("☑ the load  alice")
        assert {"the disk", "the load"} == {
            e["item"] for e in site.events() if e["type"] == "item-ticked"
        }


def test_a_follower_sees_what_is_decided_in_the_screen(site: Site) -> None:
    site.write(RUNBOOK)
    with site.open() as terminal:
        open_run(terminal)
        with site.open("log", "--follow") as follower:
            follower.wait_for("alice  starts  site")
            person = Person(terminal)
            until(person, "enter tick item")
            follower.wait_for("starts  look")
            waits = []
            for number, word in enumerate(("the disk", "the load"), 1):
                terminal.send(str(number))
                waits.append(seconds_until(follower, word))
            assert min(waits) < SOON
            follower.send("\x03")
            assert follower.wait_end() == 130


def test_a_second_driver_is_told_who_drives(site: Site) -> None:
    site.write(RUNBOOK)
    with site.open() as terminal:
        open_run(terminal)
        with site.open("resume", "--as", "bob") as second:
            assert second.wait_end(60) == 1
            said = " ".join(second.text.split())
            assert "is driven by alice" in said
            assert str(terminal.pid) in said
            assert "log" in said
            assert "--follow" in said
        assert "run-resumed" not in site.kinds()
        assert site.status()["driver"]["here"]["pid"] == terminal.pid
        Person(terminal).press("n")
        terminal.wait_for("enter record")
