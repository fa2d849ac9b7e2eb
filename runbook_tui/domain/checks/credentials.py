"""Passwords, keys and tokens that stand in files."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from runbook_tui.domain.checks.base import CheckBase


class CredentialsCheck(CheckBase, frozen=True, kw_only=True, tag_field="kind", tag="credentials"):
    """Passwords, keys and tokens that stand in files. Values are never shown or kept: only what
    kind it is, where it stands, and a keyed hash.
    """

    paths: Annotated[tuple[str, ...], Meta(min_length=1)]
    """Folders, files or packages to look through."""
    baseline: str | None = None
    """A YAML file with the keyed hashes of those that are accepted, each with reason and owner."""
