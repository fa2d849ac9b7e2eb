"""What looking at a signature comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal[
    "good", "bad", "unknown-key", "expired-key", "revoked-key", "expired-signature", "weak-digest",
    "other-purpose", "other-content", "not-checkable",
]  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """One signature. `words`: what a person is told, a clause without its subject."""

    outcome: Outcome
    words: str
    signer: str = ""
    """The key's fingerprint, with the name it is listed under: what a waiver or an audit names."""
    remark: str = ""
    """What the signature itself says that is signed along: minisign's trusted comment."""


def not_checkable(words: str) -> Verdict:
    """It was not looked at to the end: never good, and not known to be bad."""
    return Verdict("not-checkable", words)
