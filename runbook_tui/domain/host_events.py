"""How a command ended on one of many hosts, as the log keeps it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from runbook_tui.domain.fleet import FleetResult, HostOutcome


class HostEnded(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The end on one host. All that it said is in the evidence."""

    host: str
    outcome: HostOutcome
    exit: int | None = None
    seconds: float = 0.0
    summary: str = ""
    unsure: bool = False
    """Whether it may have done its work, or may still be at it."""


def hosts_ended(result: FleetResult) -> tuple[HostEnded, ...]:
    """The results as events have them. `summary` is safe and redacted already."""
    unsure = set(result.unsure_hosts)
    return tuple(
        HostEnded(
            host=one.host,
            outcome=one.outcome,
            exit=one.exit,
            seconds=round(one.seconds, 3),
            summary=one.summary,
            unsure=one.host in unsure,
        )
        for one in result.results
    )


def not_well(hosts: Iterable[HostEnded]) -> tuple[str, ...]:
    """The hosts to try again."""
    return tuple(one.host for one in hosts if one.outcome != "ok")
