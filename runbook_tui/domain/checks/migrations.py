"""What a migration locks, for how long, and whether it can be taken back."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from runbook_tui.domain.checks.base import CheckBase


class MigrationsCheck(CheckBase, frozen=True, kw_only=True, tag_field="kind", tag="migrations"):
    """What a migration locks, for how long, and whether it can be taken back."""

    paths: Annotated[tuple[str, ...], Meta(min_length=1)]
    """Files, folders or packages: SQL, shell scripts with SQL in them, dbconfig files, Alembic and
    Django migrations."""
    dialect: Literal["postgresql", "mysql", "sqlite"] = "postgresql"
    """Files whose name or folder says that they are for another database are left out."""
    server: Annotated[str, Meta(pattern=r"^(\d+(\.\d+){0,2})?$")] = ""
    """The server's version, such as `15` or `8.0.28`; empty: the oldest that is supported (13 for
    PostgreSQL, 8.0.0 for MySQL)."""
    one_transaction: bool = False
    """Whether whatever runs the files puts each into a transaction (`psql -1`, Flyway). What
    Django, Alembic, goose and dbmate do is known."""
    schema: str | None = None
    """SQL file of the schema as it is now: it says the types, keys and indexes that locks depend
    on, and is what the scratch database gets first."""
    scratch: str | None = None
    """Connection string of a scratch PostgreSQL server to measure on. It must hold nothing else: a
    database of our own is made there and dropped again."""
