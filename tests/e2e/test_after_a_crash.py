"""The program dies as it pleases; the run stands where the log says."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from runbook_tui.practice.lab import Lab
from tests.e2e.person import Person
from tests.e2e.site import HANGING, Site, open_run, until
from tests.e2e.terminal import ENTER, PROGRAM, Terminal

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


def test_an_interrupted_change_is_unknown_until_it_was_looked_at(site: Site) -> None:
    site.write(HANGING)
    with site.open() as terminal:
        until(Person(terminal), "it hangs 42")
        terminal.kill()
    assert site.living(), "kill -9 of the program ends only the program"
    assert site.steps()["change"]["running"] == "run"

    with site.open("resume", "--as", "alice") as terminal:
        open_run(terminal)
        terminal.wait_for("change was interrupted when the program ended: it is unknown")
        assert "Processes that it started were still running" in terminal.text.replace("\n", " ")
        assert site.steps()["change"]["status"] == "unknown"
        assert site.changed.read_text() == "changed\n", "it is not run again by itself"
        site.end()
        person = Person(terminal, {"count": "3"})
        person.press(ENTER)  # the natural thing to do is to verify
        terminal.wait_for("Verify · change")
        person.act()  # agrees, and no more than that
        active = lambda: site.steps()["change"]["status"] == "active"  # noqa: E731
        terminal.wait(active, "the change found verified")
        person.drive_until_killed()
    assert site.changed.read_text() == "changed\n"
    assert site.status()["status"] == "closed"
    story = site.kinds()
    assert story.count("command-interrupted change") == 1
    assert story.index("command-interrupted change") < story.index("command-finished change")
    assert site.steps()["change"]["status"] == "done"


def test_a_change_that_did_not_take_effect_is_run_again_when_somebody_says_so(site: Site) -> None:
    site.write(HANGING)
    with site.open() as terminal:
        until(Person(terminal), "it hangs 42")
        terminal.kill()
    site.end()
    site.changed.write_text("half\n")
    run = site.status()["run"]
    site.ask("resume", run, "--plain")
    assert site.steps()["change"]["status"] == "unknown"
    site.ask("decide", run, "change", "not-happened", "--reason", "only half of it is there")
    site.changed.unlink()
    with site.open("resume", "--as", "alice") as terminal:
        person = Person(terminal)
        until(person, "it hangs 42")
        assert site.changed.read_text() == "changed\n"
        terminal.kill()


def test_demo_stop_ends_what_a_killed_demo_left_running(
    home: dict[str, str], lab_folder: Path
) -> None:
    with Terminal([*PROGRAM, "demo", str(lab_folder)], env=home) as terminal:
        terminal.wait_for("Trust full-upgrade", 90)
        terminal.kill(signal.SIGKILL)
    assert of_lab(lab_folder), "the lab's services outlive the program"
    with Terminal([*PROGRAM, "demo", "--stop", str(lab_folder)], env=home) as terminal:
        assert terminal.wait_end(60) == 0
        assert "stopped" in terminal.text
    assert not of_lab(lab_folder)
    assert not Lab.open(lab_folder).stop()


def of_lab(folder: Path) -> list[int]:
    """Every process whose command line names the lab."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if str(folder).encode() in words and state != "Z":
            found.append(int(process.name))
    return found
