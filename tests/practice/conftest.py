"""Labs that are stopped whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from practice.driving import Operator
from practice.messaging import Sender
from runbook_tui.practice import lab as practice
from runbook_tui.practice.lab import Lab

FEW = 30_000
VERY_FEW = 300


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


@pytest.fixture(scope="module")
def shared_sender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sender]:
    """A running partner without the other services, for all tests of a file. It does not count
    requests, as people who click do not."""
    folder = tmp_path_factory.mktemp("partner")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        patch.setattr(practice, "LIFETIME_S", 300)
        lab = practice.build(folder / "the lab", VERY_FEW)
    yield from running_partner(lab, "requests_per_minute = 60", "requests_per_minute = 100000")


@pytest.fixture
def sender(tmp_path: Path) -> Iterator[Sender]:
    """The same for one test only."""
    yield from running_partner(practice.build(tmp_path / "the lab", VERY_FEW))


def running_partner(lab: Lab, setting: str = "", instead: str = "") -> Iterator[Sender]:
    """A lab of which only the partner runs, with a setting replaced."""
    file = lab.root / "partner" / "partner.ini"
    assert setting in file.read_text()
    file.write_text(file.read_text().replace(setting, instead))
    try:
        Operator(lab).ctl("start", "partner")
        yield Sender(lab)
    finally:
        lab.stop()
