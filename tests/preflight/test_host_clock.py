"""Whether the machine's clock is right, kept, and in which zone."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from runbook_tui.adapters.network import LocalNetwork
from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.preflight.machine import clock, zone
from runbook_tui.preflight.ports import Answer, Reply
from tests.preflight.loopback import serving

from .machines import host, only
from .machines import machine as machine

# --- clock --------------------------------------------------------------------------------------


class Kept(LocalTools):
    """A machine that is asked nothing: its clock is another matter."""

    def run(self, argv: Any, **_how: Any) -> Answer:
        return Answer(0, b"yes\n")


def dated(ahead: float) -> Callable[[], str]:
    return lambda: formatdate(time.time() + ahead, usegmt=True)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that the kernel says nothing of: timedatectl is asked, and says yes."""
    monkeypatch.setattr(clock, "_possible_error", lambda: None)


@pytest.mark.usefixtures("kept")
def test_a_clock_that_is_right_passes(tmp_path: Path) -> None:
    with serving({"/": b""}) as url:
        found = host(tmp_path, clock=url + "/", network=LocalNetwork(), tools=Kept())
    assert found.worst == "pass"
    assert "clock within" in only(found, "host").title


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(("ahead", "way"), [(30.0, "slow"), (-30.0, "fast"), (-4.0, "fast")])
def test_a_clock_that_is_off_is_told_with_its_way(tmp_path: Path, ahead: float, way: str) -> None:
    with serving({"/": b""}, dated(ahead)) as url:
        found = host(tmp_path, clock=url + "/", network=LocalNetwork(), tools=Kept())
    off = only(found, "clock-off")
    assert off.severity == "inhibitor"
    assert way in off.title
    assert abs(float(off.title.split(" s ")[0].rsplit(" ", 1)[1]) - abs(ahead)) <= 1.0


@pytest.mark.usefixtures("kept")
def test_a_cached_answer_is_as_old_as_it_says(tmp_path: Path) -> None:
    with serving({"/": b""}, dated(-600), {"Age": "600"}) as url:
        assert host(tmp_path, clock=url + "/", network=LocalNetwork(), tools=Kept()).worst == "pass"


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 31 Feb 2026 00:00:00 GMT"])
def test_a_server_that_tells_no_time_leaves_it_unknown(tmp_path: Path, date: str) -> None:
    with serving({"/": b""}, lambda: date) as url:
        found = host(tmp_path, clock=url + "/", network=LocalNetwork(), tools=Kept())
    assert only(found, "clock-unknown").severity == "unknown"


@pytest.mark.usefixtures("kept")
def test_nobody_there_leaves_it_unknown_without_the_password(tmp_path: Path) -> None:
    found = host(tmp_path, clock="http://ops:s3cretpassword@127.0.0.1:1/", tools=Kept())
    assert "no network here" in only(found, "clock-unknown").title
    assert "s3cretpassword" not in repr(found)


class Slow:
    """A server that is exact, and takes a while there and back."""

    def __init__(self, there: float, back: float, ahead: float) -> None:
        self.at, self.there, self.back, self.ahead = 1_000_000.25, there, back, ahead

    def get(self, url: str, *, headers: Any = None, limit: float = 10.0) -> Reply:
        self.at += self.there
        date = formatdate(self.at + self.ahead, usegmt=True)
        self.at += self.back
        return Reply(200, headers={"date": date})

    def connect(self, host: str, port: int, *, limit: float = 3.0) -> str:
        return "not asked for here"

    def presented(
        self, host: str, port: int, *, name: str = "", limit: float = 10.0
    ) -> tuple[tuple[bytes, ...], str]:
        return (), "not asked for here"

    def wait(self, length: float) -> None:
        self.at += length


@pytest.mark.parametrize("ahead", [-7.3, -0.4, 0.0, 0.6, 12.0])
@pytest.mark.parametrize(("there", "back"), [(0.0, 0.0), (0.4, 0.1), (0.05, 1.7), (2.0, 2.0)])
def test_the_bounds_have_the_truth_whatever_the_way_takes(
    there: float, back: float, ahead: float
) -> None:
    server = Slow(there, back, ahead)
    off = clock.skew(server, "http://x/", 0.2, lambda: server.at, server.wait)
    assert off.low <= ahead <= off.high
    assert off.high - off.low <= 1.0 + there + back + 1e-6
    assert off.least <= abs(ahead) <= off.most
    if (there, back) == (0.0, 0.0) and ahead in (0.0, 0.6):  # it went on until it could tell
        assert off.high - off.low <= clock.PAUSE + 1e-6


def test_a_way_too_slow_to_tell_is_unknown_not_fine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "_possible_error", lambda: 1_000)
    server = Slow(3.0, 3.0, 0.5)
    monkeypatch.setattr(clock.skew, "__defaults__", (lambda: server.at, server.wait))
    found = only(host(tmp_path, clock="http://x/", network=server), "clock-not-told")
    assert found.severity == "unknown"


@pytest.mark.skipif(sys.platform != "linux", reason="needs adjtimex")
def test_whether_the_clock_is_kept_is_what_timedatectl_says() -> None:
    mine = clock._possible_error()
    if mine is None:
        pytest.skip("adjtimex cannot be called here")
    said = LocalTools().run(["timedatectl", "show", "-p", "NTPSynchronized", "--value"])
    if said.exit != 0:
        pytest.skip("timedatectl cannot be asked here")
    assert (mine < 16_000_000) == (said.out.strip() == b"yes")


def test_a_clock_that_nobody_keeps_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "_possible_error", lambda: 16_000_000)
    with serving({"/": b""}) as url:
        found = host(tmp_path, clock=url + "/", network=LocalNetwork())
        assert only(found, "clock-unsynchronized").severity == "warning"
        monkeypatch.setattr(clock, "_possible_error", lambda: None)
        found = host(tmp_path, clock=url + "/", network=LocalNetwork(), tools=Silent())
        assert only(found, "clock-keeping-unknown").severity == "unknown"


class Silent(LocalTools):
    """A machine without timedatectl."""

    def run(self, argv: Any, **_how: Any) -> Answer:
        return Answer(None, trouble=f"{argv[0]} is not on this machine")


# --- time zone ----------------------------------------------------------------------------------

ZONES = Path("/usr/share/zoneinfo")
with_zones = pytest.mark.skipif(not (ZONES / "Europe/Berlin").is_file(), reason="needs tzdata")


@pytest.fixture
def zones(machine: Path) -> Path:
    for name in ("UTC", "Etc/UTC", "Europe/Berlin", "Europe/Oslo", "America/New_York"):
        path = machine / "usr/share/zoneinfo" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ZONES / name, path)
    return machine


@with_zones
@pytest.mark.parametrize(
    ("link", "wanted", "worst"),
    [
        ("/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin", "pass"),
        ("../usr/share/zoneinfo/Etc/UTC", "UTC", "pass"),
        ("/usr/share/zoneinfo/Europe/Berlin", "America/New_York", "high"),
        ("/usr/share/zoneinfo/Etc/UTC", "Europe/Berlin", "high"),
        ("/usr/share/zoneinfo/Etc/UTC", "Mars/Olympus", "unknown"),
        ("/usr/share/zoneinfo/Etc/UTC", "../../../etc/passwd", "unknown"),
    ],
)
def test_the_zone_is_what_localtime_links_to(
    tmp_path: Path, zones: Path, link: str, wanted: str, worst: str
) -> None:
    (zones / "etc/localtime").symlink_to(link)
    assert host(tmp_path, root=zones, time_zone=wanted).worst == worst


@with_zones
def test_a_copy_of_a_zone_is_known_by_its_rules(tmp_path: Path, zones: Path) -> None:
    shutil.copyfile(ZONES / "Europe/Berlin", zones / "etc/localtime")
    (zones / "etc/timezone").write_text("America/New_York\n")  # forgotten: it does not count
    assert host(tmp_path, root=zones, time_zone="Europe/Berlin").worst == "pass"
    wrong = only(host(tmp_path, root=zones, time_zone="America/New_York"), "wrong-zone")
    assert wrong.severity == "high"
    (zones / "etc/timezone").write_text("Europe/Berlin\n")
    assert zone.system_zone(zones).name == "Europe/Berlin"


@with_zones
def test_without_localtime_it_is_utc(tmp_path: Path, zones: Path) -> None:
    assert host(tmp_path, root=zones, time_zone="UTC").worst == "pass"
    wrong = only(host(tmp_path, root=zones, time_zone="Europe/Berlin"), "wrong-zone")
    assert "missing, which means UTC" in wrong.evidence[0].text


def test_the_zone_of_this_machine_is_read(tmp_path: Path) -> None:
    here = zone.system_zone(Path("/"))
    if not here.name:
        pytest.skip("this machine's zone has no name")
    assert host(tmp_path, time_zone=here.name).worst == "pass"
