"""Other clocks for the real program: simulated ones that move while it runs, and the kernel's own
in a time namespace, where another boot can be had too."""

from __future__ import annotations

import mmap
import os
import shutil
import struct
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

_SOURCE = Path(__file__).with_name("odd_clock.c")
_BOOT_ID = "/proc/sys/kernel/random/boot_id"


class SimulatedClock:
    """The wall clock and the boot-time clock of every program started with its environment."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("needs a C compiler, for clocks that can be set")
        library, offsets = folder / "odd_clock.so", folder / "odd_clock"
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, _SOURCE], check=True)
        offsets.write_bytes(bytes(16))
        with offsets.open("r+b") as file:
            self._offsets = mmap.mmap(file.fileno(), 16)
        self.env = {"LD_PRELOAD": str(library), "ODD_CLOCK": str(offsets)}
        self._wall = self._boot = 0.0

    def now(self) -> datetime:
        """What the wall clock says there."""
        return datetime.now(UTC) + timedelta(seconds=self._wall)

    def _move(self, wall: float, boot: float) -> None:
        self._wall, self._boot = self._wall + wall, self._boot + boot
        self._offsets[:] = struct.pack("qq", *(round(s * 1e9) for s in (self._wall, self._boot)))

    def sleeps(self, seconds: float) -> None:
        """The machine is suspended for so long: both clocks run on, the monotonic one does not."""
        self._move(seconds, seconds)

    def stepped(self, seconds: float) -> None:
        """The wall clock is set, as NTP does it."""
        self._move(seconds, 0.0)

    def set(self, wall: datetime) -> None:
        """The wall clock is set to a date."""
        self.stepped((wall - self.now()).total_seconds())


def other_clocks(boot: float, boot_id: Path | None = None) -> Sequence[str]:
    """What to put before a command so that the kernel tells it another time since it was booted,
    by `boot` seconds, and another name of this boot where a file with one is given."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs root and unshare, for a time namespace")
    mounted = f'mount --bind "$0" {_BOOT_ID} && ' if boot_id is not None else ""
    found = [
        *("unshare", "--mount", "--fork", "--kill-child", "--time", "--boottime", f"{boot:.0f}"),
        *("sh", "-c", f'{mounted}exec "$@"', str(boot_id or "sh")),
    ]
    tried = subprocess.run([*found, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"no namespaces here: {tried.stderr.strip()}")
    return found
