"""Signed lists of checksums: what is signed is the list, and the package has to stand in it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from runbook_tui.preflight.signing.verdict import Verdict

LARGEST = 4 * 1024**2
"""Bytes of a list that are looked at."""
_SUM = re.compile(r"\b(?:[0-9a-fA-F]{128}|[0-9a-fA-F]{64})\b")


def held(verdict: Verdict, listed: bytes, package: Path) -> Verdict:
    """The verdict on a list's signature, for a package that the list has to name by its SHA-256 or
    SHA-512. Raises OSError.
    """
    if verdict.outcome not in ("good", "weak-digest"):
        return verdict
    sums = {each.lower() for each in _SUM.findall(listed[:LARGEST].decode("utf-8", "replace"))}
    if not sums:
        words = "is one of a text that lists no SHA-256"
    elif not sums & set(_digests(package)):
        words = "is one of a list in which this package's checksum does not stand"
    else:
        return verdict
    return Verdict("other-content", words, verdict.signer)


def list_of(signature: Path, package: Path) -> Path | None:
    """The list that a signature is of, where it is not the package's own: ``SHA256SUMS`` beside
    ``SHA256SUMS.asc``.
    """
    signed = signature.with_suffix("")
    if not signature.suffix or signed.name == package.name or not signed.is_file():
        return None
    return signed


def _digests(file: Path) -> tuple[str, ...]:
    hashes = (hashlib.sha256(), hashlib.sha512())
    with file.open("rb") as content:
        while chunk := content.read(1024**2):
            for each in hashes:
                each.update(chunk)
    return tuple(each.hexdigest() for each in hashes)
