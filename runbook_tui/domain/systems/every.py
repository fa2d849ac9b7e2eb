"""Every kind of system that a runbook can name."""

from __future__ import annotations

from runbook_tui.domain.systems.base import SystemBase
from runbook_tui.domain.systems.files import Files

SystemConfig = Files
KINDS: tuple[type[SystemBase], ...] = (Files,)
"""All of them, for what goes through them one by one."""
