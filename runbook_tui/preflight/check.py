"""A check, and how checks are run: side by side, each with a limit, each ended when asked to.

A check is a function that yields what it finds. It is ended between two findings, so one that
looks at much yields `None` now and then.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from runbook_tui.domain.findings import CheckResult, Finding, unknown

Subject = TypeVar("Subject")
AT_ONCE = 4
"""Checks that run at the same time."""


@dataclass(frozen=True)
class Check(Generic[Subject]):
    """One check. `find`: yields findings, or None to say that it is still at it."""

    name: str
    title: str
    find: Callable[[Subject], Iterable[Finding | None]]
    limit: float = 120.0
    """Seconds."""


class EndedError(Exception):
    """The check was ended before it had seen everything."""


async def run_checks(
    checks: Sequence[Check[Subject]],
    subject: Subject,
    done: Callable[[CheckResult], None] = lambda _result: None,
    ended: threading.Event | None = None,
) -> tuple[CheckResult, ...]:
    """Runs checks side by side; their results in the order given. `done` is told of each.

    Cancelled, it sets `ended`, by which those that run know, and waits for them: nothing is left
    behind.
    """
    room = asyncio.Semaphore(AT_ONCE)
    ended = ended or threading.Event()

    async def one(check: Check[Subject]) -> CheckResult:
        async with room:
            result = await asyncio.to_thread(run_check, check, subject, ended)
        done(result)
        return result

    tasks = [asyncio.ensure_future(one(check)) for check in checks]
    try:
        return tuple(await asyncio.gather(*tasks))
    finally:
        ended.set()
        await asyncio.gather(*tasks, return_exceptions=True)


def run_check(
    check: Check[Subject], subject: Subject, ended: threading.Event | None = None
) -> CheckResult:
    """Runs one check to its end or its limit. What it fails of becomes an unknown finding: a check
    that could not run has passed nothing.
    """
    began = time.monotonic()
    found: list[Finding] = []
    ran = False
    try:
        for finding in check.find(subject):
            if finding is not None:
                found.append(finding)
            if ended is not None and ended.is_set():
                raise EndedError("it was cancelled")
            if time.monotonic() - began > check.limit:
                raise EndedError(f"it took longer than {check.limit:.0f} s")
        ran = True
    except EndedError as error:
        found.append(unknown(check.name, f"{check.title}: not finished, {error}", "not-finished"))
    except Exception as error:  # noqa: BLE001 - whatever it is, the check has not passed
        why = f"{check.title}: failed with {type(error).__name__}: {error}"
        found.append(unknown(check.name, why))
    return CheckResult(
        check=check.name,
        title=check.title,
        ran=ran,
        seconds=round(time.monotonic() - began, 3),
        findings=tuple(found),
    )
