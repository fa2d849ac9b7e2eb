"""Whether ports are free that have to be, and served that have to be."""

from __future__ import annotations

from pathlib import Path

from runbook_tui.domain.checks.host import HostCheck
from runbook_tui.domain.findings import Evidence, Finding
from runbook_tui.domain.text import safe_line
from runbook_tui.preflight.machine.answers import NAME, SHOWN, Answers, Fine, not_known
from runbook_tui.preflight.machine.ports import Listener, listeners, owners
from runbook_tui.preflight.target import Target

_UNSEEN = "a process that cannot be seen from here"
_MOST = 8
"""Sockets of one port that are shown."""


def ports(target: Target[HostCheck], root: Path) -> Answers:
    """Each port that is asked about, with who listens on it."""
    config = target.config
    if not config.free_ports and not config.used_ports:
        return
    yield None
    try:
        open_now = listeners(root)
    except (OSError, ValueError) as error:
        yield not_known("ports-unknown", f"/proc/net/tcp cannot be read: {error}")
        return
    asked = {*config.free_ports, *config.used_ports}
    wanted = frozenset(each.inode for each in open_now if each.port in asked)
    names: dict[int, list[str]] = {}
    try:
        for owner in owners(root, wanted) if wanted else ():
            yield None
            if owner is not None:
                names.setdefault(owner[0], []).append(owner[1])
    except OSError:
        names = {}
    for port in dict.fromkeys(config.free_ports):
        here = [each for each in open_now if each.port == port]
        if here:
            who = _who(here, names)
            yield Finding(
                check=NAME, key="port-taken", severity="inhibitor", subject=f"tcp/{port}",
                title=f"Port {port} is not free: {who} listens on it",
                evidence=_evidence(here, names),
                remediation=f"Stop {who}, or give one of them another port.",
            )  # fmt: skip
        else:
            yield Fine(f"port {port} free")
    for port in dict.fromkeys(config.used_ports):
        here = [each for each in open_now if each.port == port]
        if here:
            yield Fine(f"{_who(here, names)} on port {port}")
        else:
            yield Finding(
                check=NAME, key="port-silent", severity="inhibitor", subject=f"tcp/{port}",
                title=f"Nobody listens on port {port}",
                evidence=(
                    Evidence(place="/proc/net/tcp", text=f"{len(open_now)} sockets listen"),
                ),
                remediation="Start what has to listen there, or correct the port.",
            )  # fmt: skip


def _who(here: list[Listener], names: dict[int, list[str]]) -> str:
    seen = dict.fromkeys(name for each in here for name in names.get(each.inode, ()))
    return safe_line(", ".join([*seen][:_MOST]), SHOWN) or _UNSEEN


def _evidence(here: list[Listener], names: dict[int, list[str]]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            place="/proc/net/tcp6" if ":" in each.address else "/proc/net/tcp",
            text=f"{each.address} port {each.port}: {_who([each], names)}",
        )
        for each in here[:_MOST]
    )
