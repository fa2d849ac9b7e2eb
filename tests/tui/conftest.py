"""Desks to try the interface at."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runbook_tui.tui.screens import acting, dialog

from .desk import Desk
from .runbooks import SMALL

MakeDesk = Callable[..., Desk]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No configuration of this machine; dialogs that take keys at once, as a pilot is fast."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("NO_COLOR", raising=False)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setattr(dialog, "SETTLE_SECONDS", 0.0)
    monkeypatch.setattr(dialog, "HELD_SECONDS", 0.0)
    monkeypatch.setattr(acting, "REPEAT_SECONDS", 0.0)


@pytest.fixture
def desk(tmp_path: Path) -> MakeDesk:
    """Makes a desk for a runbook; the small one where none is given."""

    def make(text: str = SMALL, **rest: Any) -> Desk:
        return Desk(tmp_path, text, **rest)

    return make
