"""The machine: space, memory, ports, kernel, clock, time zone, pending restart."""

from __future__ import annotations

from runbook_tui.domain.checks.base import CheckBase
from runbook_tui.domain.units import Duration


class HostCheck(CheckBase, frozen=True, kw_only=True, tag_field="kind", tag="host"):
    """The machine: space, memory, ports, kernel, clock, time zone, pending restart."""

    space: dict[str, str] = {}
    """Path to what has to be free there: 500M, 20G, 10%."""
    package: str | None = None
    """A package whose unpacked size has to fit where `package-to` says."""
    package_to: str | None = None
    inodes: dict[str, int] = {}
    memory: str | None = None
    """What has to be available: 2G."""
    free_ports: tuple[int, ...] = ()
    """TCP ports that nobody may listen on."""
    used_ports: tuple[int, ...] = ()
    """TCP ports that somebody must listen on, here."""
    kernel: str | None = None
    """The oldest kernel that will do."""
    time_zone: str | None = None
    clock: str | None = None
    """An HTTP(S) URL whose Date header the clock is compared with."""
    clock_skew: Duration = "2s"
    restart_pending: bool = True
    """Whether to warn of a restart that is pending."""
