"""Labs that are stopped whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from practice.driving import Operator
from runbook_tui.practice import lab as practice
from runbook_tui.practice.lab import Lab

FEW = 30_000


@pytest.fixture(autouse=True)
def short_lived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state folder of the test's own; services that end even if the tests are killed."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(practice, "LIFETIME_S", 300)


@pytest.fixture
def stopped_lab(tmp_path: Path) -> Iterator[Lab]:
    """A lab that does not run, in a folder with a blank in its name. It has few orders, so that
    nobody waits for its migrations."""
    lab = practice.build(tmp_path / "the lab", FEW)
    yield lab
    lab.stop()


@pytest.fixture
def lab(stopped_lab: Lab) -> Lab:
    """A lab that runs."""
    stopped_lab.start()
    return stopped_lab


@pytest.fixture
def operator(lab: Lab) -> Operator:
    """Somebody who works on a running lab."""
    return Operator(lab)
