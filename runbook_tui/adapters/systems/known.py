"""Which module knows which system. Each is imported when it is asked for."""

from __future__ import annotations

from runbook_tui.adapters.systems.base import System
from runbook_tui.domain.systems.every import SystemConfig


def system_of(config: SystemConfig) -> System:
    """The system that a config names."""
    match config.tag:
        case "files":
            from runbook_tui.adapters.systems.files import FileSystem

            return FileSystem(config)
    raise AssertionError(f"no module knows {config.tag}")
