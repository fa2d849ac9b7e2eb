"""Hosts that scripts, configuration, units and SQL talk to, against a list of those allowed."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from runbook_tui.domain.checks.base import CheckBase
from runbook_tui.domain.units import Duration


class EndpointsCheck(CheckBase, frozen=True, kw_only=True, tag_field="kind", tag="endpoints"):
    """Hosts that scripts, configuration, units and SQL talk to, against a list of those allowed."""

    paths: Annotated[tuple[str, ...], Meta(min_length=1)]
    """Folders, files or packages to look through."""
    allow: tuple[str, ...] = ()
    """Hosts, `host:port`, `*.domain` or CIDR networks that are known and wanted."""
    redirect: dict[str, str] = {}
    """What to propose instead of a host or `host:port`."""
    probe: bool = False
    """Whether to try to connect to what was found. Without it nothing is connected to."""
    probe_timeout: Duration = "3s"
    """The longest that one connection may take to be made."""
