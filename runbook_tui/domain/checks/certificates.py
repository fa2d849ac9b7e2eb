"""Certificates: chain, names, use, order, and whether they outlive the window."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from runbook_tui.domain.checks.base import CheckBase


class CertificatesCheck(CheckBase, frozen=True, kw_only=True, tag_field="kind", tag="certificates"):
    """Certificates: chain, names, use, order, and whether they outlive the window."""

    files: tuple[str, ...] = ()
    """PEM, DER, PKCS#7 or PKCS#12 files or bundles, folders or packages with them."""
    live: tuple[str, ...] = ()
    """`host:port` to look at over TLS."""
    trust: str | None = None
    """A bundle of trusted roots, or a folder or package with it; the system's where it is not
    given."""
    names: tuple[str, ...] = ()
    """DNS names or IP addresses that every leaf certificate must be for. Where none is given, one
    that is looked at live must be for the host asked."""
    uses: Literal["server", "client", "any"] = "server"
    """What leaf certificates in files are for; a live one is for a server."""
    key: str | None = None
    """The private key (PEM) that one of the leaf certificates must be for."""
    days: Annotated[int, Meta(ge=0, le=3650)] = 30
    """Days that it has to be valid beyond the end of the window."""
