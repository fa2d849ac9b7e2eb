"""The whole practice upgrade, driven in line mode: the service answers as 5.0 at the end."""

from __future__ import annotations

import os
import re
import select
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from runbook_tui.domain.plan import Plan
from runbook_tui.domain.rules import value_refusal
from runbook_tui.formats.load import load
from runbook_tui.practice.lab import Lab, build

from .conftest import Program

PATIENCE = 90
PROMPT = re.compile(r"(?:(\S+): )?enter = (\S+) > $")
QUESTION = re.compile(r"(?:Type yes to do it|reason|go or no-go\?|\(a path\)|as you see it).* ?$")


@dataclass
class Typist:
    """Reads what line mode says and types what a person would."""

    process: subprocess.Popen[bytes]
    said: str = ""
    here: int = 0
    """Where in `said` the last answer was given."""
    acts: list[str] = field(default_factory=list)

    def listen(self) -> re.Match[str]:
        """Waits for a prompt or a question."""
        assert self.process.stdout is not None
        descriptor = self.process.stdout.fileno()
        deadline = time.monotonic() + PATIENCE
        while True:
            last = self.said[self.here :].rpartition("\n")[2]
            found = PROMPT.search(last) or QUESTION.search(last)
            if found:
                return found
            left = deadline - time.monotonic()
            assert left > 0, self.said[-2_000:]
            if select.select([descriptor], [], [], left)[0]:
                chunk = os.read(descriptor, 65_536)
                assert chunk, self.said[-2_000:]
                self.said += chunk.decode()

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.here = len(self.said)
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()


def observed(plan: Plan, step_id: str, said: str) -> str:
    """A value for a step, from what its commands said: the last word that will do."""
    observe = plan.by_id[step_id].observe
    assert observe is not None
    output = re.findall(r"^[|] (.*)$", said[said.rindex(f": {step_id}\n") :], re.M)
    tokens = [word.strip(",.;()") for line in output for word in line.split()]
    for word in [*reversed(tokens), *(t[:8] for t in tokens), "9"]:
        if value_refusal(observe, word) is None:
            return word
    raise AssertionError(f"no value for {step_id} in {output}")


@pytest.mark.timeout(400)
def test_the_upgrade_can_be_driven_from_the_first_step_to_the_last(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "lab"
    monkeypatch.setenv("XDG_STATE_HOME", program.env()["XDG_STATE_HOME"])
    build(folder, 30_000)  # few, so that nobody waits for the migration
    program("demo", folder, "--plain", say="\n", code=1)
    runbook = Lab.open(folder).runbook
    program.trust(runbook)
    loaded = load(runbook)
    plan = Plan(loaded.runbook, loaded.digest)
    process = subprocess.Popen(
        program.argv("demo", folder, "--plain"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=program.env(),
    )  # fmt: skip
    typist = Typist(process)
    try:
        while _turn(typist, plan, program, folder) != "close":
            assert len(typist.acts) < 500, typist.said[-2_000:]
        assert "Close the run" in typist.listen().string
        typist.type("yes")
        assert typist.listen().group(2) == "nothing"
        probe = [Lab.open(folder).layout.labctl, "probe", "version"]
        assert subprocess.check_output(probe, text=True).startswith("5.0")
        typist.type("quit")
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.communicate()
        program("demo", "--stop", folder)
    told = program.json("status", "--log", folder / "log.git")
    assert told["status"] == "closed"
    assert (told["unknown"], told["failed"], told["deferred"]) == ([], [], [])
    assert told["counts"]["skipped"] == told["counts"]["overridden"] == 0
    sent = [u for u in told["messages"]["updates"] if u["status"] == "sent"]
    assert [u["step"] for u in sent] == [s.id for s in plan.steps if s.kind == "message"]
    assert {d["status"] for u in sent for d in u["deliveries"]} == {"delivered"}
    token = Lab.open(folder).parameters["partner_token"]
    assert token not in typist.said
    git = ["git", "-C", folder / "log.git"]
    assert token not in subprocess.check_output([*git, "log", "-p", "--all"], text=True)
    subprocess.check_call([*git, "fsck", "--strict"], stderr=subprocess.DEVNULL)


def _turn(typist: Typist, plan: Plan, program: Program, folder: Path) -> str:
    """Answers one prompt, with all its questions; the act that came next."""
    found = typist.listen()
    if found.re is QUESTION:
        question = found.group()
        if "go or no-go" in question:
            typist.type("go")
        else:
            typist.type("yes" if "yes" in question else "done by hand")
        return "question"
    step, act = found.group(1), found.group(2)
    typist.acts.append(act)
    assert act not in ("retry", "settle-unknown", "nothing"), typist.said[-3_000:]
    if act == "observe":
        typist.type(f"observe {observed(plan, step, typist.said)}")
    elif act == "findings":
        typist.type("")  # lists them
        typist.listen()
        told = typist.said[typist.here :]
        first = re.search(r"^(?:inhibitor|unknown|high|warning) ([0-9a-f]{8}) .*$", told, re.M)
        assert first is not None, told
        by_program = "[remedy: " in first.group()
        how = "remedy {}" if by_program else "waive {} 7d bob: our own bundle has it"
        typist.type(how.format(first.group(1)))
    elif act == "choose":
        typist.type("choose 1 it is the first one")
    elif act == "evidence":
        note = folder / "evidence.txt"
        note.write_text("seen\n")
        typist.type(f"attach {note}")
    elif act == "message":
        typist.type("")  # shows it
        typist.listen()
        shown = typist.said[typist.here :]
        assert "goes to status-page (customers)" in shown, shown
        assert "blocks: " not in shown, shown
        typist.type("send")
    elif act == "approve":
        roles = plan.runbook.roles
        approval = plan.by_id[step].approval
        people = roles[approval.role].people if approval and approval.role else ()
        who = next(iter(people), "bob")
        program("decide", "@last", step, "approve", "--as", who, "--log", folder / "log.git")
        typist.type("")
    else:
        typist.type("")
    return act
