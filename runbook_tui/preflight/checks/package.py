"""A package in a runbook: every check of the intake on it, its checksum, and who signed it.

A finding keeps the name of the check that made it in its key: ``archive-safety.path-traversal``.
What it is about, and where it was seen, begin with the package's name.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from runbook_tui.domain.checks.package import PackageCheck
from runbook_tui.domain.findings import ASK_SOMEBODY, Evidence, Finding, unknown
from runbook_tui.domain.text import safe_line
from runbook_tui.domain.units import seconds
from runbook_tui.preflight.check import Check
from runbook_tui.preflight.checks.checksum import find_checksum, normal_sha256
from runbook_tui.preflight.checks.signatures import find_signature
from runbook_tui.preflight.package.members import BadPackageError, Package
from runbook_tui.preflight.package.opening import open_package
from runbook_tui.preflight.registry import INTAKE
from runbook_tui.preflight.target import Target

NAME = "package"
_TELL_EVERY = 1.0


def find(target: Target[PackageCheck]) -> Iterator[Finding | None]:
    """What the intake says about it, with what was expected of it."""
    config = target.config
    path = target.path(config.package)
    reading = _Reading(path, seconds(config.timeout), target)
    yield from reading.wait()
    if reading.package is None:
        yield unknown(NAME, f"{safe_line(config.package)}: {reading.trouble}", "not-read")
        return
    package, quiet = reading.package, True
    for finding in _all(target, path, package):
        if finding is None:
            yield None
            continue
        quiet = quiet and finding.severity not in ASK_SOMEBODY
        yield _labelled(finding, package, config.package)
    if quiet:
        yield Finding(
            check=NAME, key="fine", severity="pass", subject=path.name,
            title=f"{safe_line(path.name)}: {len(package.files()):,} files, nothing to look at",
            evidence=(Evidence(place=safe_line(config.package), text=package.digest),),
        )  # fmt: skip


def _all(target: Target[PackageCheck], path: Path, package: Package) -> Iterator[Finding | None]:
    config = target.config
    if config.sha256 is not None:
        wanted = normal_sha256(config.sha256)
        if wanted is None:
            yield unknown("checksum", "sha256 wants the 64 hexadecimal digits of a SHA-256")
        else:
            yield find_checksum(package, wanted)
    signature = target.path(config.signature) if config.signature else None
    keys = target.path(config.keys) if config.keys else None
    yield None
    yield from find_signature(target.tools, path, signature, keys)
    for check in INTAKE:
        try:
            yield from check.find(package)
        except Exception as error:  # noqa: BLE001 - the others still have something to say
            yield unknown(check.name, f"{check.title}: failed with {type(error).__name__}: {error}")


def _labelled(finding: Finding, package: Package, label: str) -> Finding:
    name = Path(label).name
    join = "/" if package.format == "directory" else "!"
    places = {member.path for member in package.members}

    def placed(each: Evidence) -> Evidence:
        place = each.place
        if place in places:
            place = f"{label}{join}{place}"
        elif place in ("", "the package", package.path):
            place = label
        return Evidence(place=safe_line(place), line=each.line, text=safe_line(each.text, 300))

    inside = "" if finding.subject in ("", name, "the package") else join + finding.subject
    return msgspec.structs.replace(
        finding, check=NAME, key=f"{finding.check}.{finding.key}", subject=safe_line(name + inside),
        title=safe_line(finding.title, 300),
        evidence=tuple(placed(each) for each in finding.evidence),
    )  # fmt: skip


class _EndedError(Exception):
    pass


class _Reading:
    """Reads a package beside the check, so that the check can be ended meanwhile."""

    def __init__(self, path: Path, limit: float, target: Target[PackageCheck]) -> None:
        self.package: Package | None = None
        self.trouble = ""
        self._path, self._limit, self._tell = path, limit, target.tell
        self._ended = threading.Event()
        self._began = self._told = time.monotonic()

    def wait(self) -> Iterator[None]:
        """Until it is read, or the check is ended."""
        thread = threading.Thread(target=self._read, daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                thread.join(0.1)
                yield None
        finally:
            self._ended.set()
            thread.join()

    def _read(self) -> None:
        try:
            self.package = open_package(self._path, self._progress)
        except (BadPackageError, _EndedError) as error:
            self.trouble = safe_line(str(error), 200)
        except OSError as error:
            self.trouble = error.strerror or str(error)
        except Exception as error:  # noqa: BLE001 - told by the check, which waits for it
            self.trouble = f"cannot be read: {type(error).__name__}: {safe_line(str(error), 160)}"

    def _progress(self, members: int, size: int) -> None:
        now = time.monotonic()
        if self._ended.is_set():
            raise _EndedError("not read to its end: it was ended")
        if now - self._began > self._limit:
            raise _EndedError(f"not read to its end: it took longer than {self._limit:g} s")
        if now - self._told > _TELL_EVERY:
            self._told = now
            self._tell(f"{members:,} members, {size / 1024**2:,.0f} MiB")


CHECK: Check[Target[PackageCheck]] = Check(NAME, "Package", find)
