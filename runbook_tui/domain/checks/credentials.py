"""Passwords, keys and tokens that stand in files."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from runbook_tui.domain.checks.base import CheckBase


class CredentialsCheck(CheckBase, frozen=True, kw_only=True, tag_field="kind", tag="credentials"):
    """Passwords, keys and tokens that stand in files."""

    paths: Annotated[tuple[str, ...], Meta(min_length=1)]
    baseline: str | None = None
    """A file with the keyed hashes of those that are accepted."""
