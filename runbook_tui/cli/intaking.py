"""Takes a package in: reads it once, runs every check of packages on it, says how far it is."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from runbook_tui.cli import exits, say
from runbook_tui.domain.findings import CheckResult, Evidence, Finding, Report, unknown
from runbook_tui.preflight.check import run_checks
from runbook_tui.preflight.package.members import BadPackageError, Package
from runbook_tui.preflight.package.opening import open_package
from runbook_tui.preflight.registry import INTAKE

_TELL_EVERY = 1.0
_SHA256 = re.compile(r"[0-9a-f]{64}")


class _Progress:
    """Says on stderr, where that is a terminal, how far the reading is."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _TELL_EVERY
        self._shown = sys.stderr.isatty()

    def __call__(self, members: int, size: int) -> None:
        if self._shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + _TELL_EVERY
            say.err(f"read {members:,} members, {size / 1024**2:,.0f} MiB")


def take_in(path: str, sha256: str | None = None) -> Report:
    """The report about a package. Raises StopError where it is none or cannot be read."""
    if sha256 is not None and not _SHA256.fullmatch(sha256.strip().lower()):
        raise exits.bad_input("--sha256 wants the 64 hexadecimal digits of a SHA-256")
    try:
        package = open_package(Path(path), _Progress())
    except BadPackageError as error:
        raise exits.bad_input(f"{path}: {error}") from error
    except OSError as error:
        raise exits.bad_input(f"{path}: {error.strerror or error}") from error
    results = asyncio.run(run_checks(INTAKE, package))
    if sha256 is not None:
        results = (_compared(package, sha256.strip().lower()), *results)
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Report(target=path, digest=package.digest, at=at, checks=results)


def _compared(package: Package, wanted: str) -> CheckResult:
    """Whether the package is the one whose checksum came another way."""
    same, is_folder = package.digest == wanted, package.format == "directory"
    if is_folder:
        found = unknown("checksum", "A directory has no checksum of its own to compare with")
    elif same:
        found = Finding(
            check="checksum", key="package", severity="pass",
            title="The package has the checksum that was given",
        )  # fmt: skip
    else:
        found = Finding(
            check="checksum", key="package", severity="inhibitor",
            title=f"It is another package: SHA-256 {package.digest[:12]}…, not {wanted[:12]}…",
            evidence=(Evidence(place=package.path, text=package.digest),),
            remediation="Get it again; if it stays so, ask who gave you the checksum.",
        )  # fmt: skip
    return CheckResult(
        check="checksum", title="Checksum", ran=not is_folder, seconds=0.0, findings=(found,)
    )
