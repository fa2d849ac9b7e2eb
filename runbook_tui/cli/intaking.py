"""Takes a package in: reads it once, runs every check of packages on it, says how far it is."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.cli import exits, say
from runbook_tui.domain.findings import CheckResult, Finding, Report
from runbook_tui.preflight.check import run_checks
from runbook_tui.preflight.checks import checksum, signatures
from runbook_tui.preflight.checks.checksum import find_checksum, normal_sha256
from runbook_tui.preflight.checks.signatures import find_signature
from runbook_tui.preflight.package.members import BadPackageError, Package
from runbook_tui.preflight.package.opening import open_package
from runbook_tui.preflight.registry import INTAKE

_TELL_EVERY = 1.0


class _Progress:
    """Says on stderr, where that is a terminal, how far the reading is."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _TELL_EVERY
        self._shown = sys.stderr.isatty()

    def __call__(self, members: int, size: int) -> None:
        if self._shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + _TELL_EVERY
            say.err(f"read {members:,} members, {size / 1024**2:,.0f} MiB")


def take_in(
    path: str, sha256: str | None = None, signature: str | None = None, keys: str | None = None
) -> Report:
    """The report about a package. Raises StopError where it is none or cannot be read."""
    wanted = normal_sha256(sha256) if sha256 is not None else None
    if sha256 is not None and wanted is None:
        raise exits.bad_input("--sha256 wants the 64 hexadecimal digits of a SHA-256")
    if (signature is None) != (keys is None):
        raise exits.bad_input("--signature and --keys belong together: whose signature counts?")
    try:
        package = open_package(Path(path), _Progress())
    except BadPackageError as error:
        raise exits.bad_input(f"{path}: {error}") from error
    except OSError as error:
        raise exits.bad_input(f"{path}: {error.strerror or error}") from error
    results = _expected(package, wanted, signature, keys)
    results += asyncio.run(run_checks(INTAKE, package))
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Report(target=path, digest=package.digest, at=at, checks=results)


def _expected(
    package: Package, sha256: str | None, signature: str | None, keys: str | None
) -> tuple[CheckResult, ...]:
    """Whether the package is the one whose checksum came another way, and who signed it."""
    results = []
    if sha256 is not None:
        results.append(_result(checksum.NAME, "Checksum", (find_checksum(package, sha256),), 0.0))
    began = time.monotonic()
    by, of = (Path(each) if each is not None else None for each in (signature, keys))
    found = tuple(find_signature(LocalTools(), Path(package.path), by, of))
    if found:
        took = round(time.monotonic() - began, 3)
        results.append(_result(signatures.NAME, "Signature", found, took))
    return tuple(results)


def _result(name: str, title: str, found: tuple[Finding, ...], took: float) -> CheckResult:
    ran = all(finding.severity != "unknown" for finding in found)
    return CheckResult(check=name, title=title, ran=ran, seconds=took, findings=found)
