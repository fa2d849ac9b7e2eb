"""A package as it lies there: checksums, signature, archive safety, what it will do."""

from __future__ import annotations

from runbook_tui.domain.checks.base import CheckBase


class PackageCheck(CheckBase, frozen=True, kw_only=True, tag_field="kind", tag="package"):
    """A package as it lies there: checksums, signature, archive safety, what it will do."""

    package: str
    """A zip, wheel, tar, deb or directory."""
    sha256: str | None = None
    """What its SHA-256 must be, from another source than the package."""
    signature: str | None = None
    """A signature apart from it: GPG (.asc, .sig, .gpg), SSH (`-----BEGIN SSH SIGNATURE-----`) or
    minisign (.minisig); of the package, or of a list of checksums that has it (`SHA256SUMS` beside
    `SHA256SUMS.asc`, or clearsigned)."""
    keys: str | None = None
    """Whose signature counts, no other: a GPG keyring or exported keys, an SSH allowed-signers
    file, or a minisign public key."""
