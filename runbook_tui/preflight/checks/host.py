"""The machine that this runs on: space, memory, ports, kernel, clock, time zone, restarts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from runbook_tui.domain.checks.host import HostCheck
from runbook_tui.domain.findings import Finding
from runbook_tui.preflight.check import Check
from runbook_tui.preflight.machine import room, sockets, system
from runbook_tui.preflight.machine.answers import NAME, Fine, not_known
from runbook_tui.preflight.target import Target

_ROOT = Path("/")
_LOOKS = (
    room.space,
    room.package_fits,
    room.memory_available,
    sockets.ports,
    system.kernel,
    system.clock,
    system.time_zone,
    system.restart_pending,
)


def find(target: Target[HostCheck]) -> Iterator[Finding | None]:
    """What is not as the runbook needs it; where all is, what was looked at."""
    yield from look(target, _ROOT)


def look(target: Target[HostCheck], root: Path) -> Iterator[Finding | None]:
    """The same, with /proc, /etc, /run, /boot, /lib and /usr below `root`."""
    fine: list[str] = []
    passed = True
    for each in _LOOKS:
        for answer in each(target, root):
            if isinstance(answer, Fine):
                fine.append(answer.words)
                continue
            passed = passed and (answer is None or answer.severity == "info")
            yield answer
    if passed and fine:
        title = "The machine is as needed: " + ", ".join(fine)
        yield Finding(check=NAME, key="host", severity="pass", title=title)
    elif passed:
        yield not_known("nothing-asked", "Nothing is asked of the machine")


CHECK: Check[Target[HostCheck]] = Check(NAME, "Host", find)
