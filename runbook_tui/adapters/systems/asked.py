"""Programs that a system is asked by, and what they say when they do not answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.adapters.systems.base import NotAskedError, NotPutBackError
from runbook_tui.domain.redact import redact
from runbook_tui.domain.systems.base import SystemBase
from runbook_tui.domain.text import safe_line
from runbook_tui.domain.units import seconds
from runbook_tui.preflight.ports import Answer

PLAIN = {"LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": "", "PYTHONPATH": ""}
SHARE = 0.8
"""Of the time for all: a program that hangs is ended by us, not left behind when we are."""


def limit(config: SystemBase) -> float:
    """Seconds that one program may take."""
    return seconds(config.timeout) * SHARE


def said(answer: Answer, argv: Sequence[str]) -> str:
    """Why a program has no answer, in one line without secrets."""
    if answer.trouble:
        return safe_line(redact(answer.trouble), 200)
    if answer.cut:
        return f"{argv[0]} says more than is kept of it"
    lines = (answer.err or answer.out).decode("utf-8", "replace").strip().split("\n")
    found = next((line for line in lines if "error" in line.lower()), lines[-1])
    return safe_line(redact(found), 200) or f"{argv[0]} ended with {answer.exit}"


def asked(
    argv: Sequence[str],
    within: float,
    env: Mapping[str, str] | None = None,
    *,
    cwd: Path | None = None,
) -> str:
    """What a program answers. Raises NotAskedError where it does not."""
    answer = LocalTools().run(argv, env={**PLAIN, **(env or {})}, limit=within, cwd=cwd)
    if answer.exit != 0 or answer.cut:
        raise NotAskedError(said(answer, argv))
    return answer.out.decode("utf-8", "replace")


def done(
    argv: Sequence[str],
    within: float,
    env: Mapping[str, str] | None = None,
    *,
    cwd: Path | None = None,
) -> None:
    """Has a program do something. Raises NotPutBackError where it does not."""
    answer = LocalTools().run(argv, env={**PLAIN, **(env or {})}, limit=within, cwd=cwd)
    if answer.exit != 0:
        raise NotPutBackError(said(answer, argv))
