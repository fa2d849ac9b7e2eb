"""A private home for every program a test starts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.site import Site


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment whose state and configuration are the test's own."""
    return {
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "PYTHONWARNINGS": "default",
    }


@pytest.fixture
def lab_folder(tmp_path: Path) -> Iterator[Path]:
    """Where a practice lab goes; whatever still runs in it is ended."""
    folder = tmp_path / "lab"
    yield folder
    if folder.exists():
        from runbook_tui.practice.lab import Lab
        from runbook_tui.practice.layout import LabError

        with contextlib.suppress(LabError):
            Lab.open(folder).stop()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A home of its own; whatever commands still run at the end are ended."""
    place = Site(tmp_path)
    yield place
    place.end()
