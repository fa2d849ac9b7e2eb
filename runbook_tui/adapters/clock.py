"""Reads the clocks of this machine."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from runbook_tui.domain.moment import Moment

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


@cache
def boot_id() -> str:
    """The kernel's name for this boot; without one, a name that fits no other process."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return f"process-{uuid.uuid4()}"


class SystemClock:
    """The wall clock in UTC and the boot-time clock, which runs on through suspend."""

    def now(self) -> Moment:
        """One reading of both."""
        return Moment(datetime.now(UTC), round(time.clock_gettime(_BOOT_CLOCK), 3), boot_id())
