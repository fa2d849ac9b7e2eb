"""The lab's own times: its copy of the runbook differs from the bundled one in these, nothing else.

A real window has an hour, and people take minutes to write to customers. Whoever practises wants
to see the same evening in ten. So the steps of people and the window are shorter here. What the
vendor says about the migration stays as it is, and is as wrong here as everywhere: the lab's table
is five times as large as the vendor's.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from pathlib import Path

from runbook_tui.practice.layout import replace_text

WINDOW = timedelta(minutes=20)
RESERVE = "2m"
_READ = "{best: 1s, likely: 20s, worst: 2m}"
_BEFORE = "{best: 1s, likely: 4s, worst: 1m}"
"""Wide, so that the pace of whoever practises says little: the migration is what is late."""
SHORTER = {
    "verify-package": _READ,
    "read-package": _READ,
    "package-verdict": _READ,
    "inventory": _READ,
    "working-copy": _READ,
    "preflight-checks": _READ,
    "trust-chain": _READ,
    "convert-config": _READ,
    "rehearse-migration": _READ,
    "baseline": _READ,
    "go-no-go": _READ,
    "announce-start": _READ,
    "steady": _READ,
    "snapshot": _BEFORE,
    "stage-release": _BEFORE,
    "disable-job": _BEFORE,
    "switch-release": "{best: 2s, likely: 5s, worst: 30s}",
    "flag-on": "{best: 2s, likely: 5s, worst: 30s}",
    "register-webhook": "{best: 3s, likely: 8s, worst: 30s}",
    "healthy": "{best: 10s, likely: 25s, worst: 1m}",
    "smoke-test": "{best: 3s, likely: 8s, worst: 30s}",
    "backoff": "{best: 10s, likely: 20s, worst: 45s}",
    "second-look": "{best: 10s, likely: 20s, worst: 1m}",
    "residue": "{best: 3s, likely: 8s, worst: 30s}",
    "announce-done": "{best: 5s, likely: 10s, worst: 30s}",
    "hand-over": "{best: 10s, likely: 20s, worst: 45s}",
}
"""Estimates by step."""
SOAK = {"watch": "30s"}
TIMERS = {"backoff": "1m"}
_AT = r"\d\d:\d\d:\d\dZ"
_STEP = re.compile(r"  - id: (\S+)")
_TIME = re.compile(r"    (estimate|soak|timer): ")


def keep_lab_time(runbook: Path, now: datetime) -> None:
    """Gives a fresh copy of the bundled runbook the lab's times, with a window that begins now."""
    for file in sorted((runbook.parent / "phases").glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        replace_text(file, "".join(_shorter(text)))
    text = runbook.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^  reserve: .*$", f"  reserve: {RESERVE}", text, count=1)
    replace_text(runbook, _opened(text, now))


def reopen(runbook: Path, now: datetime) -> bool:
    """Lets the window of a lab in which nothing was begun start again, once a good part of it has
    gone by: its clocks are to run while somebody practises. One that a person wrote stays. Tells
    whether the file is another one now."""
    text = runbook.read_text(encoding="utf-8")
    found = re.search(rf"(?m)^  start: ({_AT})\n  end: ({_AT})$", text)
    if found is None:
        return False
    start = datetime.combine(now.date(), time.fromisoformat(found[1][:-1]), now.tzinfo)
    gone = (now - start) % timedelta(days=1)
    if f"{start + WINDOW:%H:%M:%SZ}" != found[2] or gone <= WINDOW / 4:
        return False
    replace_text(runbook, _opened(text, now))
    return True


def _opened(text: str, now: datetime) -> str:
    text = re.sub(r"(?m)^  start: .*$", f"  start: {now:%H:%M:%S}Z", text, count=1)
    return re.sub(r"(?m)^  end: .*$", f"  end: {now + WINDOW:%H:%M:%S}Z", text, count=1)


def _shorter(text: str) -> list[str]:
    step, lines = "", []
    for line in text.splitlines(keepends=True):
        if begins := _STEP.match(line):
            step = begins[1]
        if told := _TIME.match(line):
            table = {"estimate": SHORTER, "soak": SOAK, "timer": TIMERS}[told[1]]
            if step in table:
                line = f"    {told[1]}: {table[step]}\n"
        lines.append(line)
    return lines
