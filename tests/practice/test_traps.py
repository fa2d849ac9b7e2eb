"""Intake and preflight on the real package and the running lab: every trap of the story, with its
place; then two remedies, one waiver, and an open gate. In the terminal's place: the command line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from practice.driving import Operator
from runbook_tui.practice import lab as practice
from runbook_tui.practice.lab import Lab

ENOUGH = 60_000
"""Orders: more than the vendor measured with."""
ZIP = "Full-upgrade-package-dten.zip!dten-5.0/"
JOB = ZIP + "cron/orders-export:3"
PUSH = ZIP + "scripts/push-export.sh:"
FEATURES = ZIP + "scripts/enable-features.sh:"
TRAPS = {
    "the 03:00 job": ("package-jobs", "job-unannounced|job-due", JOB),
    "the job, as intake tells it": ("package", "planned-actions.job", JOB),
    "the retired host": ("package-hosts", "redirect|old-endpoint", PUSH + "3"),
    "the password": ("package-secrets", "password", PUSH + "5"),
    "the renamed unit": ("package-units", "unit-renamed", ZIP + "scripts/install.sh:20"),
    "no lock": (
        "package-sql", "copy-and-rename-without-lock", ZIP + "migrations/0050_amount_cents.sql:2",
    ),
    "the rotated CA": ("package-chain", "no-chain|rotated-root|untrusted-root", "127.0.0.1:"),
    "a key that is gone": ("keys-in-use", "removed", "etc/orders.ini:"),
    "a key that is renamed": ("keys-in-use", "renamed", "etc/orders.ini:"),
    "checks that are switched off": ("package", "planned-actions.", FEATURES + "9"),
    "a webhook": ("package", "planned-actions.host", FEATURES + "8"),
    "the vendor's figure": ("figure", "exit", ""),
}  # fmt: skip


@pytest.fixture
def big_lab(tmp_path: Path) -> Iterator[Lab]:
    lab = practice.build(tmp_path / "lab", ENOUGH)
    lab.start()
    yield lab
    lab.stop()


class Desk:
    """Somebody who works with the command line alone, as a script would."""

    def __init__(self, lab: Lab, home: Path) -> None:
        self.lab = lab
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "RB_"))},
            "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "GIT_AUTHOR_NAME": "alice",
            "GIT_AUTHOR_EMAIL": "alice@example.org", "GIT_COMMITTER_NAME": "alice",
            "GIT_COMMITTER_EMAIL": "alice@example.org",
            "RB_PARTNER_TOKEN": lab.parameters["partner_token"],
        }  # fmt: skip

    def call(self, *words: str, stdin: str | None = None, code: int | None = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "runbook_tui", *words],
            cwd=self.lab.root, env=self.env, input=stdin, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        assert code is None or done.returncode == code, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    @property
    def given(self) -> list[str]:
        plain = {k: v for k, v in self.lab.parameters.items() if k != "partner_token"}
        return [word for k, v in plain.items() for word in ("-p", f"{k}={v}")]

    def trust(self) -> None:
        shown = self.call("trust", str(self.lab.runbook), "--show")
        digest = next(x.split()[1] for x in shown.splitlines() if x.startswith("content "))
        self.call("trust", str(self.lab.runbook), "--digest", digest)

    def status(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.call("status", "@last", "--json"))
        return answer

    def decide(self, *words: str, code: int | None = 0) -> str:
        return self.call("decide", "@last", *words, code=code)


@pytest.fixture
def desk(big_lab: Lab, tmp_path: Path) -> Desk:
    home = tmp_path / "home"
    home.mkdir()
    desk = Desk(big_lab, home)
    desk.trust()
    return desk


def seen(report: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Check, key, place, severity of every piece of evidence."""
    return [
        (
            check["check"],
            finding["key"],
            f"{each['place']}:{each.get('line', 0)}",
            finding["severity"],
        )
        for check in report["checks"]
        for finding in check["findings"]
        for each in finding["evidence"] or [{"place": ""}]
    ]


@pytest.mark.timeout(240)
def test_every_trap_of_the_story_is_found_with_its_place(desk: Desk) -> None:
    Operator(desk.lab).ctl("package", "unpack")
    report = json.loads(
        desk.call("preflight", str(desk.lab.runbook), *desk.given, "--json", code=1)
    )
    found = seen(report)
    for trap, (check, keys, place) in TRAPS.items():
        hits = [
            f for f in found
            if f[0] == check and any(f[1].startswith(k) for k in keys.split("|")) and place in f[2]
        ]  # fmt: skip
        assert hits, f"{trap}: {[f for f in found if f[0] == check]}"
        assert {f[3] for f in hits} & {"inhibitor", "high", "warning"}, trap
    assert report["closes_the_gate"] is True
    text = json.dumps(report)
    assert "Quarry-58" not in text
    assert desk.lab.parameters["partner_token"] not in text


@pytest.mark.timeout(240)
def test_job_off_host_redirected_one_warning_waived_and_the_gate_opens(desk: Desk) -> None:
    lab = desk.lab
    desk.call("run", str(lab.runbook), *desk.given, "--plain", "--as", "alice", stdin="quit\n")
    decide = desk.decide
    # To the preflight step as a script would; what is not its business here is skipped.
    for step in ("verify-package", "read-package", "package-verdict", "inventory", "baseline"):
        decide(step, "skip", "--reason", "not what is tried here")
    for step in ("trust-chain", "convert-config", "rehearse-migration", "working-copy"):
        decide(step, "run")
        if step == "rehearse-migration":
            decide(step, "observe", "--observed", "12")
        decide(step, "done")
    decide("preflight-checks", "check")
    findings = {f["check"]: f for f in desk.status()["findings"] if f["step"] == "preflight-checks"}
    assert set(findings) == {"jobs", "hosts", "chain"}, findings
    assert findings["chain"]["severity"] == "warning"
    for name in ("jobs", "hosts"):
        assert findings[name]["remedy"], findings[name]
        decide("preflight-checks", "remedy", "--finding", findings[name]["fingerprint"])
    assert "\n# 0 3 * * *" in (lab.layout.staging / "cron" / "orders-export").read_text()
    script = (lab.layout.staging / "scripts" / "push-export.sh").read_text()
    assert "SFTP_HOST=sftp-gateway.dten.example" in script
    decide("preflight-checks", "done")
    for item in ("parts", "chain", "keys", "lock", "baseline", "people"):
        decide("go-no-go", "tick", "--item", item)
    assert list(desk.status()["gates"]) == ["go-no-go"]
    decide("go-no-go", "go", code=1)
    decide(
        "preflight-checks", "waive", "--finding", findings["chain"]["fingerprint"],
        "--until", "2d", "--owner", "bob", "--reason", "our bundle has it; the partner is told",
    )  # fmt: skip
    status = desk.status()
    ledger = {entry["check"]: entry for entry in status["ledger"]}
    assert ledger["jobs"]["effect"] == "cron"
    assert "take '# ' from the line" in ledger["jobs"]["compensation"]
    assert "sftp-gateway.dten.example becomes sftp-legacy" in ledger["hosts"]["compensation"]
    assert status["gates"] == {}
    assert [f["open"] for f in status["findings"] if f["step"] == "preflight-checks"] == [False]
    decide("go-no-go", "go")
    step = next(s for s in desk.status()["steps"] if s["id"] == "go-no-go")
    assert step["status"] == "done"
    story = " ".join(desk.call("log", "@last").split())
    for words in ("remedies jobs", "remedies hosts", "waives", "says GO at go-no-go"):
        assert words in story
