"""Signs that a machine, or what runs on it, waits for a restart.

- /run/reboot-required and /run/reboot-required.pkgs: Debian and Ubuntu packages that need one make
  them (update-notifier-common, unattended-upgrades); they go away with the restart.
- a newer kernel of the running one's flavour is installed (`kernel.newer`).
- processes still use libraries that were replaced: mapped files marked ``(deleted)`` in
  /proc/PID/maps (proc_pid_maps(5)), as needrestart(1) and checkrestart(1) look for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runbook_tui.preflight.machine.ports import command, processes
from runbook_tui.preflight.machine.texts import read

_MARKS = ("/run/reboot-required", "/var/run/reboot-required")
_LIBRARY = re.compile(r"(?:/usr)?/lib(?:32|64|x32)?/.*\.so(?:\.[\w.]+)?")
_DELETED = " (deleted)"
MOST_PACKAGES = 20


@dataclass(frozen=True)
class Stale:
    """A process that uses a replaced library."""

    pid: int
    name: str
    library: str


def asked_for(root: Path) -> tuple[str, tuple[str, ...]] | None:
    """The file that asks for a restart, and the packages that want it; None where none does.

    Raises OSError where the file is there and says nothing.
    """
    for mark in _MARKS:
        if (root / mark.lstrip("/")).exists():
            try:
                names = read(root, f"{mark}.pkgs").split()
            except FileNotFoundError:
                names = []
            return mark, tuple(dict.fromkeys(names))[:MOST_PACKAGES]
    return None


def stale(root: Path) -> Iterator[Stale | int | None]:
    """Processes that use replaced libraries, once each; then how many could not be looked into;
    None between processes. Raises OSError.
    """
    hidden = 0
    for pid in processes(root):
        yield None
        try:
            library = _replaced(read(root, f"/proc/{pid}/maps"))
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended
        except OSError:
            hidden += 1
            continue
        if library:
            yield Stale(pid, command(root, pid), library)
    yield hidden


def _replaced(maps: str) -> str:
    for line in maps.splitlines():
        if not line.endswith(_DELETED):
            continue
        fields = line.removesuffix(_DELETED).split(maxsplit=5)
        if len(fields) == 6 and _LIBRARY.fullmatch(fields[5]):
            return fields[5]
    return ""
