"""kill -9 of the whole program while a person drives a run in a terminal.

python -m tests.faults.kill_program [--kills 200] [--seed 1]

Only the program is killed, never what it started. After each kill the log must hold what the
screen showed as recorded, plain git must find it sound, and `resume` must stand where the log
says; then the person goes on. Exit code 1 where any promise was broken.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from tests.e2e.person import Person
from tests.e2e.site import living, open_run
from tests.e2e.terminal import CTRL_Q, PROGRAM, Terminal
from tests.faults import witness

RUNBOOK = Path(__file__).with_name("killed_runbook.yaml")
EVENT_TRAILER = "Runbook-Event"
LONGEST_LIFE = 6.0
"""Seconds that a program lives at most, from its start."""
PATIENCE = 120.0
"""Seconds for one program to show something: the disk may be slow, and the machine shared."""


class Operator(Person):
    """Skips what may be skipped, and looks before saying what became of an interrupted command."""

    home: Path

    def act(self) -> bool:
        """One press; the optional step is skipped with a reason."""
        text = self.look()
        bar = next((line for line in reversed(text.splitlines()) if line.strip()), "")
        if (
            re.search(r"\d/\d+ optional · ", text)
            and " enter start" in bar
            and "esc cancel" not in text
        ):
            self.press("s")
            self._settle(text)
            return True
        return super().act()

    def choice(self, text: str) -> int:
        """Of an interrupted command: verify it, or say that it did not take effect."""
        if "UNKNOWN · " not in text:
            return 0
        end = time.monotonic() + PATIENCE
        while living(self.home) and time.monotonic() < end:
            self.terminal.read(0.05)
        changed = self.home / "out" / "changed"
        step = f"/{self.step_id(text)}/"
        return 0 if changed.exists() and step in changed.read_text() else 2


class Killer:
    """Kills a program at a moment nobody chose: after some time, right after some key press, or
    while a command runs that a person has just agreed to."""

    def __init__(self, terminal: Terminal, dice: random.Random) -> None:
        self._terminal = terminal
        self._timer: threading.Timer | None = None
        self._send = terminal.send
        how = dice.choice(("time", "press", "command"))
        # Programs that reach no command, or not so many presses, die at a time after all.
        self._after(dice.uniform(0.0, LONGEST_LIFE if how == "time" else 4 * LONGEST_LIFE))
        if how == "time":
            return
        left = dice.randint(1, 12) if how == "press" else 1
        rest = dice.uniform(0.0, 0.2) if how == "press" else dice.uniform(0.0, 1.3)

        def counted(keys: str) -> None:
            nonlocal left
            self._send(keys)
            left -= how == "press" or keys == "y"
            if left == 0:
                self._after(rest)

        terminal.send = counted  # type: ignore[method-assign]

    def _after(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        # Nobody waits for the program before this has been stopped: the number is still its own.
        self._timer = threading.Timer(seconds, os.kill, (self._terminal.pid, signal.SIGKILL))
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        """No kill any more."""
        self._terminal.send = self._send  # type: ignore[method-assign]
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()


@dataclass
class Tally:
    """Counts over all kills."""

    kills: int = 0
    before_the_start: int = 0
    """Kills of a program that had not recorded the start of a new run yet."""
    runs_closed: int = 0
    acknowledged: int = 0
    """Decisions that the screen has shown as recorded; looked for in git after every kill."""
    commands_under_way: int = 0
    unknown: int = 0
    orphans: int = 0
    """Processes of the commands that lived on after the program was killed."""
    locks_left: int = 0
    violations: int = 0

    def table(self) -> str:
        """For people, one count a line."""
        return "\n".join(
            f"{f.name.replace('_', ' '):<20} {getattr(self, f.name):>6}" for f in fields(self)
        )


@dataclass
class Campaign:
    """One home, one log, one run after another."""

    home: Path
    dice: random.Random
    tally: Tally = field(default_factory=Tally)
    seen: dict[str, set[str]] = field(default_factory=dict)
    """What the screen ever showed as recorded, by run."""
    finished: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.book = self.home / "killed.yaml"
        shutil.copy(RUNBOOK, self.book)
        self.log = self.home / "state" / "runbook-tui" / "log.git"
        self.env = {
            "HOME": str(self.home),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "PYTHONWARNINGS": "ignore",
        }

    def violation(self, what: str) -> None:
        """Something promised did not hold."""
        self.tally.violations += 1
        print(f"VIOLATION after kill {self.tally.kills}: {what}", file=sys.stderr, flush=True)

    def program(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The program as a command, to its end."""
        return subprocess.run(
            [*PROGRAM, *arguments],
            env={**os.environ, **self.env},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def open_run(self) -> str | None:
        """The run that is not over, as git tells; at most one is ever open here."""
        refs = witness.git(self.log, "for-each-ref", "--format=%(refname)", "refs/heads/runs")
        names = {line.removeprefix("refs/heads/runs/") for line in refs.stdout.split()}
        left = names - self.finished
        if len(left) > 1:
            self.violation(f"more than one open run: {sorted(left)}")
        return min(left, default=None)

    def status(self, run: str) -> dict[str, Any]:
        """What `status --json` says; nothing where it fails."""
        done = self.program("status", run, "--json")
        if done.returncode != 0 or "Traceback" in done.stderr:
            self.violation(f"status gives {done.returncode}: {done.stderr[-2000:]}")
            return {}
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def events(self, run: str, since: str = "") -> list[dict[str, Any]]:
        """What plain git reads from the run's branch, oldest first, after the commit `since`."""
        what = f"{since}..runs/{run}" if since else f"runs/{run}"
        form = f"--format=%(trailers:key={EVENT_TRAILER},valueonly,unfold)"
        told = witness.git(self.log, "log", "--reverse", form, what)
        return [json.loads(line)["event"] for line in told.stdout.splitlines() if line.strip()]

    def live(self) -> None:
        """One program: opened, looked at, driven; then killed, or left at the end of its run."""
        run = self.open_run()
        before = self.status(run) if run else {}
        if run and before.get("status") == "closed":  # killed right after it had been closed
            self.over(run)
            run = None
        if run is None:
            shutil.rmtree(self.home / "out", ignore_errors=True)
            (self.home / "out").mkdir()
        what = ["resume", run] if run else ["run", str(self.book), "-p", f"out={self.home}/out"]
        with Terminal([*PROGRAM, *what, "--as", "alice"], env=self.env) as terminal:
            person = Operator(terminal, {"count": "3"}, seen=self.seen.setdefault(run or "", set()))
            person.home = self.home
            # Most programs are compared with the log before anybody presses a key.
            if run and self.dice.random() < 0.75:
                open_run(terminal, PATIENCE)
                self.compare(run, before)
            killer = Killer(terminal, self.dice)
            try:
                over = person.drive_until_killed(PATIENCE)
            finally:
                killer.stop()
            if over and not terminal.ended():
                self.closed(terminal)
            else:  # also where it was closed, and the kill came before it was left
                if terminal.wait_end(PATIENCE) != -signal.SIGKILL:
                    self.violation(f"it ended by itself ({terminal.status}):\n{terminal.text}")
                self.after_a_kill()

    def closed(self, terminal: Terminal) -> None:
        """The run is over: leave, and start another next time."""
        terminal.send(CTRL_Q)
        if terminal.wait_end(PATIENCE) != 0:
            self.violation(f"leaving gives {terminal.status}")
        run = self.open_run()
        assert run is not None
        self.adopt(run)
        self.over(run)

    def over(self, run: str) -> None:
        """A run that was closed: the next program starts another."""
        self.check_log(run)
        self.check_traces(run, self.events(run))
        self.finished.add(run)
        self.tally.runs_closed += 1

    def adopt(self, run: str) -> None:
        """What was seen before a new run's name was known belongs to it."""
        self.seen.setdefault(run, set()).update(self.seen.pop("", set()))

    def after_a_kill(self) -> None:
        """What must hold whenever the program has been killed."""
        self.tally.kills += 1
        self.tally.locks_left += len(witness.left_locks(self.log))
        self.tally.orphans += len(living(self.home))
        now = self.open_run()
        if now is None:
            self.tally.before_the_start += 1
            if self.seen.get(""):
                self.violation(f"no run holds {sorted(self.seen[''])}")
            return
        self.adopt(now)
        self.check_log(now)

    def check_log(self, run: str) -> None:
        """Nothing lost, and plain git content."""
        seen = self.seen[run]
        self.tally.acknowledged = sum(map(len, self.seen.values()))
        there = {commit[:7] for commit in witness.present(self.log, f"runs/{run}")}
        if lost := seen - there:
            self.violation(f"the screen showed as recorded, and git has not: {sorted(lost)}")
        sound, said = witness.whole(self.log)
        if not sound:
            self.violation(f"git fsck: {said}")

    def compare(self, run: str, before: dict[str, Any]) -> None:
        """A fresh program stands where the log says, and has run nothing by itself."""
        after = self.status(run)
        if not before or not after:
            return
        news = self.events(run, since=before["head"])
        kinds = Counter(event["type"] for event in news)
        if kinds["run-resumed"] != 1 or set(kinds) - {"run-resumed", "command-interrupted"}:
            self.violation(f"resume recorded {dict(kinds)}")
        interrupted = {e["step"]: e for e in news if e["type"] == "command-interrupted"}
        for was, now in zip(before["steps"], after["steps"], strict=True):
            event = interrupted.pop(was["id"], None)
            if was["running"] is None:
                if was != now:
                    self.violation(f"{was['id']} was {was} and is {now}")
                continue
            self.tally.commands_under_way += 1
            mutates = was["id"] in ("mutate", "again") and was["running"] == "run"
            if event is None or now["running"] is not None:
                self.violation(f"{was['id']} was under way, and nobody says so: {now}")
            if mutates and now["status"] != "unknown":
                self.violation(f"{was['id']} changes things and is {now['status']}, not unknown")
            self.tally.unknown += mutates
        if interrupted:
            self.violation(f"not under way, and called interrupted: {sorted(interrupted)}")

    def check_traces(self, run: str, events: Sequence[dict[str, Any]]) -> None:
        """No command ran that was not told to, and none twice."""
        told = Counter(
            f"{run}/{e['step']}/{e['attempt']}"
            for e in events
            if e["type"] == "command-started" and e["purpose"] == "run"
        )
        begun = self.home / "out" / "begun"
        ran = Counter(begun.read_text().split() if begun.exists() else ())
        if twice := [mark for mark, times in ran.items() if times > 1]:
            self.violation(f"ran twice for one decision: {twice}")
        if untold := set(ran) - set(told):
            self.violation(f"ran without a decision: {sorted(untold)}")


def run(kills: int, seed: int, *, talk: bool = False) -> Tally:
    """Kills the program `kills` times and counts what was found."""
    home = Path(tempfile.mkdtemp(prefix="kill-program-"))
    campaign = Campaign(home, random.Random(seed))
    try:
        while campaign.tally.kills < kills:
            try:
                campaign.live()
            except AssertionError as error:  # the screen did not show what it should in time
                campaign.violation(str(error))
                campaign.tally.kills += 1
            if talk and campaign.tally.kills % 10 == 0:
                print(f"{campaign.tally.kills} kills", file=sys.stderr, flush=True)
        if campaign.tally.kills and (name := campaign.open_run()):
            campaign.check_traces(name, campaign.events(name))
    finally:
        for pid in living(home):
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(home, ignore_errors=True)
    return campaign.tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    begun = time.monotonic()
    tally = run(args.kills, args.seed, talk=True)
    print(tally.table())
    print(f"{'minutes':<20} {(time.monotonic() - begun) / 60:>6.1f}")
    return 1 if tally.violations else 0


if __name__ == "__main__":
    sys.exit(main())
