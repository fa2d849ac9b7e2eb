"""A command of yours: exit 0 passes, 1 warns, 2 inhibits; or findings as JSON on its output."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from runbook_tui.domain.checks.base import CheckBase
from runbook_tui.domain.runbook_model import Command


class CustomCheck(CheckBase, frozen=True, kw_only=True, tag_field="kind", tag="command"):
    """A command of yours: exit 0 passes, 1 warns, 2 inhibits; or findings as JSON on its output."""

    run: Command
    hosts: tuple[str, ...] = ()
    """Machines to run it on, over ssh; here where none is given."""
    batch: Annotated[int, Meta(ge=1, le=500)] = 32
    """Machines at once."""
