"""What a migration locks, for how long, and whether it can be taken back."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from runbook_tui.domain.checks.base import CheckBase


class MigrationsCheck(CheckBase, frozen=True, kw_only=True, tag_field="kind", tag="migrations"):
    """What a migration locks, for how long, and whether it can be taken back."""

    paths: Annotated[tuple[str, ...], Meta(min_length=1)]
    dialect: Literal["postgresql", "mysql", "sqlite"] = "postgresql"
    scratch: str | None = None
    """A scratch PostgreSQL to measure on, as a connection string; never one that matters."""
    schema: str | None = None
    """SQL that the scratch database gets before: the schema as it is now."""
