"""A newcomer runs `demo` in a terminal, drives the upgrade, and the service then is 5.0."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from runbook_tui.practice.lab import Lab
from tests.e2e.person import CHOICE_PACE, DIALOG_PACE, Person
from tests.e2e.terminal import CTRL_Q, ESCAPE, PROGRAM, Terminal

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

SIZES = [(80, 24), (120, 36)]


SEEN = {
    "verify-package": r"\b([0-9a-f]{8})",
    "inventory": r"(\d+) orders",
    "rehearse-migration": r"longest lock (\d+)",
    "snapshot": r"(\d+) orders",
    "migrate-schema": r"(\d+) rows in",
    "register-webhook": r"(wh_\d{4})",
}
"""What a person would copy from the output that the dialog shows, by step."""
LATE = 25
"""Seconds into the migration at which the buffer has suffered; it ends some seconds later."""
HAND = 1.5
"""Seconds between what a person reads and the press that answers it."""
BEFORE = re.compile(r" 1[4-8]/33 .*(?:now|running|later)")
MIGRATING = re.compile(r" 18/33 .* running ")
CLOCKS = {
    "the step is over": re.compile(r"over its time"),
    # On a slow machine yellow may last for less than one look.
    "yellow": re.compile(r"fever +\S+ (?:yellow|red)|buffer .*, (?:yellow|red)"),
    "the rollback clock warns": re.compile(r"decide by \d\d:\d\dZ · 1\d:\d\d"),
}
ANY_NUMBER = r"(\d+(?:\.\d+)?)"


class Newcomer(Person):
    """Writes down what the dialog shows of the output, as the runbook asks."""

    def value(self, text: str) -> str:
        step = self.step_id(text)
        if step in self.values or "Observe · " not in text:
            return super().value(text)
        shown = " ".join(output_in_dialog(text))
        match = re.search(SEEN.get(step, ANY_NUMBER), shown)
        return match.group(1) if match else "1"


class Watcher(Newcomer):
    """Has a hand's pace where the clocks count, and looks at them while the migration runs."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.began = 0.0
        self.told: dict[str, str] = {}
        """What was seen on the clocks during the migration, and the screen that showed it."""

    def press(self, key: str) -> None:
        if BEFORE.search(self.terminal.line(1)):
            self.pause(HAND)
        super().press(key)

    def look(self) -> str:
        text = super().look()
        if not MIGRATING.search(self.terminal.line(1)):
            return text
        narrow = self.terminal.screen.columns < 100
        self.began = self.began or time.monotonic()
        if narrow and "yellow" not in self.told and time.monotonic() > self.began + LATE:
            self.terminal.send("t")  # there is no pane of clocks
            self.terminal.wait_for("Give it more time")
            text = self.terminal.text
            self.note(text)
            self.pause(DIALOG_PACE)
            self.terminal.send(ESCAPE)
            self.terminal.wait_gone("Give it more time")
            self.pause(CHOICE_PACE)  # a key right after a dialog is taken as meant for it
        self.note(text)
        return text

    def note(self, text: str) -> None:
        for name, sight in CLOCKS.items():
            if sight.search(text):
                self.told.setdefault(name, text)


def output_in_dialog(text: str) -> list[str]:
    """The lines of output that a dialog quotes; only the first of a folded one has a bar."""
    lines = text.splitlines()
    top = next(number for number, line in enumerate(lines) if "╭─ Observe · " in line)
    left = lines[top].index("╭─ Observe · ") + 2
    inside = [line[left:] for line in lines[top + 1 :] if len(line) > left]
    begin = next((n for n, line in enumerate(inside) if line.startswith("│ ")), 0)
    end = next(n for n, line in enumerate(inside) if line.startswith("Write down"))
    return [line.removeprefix("│ ").partition("│")[0].strip() for line in inside[begin:end]]


def served_version(folder: Path) -> str:
    """What the service itself answers, over HTTP."""
    lab = Lab.open(folder)
    done = subprocess.run(
        [lab.layout.labctl, "probe", "version"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_a_newcomer_upgrades_the_lab_for_real(
    columns: int, rows: int, home: dict[str, str], lab_folder: Path
) -> None:
    command = [*PROGRAM, "demo", str(lab_folder), "--as", "newcomer", "--keep"]
    with Terminal(command, columns=columns, rows=rows, env=home) as terminal:
        terminal.wait_for("Trust full-upgrade", 60)
        person = Watcher(terminal, {"read-package": "9", "healthy": "0"})
        person.drive(300)
        assert set(person.told) == set(CLOCKS), "\n\n".join(person.told.values())
        assert served_version(lab_folder) == "5.0.0"
        terminal.send(CTRL_Q)
        assert terminal.wait_end() == 0
        assert "Traceback" not in terminal.raw.decode("utf-8", "replace")

    log = lab_folder / "log.git"
    branch = subprocess.check_output(
        ["git", "-C", log, "for-each-ref", "--format=%(refname)", "refs/heads/runs"], text=True
    ).split()
    assert len(branch) == 1
    story = subprocess.check_output(
        ["git", "-C", log, "log", "--format=%h %an %s", branch[0]], text=True
    )
    assert "newcomer closes the run" in story
    for commit in person.seen:
        assert commit in story, "a decision that the screen showed is not in the log"
    the_log_has_the_figures(log, home)
    the_partner_shows_the_messages(lab_folder)
    subprocess.run(["git", "-C", log, "fsck", "--strict", "--no-dangling"], check=True)


def the_partner_shows_the_messages(folder: Path) -> None:
    """Both updates, each on the status page and in the chat, once; and in the lab's own feed."""
    labctl = Lab.open(folder).layout.labctl
    subprocess.run([labctl, "messages", "wait", "4"], check=True, timeout=60)
    said = subprocess.check_output([labctl, "messages", "--json"], text=True)
    told = [json.loads(line) for line in said.splitlines()]
    ways = Counter(each["how"] for each in told)
    assert sorted(ways.values()) == [2, 2], ways
    assert all(each["times"] == 1 for each in told)
    page = (folder / "status" / "customers" / "index.html").read_text(encoding="utf-8")
    assert page.count("The order service") >= 2


def the_log_has_the_figures(log: Path, home: dict[str, str]) -> None:
    """What the clocks said stands with the decisions, the end of the migration among them."""
    command = [*PROGRAM, "log", "@last", "--log", log, "--json"]
    told = subprocess.check_output(command, text=True, env={**os.environ, **home})
    events = [json.loads(line) for line in told.splitlines()]
    ours = [e for e in events if e["event"].get("step") == "migrate-schema"]
    (begun,) = (e for e in ours if e["event"]["type"] == "step-started")
    (ended,) = (e for e in ours if e["event"].get("purpose") == "run" and "seconds" in e["event"])
    assert ended["event"]["seconds"] > 2 * 10, "it took as long as the vendor said"
    before, after = begun["figures"], ended["figures"]
    assert after["buffer"] < before["buffer"]
    assert 0.15 < after["used"] > before["used"]
    hours = [datetime.fromisoformat(figures["decide_by"]) for figures in (before, after)]
    assert hours[1] < hours[0], "the latest safe rollback moves"
    left = hours[1] - datetime.fromisoformat(ended["at"]["wall"])
    assert timedelta() < left < timedelta(minutes=15)
