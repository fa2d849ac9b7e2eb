"""Certificates: chain, names, use, order, and whether they outlive the window."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from runbook_tui.domain.checks.base import CheckBase


class CertificatesCheck(CheckBase, frozen=True, kw_only=True, tag_field="kind", tag="certificates"):
    """Certificates: chain, names, use, order, and whether they outlive the window."""

    files: tuple[str, ...] = ()
    """PEM or DER files or bundles, or folders with them."""
    live: tuple[str, ...] = ()
    """`host:port` to look at over TLS."""
    trust: str | None = None
    """A bundle of trusted roots; the system's where it is not given."""
    names: tuple[str, ...] = ()
    """DNS names or IP addresses that a leaf certificate must be for."""
    days: Annotated[int, Meta(ge=0, le=3650)] = 30
    """Days that it has to be valid beyond the end of the window."""
