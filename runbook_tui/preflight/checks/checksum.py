"""Checksum: whether a package is the one whose SHA-256 came another way. Not a check by itself: the
command `intake` and the check `package` share it.
"""

from __future__ import annotations

import re

from runbook_tui.domain.findings import Evidence, Finding, unknown
from runbook_tui.preflight.package.members import Package

NAME = "checksum"
_SHA256 = re.compile(r"[0-9a-f]{64}")


def normal_sha256(text: str) -> str | None:
    """A SHA-256 in small letters; None where the text is none."""
    digest = text.strip().lower()
    return digest if _SHA256.fullmatch(digest) else None


def find_checksum(package: Package, wanted: str) -> Finding:
    """Holds a package against a `normal_sha256`."""
    if package.format == "directory":
        return unknown(NAME, "A directory has no checksum of its own to compare with")
    if package.digest == wanted:
        return Finding(
            check=NAME, key="package", severity="pass",
            title="The package has the checksum that was given",
        )  # fmt: skip
    return Finding(
        check=NAME, key="package", severity="inhibitor",
        title=f"It is another package: SHA-256 {package.digest[:12]}…, not {wanted[:12]}…",
        evidence=(Evidence(place=package.path, text=package.digest),),
        remediation="Get it again; if it stays so, ask who gave you the checksum.",
    )  # fmt: skip
