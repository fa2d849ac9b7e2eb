"""Where this program keeps things, by the XDG rules."""

from __future__ import annotations

import os
from pathlib import Path

NAME = "runbook-tui"


def _xdg(variable: str, fallback: str) -> Path:
    value = os.environ.get(variable, "")
    # The specification: a relative path in these variables is to be ignored.
    base = Path(value) if value.startswith("/") else Path.home() / fallback
    return base / NAME


def state_folder() -> Path:
    """For the log, trusted runbooks, leases and the program's own log file."""
    return _xdg("XDG_STATE_HOME", ".local/state")


def config_file() -> Path:
    """The configuration, whether it exists or not."""
    return _xdg("XDG_CONFIG_HOME", ".config") / "config.toml"


def default_log() -> Path:
    """The bare repository used where none is named."""
    return state_folder() / "log.git"
