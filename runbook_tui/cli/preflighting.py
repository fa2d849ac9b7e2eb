"""Runs the checks of a runbook that nobody is running: reads it, asks for trust, reports."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches

import msgspec

from runbook_tui.cli import exits, logfile, say, values, wiring
from runbook_tui.cli.inspection import LocalInspector
from runbook_tui.cli.reading import load_sound
from runbook_tui.domain.checks.placed import placed
from runbook_tui.domain.findings import CheckResult, Report
from runbook_tui.domain.inspecting import Looked, Surroundings, Wanted
from runbook_tui.domain.kept_findings import kept_finding, told_apart
from runbook_tui.domain.parameters import resolve
from runbook_tui.domain.redact import Redactor
from runbook_tui.domain.runbook import Runbook
from runbook_tui.domain.schedule.window import resolved


def look(runbook: str, given: Sequence[str], only: Sequence[str]) -> Report:
    """The report of a runbook's checks. Raises StopError, RunbookError, CannotOpenError."""
    path, loaded, _ = load_sound(runbook)
    book = loaded.runbook
    names = _named(book, only)
    if not wiring.trust_store().trusts(loaded.digest):
        raise exits.the_answer_is_no(
            f"this exact runbook ({loaded.digest[:12]}) is not trusted on this machine",
            f"look at its commands first: runbook-tui trust {runbook}",
        )
    known = values.given_values(book, given)
    secrets = values.take_secrets(values.secret_names(book))
    logfile.never_write(secrets)
    taken, problems = resolve(book, {**known, **secrets})
    if problems:
        hint = "give each with -p NAME=VALUE, secrets as RB_NAME in the environment"
        raise exits.bad_input("\n".join(problems), hint)
    hidden = {n: v for n, v in taken.items() if book.parameters[n].type == "secret"}
    plain = {n: v for n, v in taken.items() if n not in hidden}
    wanted = [Wanted(name, placed(book.checks[name], plain, hidden)) for name in names]
    now = datetime.now(UTC)
    around = Surroundings(str(path.resolve().parent), now, _window(book, now), hidden)
    looked = asyncio.run(_look(wanted, around))
    results = tuple(_cleaned(looked[name].result, hidden) for name in names if name in looked)
    whole = hashlib.sha256("".join(looked[n].digest for n in names if n in looked).encode())
    at = now.isoformat(timespec="seconds").replace("+00:00", "Z")
    return Report(target=str(path), digest=whole.hexdigest(), at=at, checks=results)


def _named(book: Runbook, only: Sequence[str]) -> tuple[str, ...]:
    """The checks to run. Raises StopError (2) for a name that is none."""
    for name in only:
        if name not in book.checks:
            near = get_close_matches(name, list(book.checks), n=1)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(book.checks)}"
            raise exits.bad_input(f"the runbook has no check {name!r}", hint if book.checks else "")
    if not book.checks:
        raise exits.bad_input(
            "the runbook has no checks", "name what to look at under `checks:`, see its format"
        )
    return tuple(only) or tuple(book.checks)


def _window(book: Runbook, now: datetime) -> tuple[datetime, datetime] | None:
    if book.window is None:
        return None
    window = resolved(book.window, now)
    return window.start, window.end


async def _look(wanted: Sequence[Wanted], around: Surroundings) -> dict[str, Looked]:
    found: dict[str, Looked] = {}
    shown = sys.stderr.isatty()

    def done(looked: Looked) -> None:
        found[looked.name] = looked
        if shown:
            say.err(f"{looked.name}: {looked.result.worst} ({looked.result.seconds:.1f} s)")

    def tell(name: str, words: str) -> None:
        if shown:
            say.err(f"{name}: {words}")

    await LocalInspector().look(wanted, around, done, tell)
    return found


def _cleaned(result: CheckResult, secrets: dict[str, str]) -> CheckResult:
    """What is printed is redacted as what is logged is: it ends up in the logs of a CI."""
    redactor = Redactor(secrets)
    kept = told_apart([kept_finding(each, redactor) for each in result.findings])
    findings = tuple(each.finding for each in kept)
    return msgspec.structs.replace(result, findings=findings)
