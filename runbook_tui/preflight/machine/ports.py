"""Who listens on which TCP port: /proc/net/tcp and tcp6 (proc_pid_net(5)), and the processes.

A socket belongs to the process that has it open (``/proc/PID/fd/N -> socket:[INODE]``); of other
people's processes only root sees that. What is seen is this network namespace, no container's own.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runbook_tui.preflight.machine.texts import read

_LISTEN = "0A"
_SOCKET = re.compile(r"socket:\[(\d+)\]")


@dataclass(frozen=True)
class Listener:
    """A socket that listens."""

    address: str
    port: int
    inode: int


def listeners(root: Path) -> list[Listener]:
    """Every listening TCP socket. Raises OSError where /proc/net/tcp cannot be read."""
    found = list(_listening(read(root, "/proc/net/tcp")))
    with contextlib.suppress(FileNotFoundError):  # a kernel without IPv6
        found += _listening(read(root, "/proc/net/tcp6"))
    return found


def _listening(text: str) -> Iterator[Listener]:
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 10 or fields[3] != _LISTEN:
            continue
        address, _, port = fields[1].partition(":")
        yield Listener(_address(address), int(port, 16), int(fields[9]))


def _address(digits: str) -> str:
    """The kernel prints each 32 bits as a number in the machine's own byte order."""
    raw = bytes.fromhex(digits)
    if sys.byteorder == "little":
        raw = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
    return str(ipaddress.ip_address(raw))


def owners(root: Path, inodes: frozenset[int]) -> Iterator[tuple[int, str] | None]:
    """The inode, and ``name (PID)`` of each process that has one of these sockets open, as far as
    it can be seen; None between processes.
    """
    for pid in processes(root):
        yield None
        try:
            opened = list((root / "proc" / str(pid) / "fd").iterdir())
        except OSError:
            continue
        for path in opened:
            try:
                match = _SOCKET.fullmatch(str(path.readlink()))
            except OSError:
                continue
            if match and int(match[1]) in inodes:
                yield int(match[1]), f"{command(root, pid)} ({pid})"


def processes(root: Path) -> list[int]:
    """The processes that can be seen, by number. Raises OSError."""
    return sorted(int(each.name) for each in (root / "proc").iterdir() if each.name.isdigit())


def command(root: Path, pid: int) -> str:
    """What the kernel calls a process; it may have ended."""
    try:
        return read(root, f"/proc/{pid}/comm").strip() or "?"
    except OSError:
        return "?"
