"""The bundled runbook: every command and every verification in it, run against a real lab."""

from __future__ import annotations

import subprocess
import sys

import pytest

from practice.driving import Operator
from runbook_tui.domain.runbook import Step
from runbook_tui.formats.load import load
from runbook_tui.practice import processes
from runbook_tui.practice.bundled import bundled_runbooks


def steps() -> list[Step]:
    loaded = load(bundled_runbooks() / "full-upgrade" / "runbook.yaml")
    return [step for phase in loaded.runbook.phases for step in phase.steps]


def test_it_lints_clean_and_uses_every_kind_of_step() -> None:
    loaded = load(bundled_runbooks() / "full-upgrade" / "runbook.yaml")
    assert loaded.problems == ()
    assert [p.title for p in loaded.runbook.phases] == [
        "Intake",
        "Preflight",
        "Announce",
        "Upgrade",
        "Verify",
        "Close",
    ]
    kinds = {step.kind for step in steps()}
    assert kinds == {
        "checklist",
        "command",
        "decision",
        "gate",
        "wait",
        "message",
        "preflight",
        "watch",
    }


def test_the_secret_is_only_ever_passed_by_environment() -> None:
    folder = bundled_runbooks() / "full-upgrade"
    for file in folder.rglob("*.yaml"):
        for line in file.read_text().splitlines():
            if "{{partner_token}}" in line:
                assert line.strip() == 'env: {PARTNER_TOKEN: "{{partner_token}}"}'


def test_from_start_to_finish_the_service_is_5_0(operator: Operator) -> None:
    done = operator.drive({}, {"package-verdict": "parts", "backoff": "keep"})
    assert {"stop-writers", "tune-backoff", "revert-release", "second-look"}.isdisjoint(done)
    assert 20 <= len(done) <= 31
    assert operator.ctl("probe", "version") == "5.0.0"
    assert operator.ctl("probe", "health") == "ok 5.0.0, schema 50, partner ok"
    assert operator.ctl("residue", "before-upgrade").endswith(
        "2 left outside snapshot before-upgrade"
    )
    assert operator.ctl("probe", "lost-orders").startswith("0 of ")
    assert 3 < operator.seconds["migrate-schema"] < 15
    assert sum(operator.seconds.values()) < 60
    assert not processes_with_a_step_behind_them(operator)
    operator.lab.stop()
    assert processes.of_lab(operator.lab.id) == []


def processes_with_a_step_behind_them(operator: Operator) -> list[str]:
    """Services that a step started must not carry the secret or anything else of that step."""
    found = []
    for process in processes.of_lab(operator.lab.id):
        environment = (processes.PROC / str(process.pid) / "environ").read_text()
        if "RB_" in environment or operator.lab.parameters["partner_token"] in environment:
            found.append(process.unit)
    return found


def test_offline_and_tuned_behind_a_flag(operator: Operator) -> None:
    done = operator.drive(
        {"migration": "offline", "second_person": "yes"},
        {"package-verdict": "parts", "backoff": "tune"},
    )
    assert {"stop-writers", "start-writers", "tune-backoff", "second-look"} <= set(done)
    assert operator.ctl("probe", "version") == "5.0.0"
    assert operator.ctl("backoff", "show").endswith("behind flag partner-backoff (on)")
    assert operator.ctl("backoff", "reset").endswith("not behind a flag")


def test_going_back_leaves_nothing_outside_and_loses_no_order(operator: Operator) -> None:
    operator.drive({}, {"package-verdict": "parts", "backoff": "revert"})
    assert operator.ctl("probe", "version") == "4.2.0"
    assert operator.ctl("residue", "before-upgrade") == "0 left outside snapshot before-upgrade"
    assert operator.ctl("smoke").startswith("order ")
    assert operator.ctl("probe", "lost-orders").startswith("0 of ")


def test_every_compensation_in_reverse_order_brings_the_lab_back(operator: Operator) -> None:
    layout = operator.lab.layout

    def tree() -> dict[str, bytes]:
        folders = (layout.etc, layout.releases, layout.root / "flagd")
        return {
            str(f): f.read_bytes() for folder in folders for f in folder.rglob("*") if f.is_file()
        }

    before, webhooks = tree(), operator.ctl("probe", "webhooks")
    done = operator.drive({}, {"package-verdict": "parts", "backoff": "tune"})
    for step in reversed(steps()):
        if step.id in done and step.compensation is not None:
            operator.compensate(step)
    assert tree() == before
    assert operator.ctl("probe", "webhooks") == webhooks
    assert operator.ctl("probe", "health") == "ok 4.2.0, schema 42, partner ok"
    assert operator.ctl("snapshot", "list") == "no snapshots"


@pytest.mark.parametrize("module", ["runbook_tui.practice.lab", "runbook_tui.practice.ctl"])
def test_the_lab_needs_neither_terminal_nor_git(module: str) -> None:
    code = (
        f"import sys, {module}; "
        "print([m for m in ('textual', 'git', 'yaml', 'msgspec', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
