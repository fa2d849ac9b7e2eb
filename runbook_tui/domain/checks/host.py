"""The machine: space, memory, ports, kernel, clock, time zone, pending restart."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from runbook_tui.domain.checks.base import CheckBase
from runbook_tui.domain.units import Duration

Port = Annotated[int, Meta(ge=1, le=65535)]


class HostCheck(CheckBase, frozen=True, kw_only=True, tag_field="kind", tag="host"):
    """The machine: space, memory, ports, kernel, clock, time zone, pending restart."""

    space: dict[str, str] = {}
    """Path to what has to be free there: 500M, 20G, 10%. K, M, G, T are powers of 1024."""
    package: str | None = None
    """A package whose unpacked size has to fit where `package-to` says."""
    package_to: str = "."
    """The folder that the package is unpacked to, or that it will be made in."""
    package_factor: Annotated[float, Meta(ge=1, le=100)] = 2.0
    """How many times its unpacked size has to be free: 2 is room for the new files and for a copy
    of the old ones."""
    inodes: dict[str, int] = {}
    """Path to how many files more have to fit there."""
    memory: str | None = None
    """What has to be available without swapping: 2G, or 10% of all memory."""
    free_ports: tuple[Port, ...] = ()
    """TCP ports that nobody may listen on."""
    used_ports: tuple[Port, ...] = ()
    """TCP ports that somebody must listen on, here."""
    kernel: str | None = None
    """The oldest kernel that will do: 5.10."""
    time_zone: str | None = None
    """The zone that the system must have: Europe/Berlin."""
    clock: str | None = None
    """An HTTP(S) URL whose Date header the clock is compared with."""
    clock_skew: Duration = "2s"
    """How far the clock may be off; below about 300 ms it cannot be told."""
    restart_pending: bool = True
    """Whether to warn of a restart that is pending."""
