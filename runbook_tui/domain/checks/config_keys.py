"""Configuration keys that the new version deprecates, removes, renames or reads otherwise."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from runbook_tui.domain.checks.base import CheckBase


class ConfigKeysCheck(CheckBase, frozen=True, kw_only=True, tag_field="kind", tag="config-keys"):
    """Configuration keys that the new version deprecates, removes, renames or reads otherwise."""

    matrix: str
    """The key matrix: a YAML file, or the name of one that comes with the program."""
    paths: Annotated[tuple[str, ...], Meta(min_length=1)]
    """Files, folders or packages to look through."""
    from_: str | None = field(default=None, name="from")
    """The version that runs now; keys that were gone before it are still found."""
    to: str
    """The version to reach."""
