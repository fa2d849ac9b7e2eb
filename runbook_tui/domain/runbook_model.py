"""What the parts of a runbook and its checks have in common: the base, and a command."""

from __future__ import annotations

from msgspec import Struct

from runbook_tui.domain.units import Duration


class Model(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """Base of every part of a runbook."""


class Command(Model, frozen=True, kw_only=True):
    """A program to run: `argv`, or `shell` where the runbook says so, never both."""

    argv: tuple[str, ...] = ()
    shell: str | None = None
    cwd: str | None = None
    """Working folder, relative to the runbook's own folder."""
    env: dict[str, str] = {}
    timeout: Duration = "10m"
    host: str | None = None
    """A host to run on over ssh; here where it is not given."""
