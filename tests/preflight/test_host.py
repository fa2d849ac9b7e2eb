"""The machine: on this real one, and on trees that look like the real files of others."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from runbook_tui.adapters.network import LocalNetwork
from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.cli.documents import YamlDocuments
from runbook_tui.domain.checks.host import HostCheck
from runbook_tui.domain.findings import CheckResult, Finding
from runbook_tui.domain.runbook_model import Model
from runbook_tui.preflight.check import Check
from runbook_tui.preflight.checks.host import CHECK, look
from runbook_tui.preflight.machine import clock, kernel, ports, restart, room, sizes, space, zone
from runbook_tui.preflight.machine.sizes import need, shown
from runbook_tui.preflight.package.opening import open_package
from runbook_tui.preflight.ports import Answer, Reply
from tests.preflight.loopback import serving
from tests.preflight.targets import by_key, result


def host(folder: Path, /, *, root: Path | None = None, **asked: Any) -> CheckResult:
    """What the check says; of restarts only where it is asked."""
    more = {key: asked.pop(key) for key in ("network", "tools", "tell") if key in asked}
    config = HostCheck(**({"restart_pending": False} | asked))
    if root is None:
        return result(CHECK, config, folder, **more)
    at = root
    return result(Check("host", "Host", lambda target: look(target, at)), config, folder, **more)


def only(found: CheckResult, key: str) -> Finding:
    (finding,) = by_key(found)[key]
    return finding


# --- sizes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500", 500), ("500M", 500 * 1024**2), ("20 GiB", 20 * 1024**3), ("20GB", 20 * 1000**3),
        ("1.5g", 3 * 1024**3 // 2), ("3T", 3 * 1024**4), ("7B", 7),
    ],
)  # fmt: skip
def test_sizes_are_read_as_coreutils_reads_them(text: str, expected: int) -> None:
    assert need(text).of(1) == expected


@pytest.mark.parametrize("text", ["", "M", "-1G", "10%%", "101%", "1e9", "5 apples", "1" * 400])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"size|everything"):
        sizes.need(text)


def test_sizes_are_shown_in_three_figures() -> None:
    shown_as = {0: "0 B", 999: "999 B", 1024**2: "1 MiB", 83016962048: "77.3 GiB"}
    assert {size: shown(size) for size in shown_as} == shown_as


# --- space --------------------------------------------------------------------------------------


def test_space_is_what_df_calls_available(tmp_path: Path) -> None:
    told = subprocess.run(
        ["df", "-B1", "--output=avail,pcent,iavail", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    there = space.volume(tmp_path)
    assert abs(there.available - int(told[-3])) < 512 * 1024**2  # others write meanwhile
    used = 100 * (1 - there.available / there.usable)
    assert abs(used - int(told[-2].rstrip("%"))) <= 1.5
    assert there.inodes is None or abs(there.inodes - int(told[-1])) < 100_000


def test_enough_space_passes_and_says_how_much(tmp_path: Path) -> None:
    found = host(tmp_path, space={".": "1M", "not/made/yet": "1M"}, inodes={".": 1})
    assert found.worst == "pass"
    assert "free at not/made/yet" in only(found, "host").title


def test_everything_that_is_short_is_told(tmp_path: Path) -> None:
    found = host(tmp_path, space={".": "900T", "/": "100%"}, inodes={".": 10**12}, memory="900T")
    assert [f.subject for f in by_key(found)["space-short"]] == [".", "/"]
    assert {f.severity for f in found.findings} == {"inhibitor"}
    assert set(by_key(found)) == {"space-short", "inodes-short", "memory-short"}
    assert "MemAvailable" in only(found, "memory-short").evidence[0].text


def test_a_size_that_is_none_is_unknown(tmp_path: Path) -> None:
    found = host(tmp_path, space={".": "lots"}, memory="much")
    assert only(found, "space-unknown").severity == "unknown"
    assert only(found, "memory-unknown").severity == "unknown"
    assert "host" not in by_key(found)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB and 64 files."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a tmpfs")
    options = "size=4m,nr_inodes=64"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True
    )
    if done.returncode != 0:
        pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_fills_up_is_told(tmp_path: Path, small_disk: Path) -> None:
    asked: dict[str, Any] = {"space": {"small": "25%"}, "inodes": {"small": 20}}
    assert host(tmp_path, **asked).worst == "pass"
    (small_disk / "big").write_bytes(b"x" * (3 * 1024**2 + 512 * 1024))
    short = only(host(tmp_path, **asked), "space-short")
    assert short.title == "small has 512 KiB free (12 %); 25% has to be"
    (small_disk / "big").unlink()
    for number in range(50):
        (small_disk / f"{number}").touch()
    assert "room for 13 more files" in only(host(tmp_path, **asked), "inodes-short").title


def test_a_read_only_file_system_is_told(tmp_path: Path, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    found = only(host(tmp_path, space={"small": "1M"}), "read-only")
    assert (found.severity, found.subject) == ("inhibitor", "small")


# --- packages -----------------------------------------------------------------------------------


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_a_package_has_to_fit_unpacked_times_the_factor(tmp_path: Path, small_disk: Path) -> None:
    zipped(tmp_path / "p.zip", {"a": bytes(1024**2), "b": bytes(700_000), "c/d": b"x"})
    asked: dict[str, Any] = {"package": "p.zip", "package_to": "small"}
    told: list[str] = []
    assert host(tmp_path, tell=told.append, **asked).worst == "pass"
    short = only(host(tmp_path, package_factor=3.0, **asked), "package-space-short")
    assert short.severity == "inhibitor"
    assert short.title == "p.zip needs 5.02 MiB at small; 4 MiB are free"
    assert short.evidence[0].text == "3 files, 1753088 bytes unpacked, times 3"


def test_the_number_of_its_files_counts_as_well(tmp_path: Path, small_disk: Path) -> None:
    zipped(tmp_path / "p.zip", {str(number): b"" for number in range(40)})
    found = host(tmp_path, package="p.zip", package_to="small/new")
    assert "makes 80 files" in only(found, "package-inodes-short").title


def test_archives_within_a_package_stay_packed(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"zeros": bytes(400_000)})
    zipped(tmp_path / "p.zip", {"inner.zip": inner.read_bytes(), "x": b"1"})
    assert room.unpacked(open_package(tmp_path / "p.zip"), 4096) == (2, 2 * 4096)


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb")
def test_of_a_deb_what_it_installs_is_counted(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN" / "control").write_text(
        "Package: shop\nVersion: 1\nArchitecture: all\nMaintainer: N <n@example.org>\n"
        "Description: x\n"
    )
    (tree / "opt").mkdir()
    (tree / "opt" / "zeros").write_bytes(bytes(300_000))
    deb = tmp_path / "shop.deb"
    subprocess.run(
        ["dpkg-deb", "-Zxz", "--root-owner-group", "-b", str(tree), str(deb)],
        check=True,
        capture_output=True,
    )
    files, size = room.unpacked(open_package(deb), 4096)
    assert size == 74 * 4096  # 300,000 bytes in whole blocks
    assert files <= 3  # the folders and the file


def test_a_folder_is_a_package_as_well(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "one").write_bytes(bytes(5_000))
    assert "pkg needs 16 KiB" in only(host(tmp_path, package="pkg"), "host").title


def test_a_package_that_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_bytes(b"this is none")
    assert only(host(tmp_path, package="no.zip"), "package-unknown").severity == "unknown"
    assert only(host(tmp_path, package="gone.zip"), "package-unknown").severity == "unknown"
    with tarfile.open(tmp_path / "cut.tar.gz", "w:gz") as archive:
        (tmp_path / "noise").write_bytes(os.urandom(200_000))
        archive.add(tmp_path / "noise", "noise")
    whole = (tmp_path / "cut.tar.gz").read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(whole[: len(whole) // 2])
    assert only(host(tmp_path, package="cut.tar.gz"), "package-unknown").severity == "unknown"


# --- ports --------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize(
    ("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
)
def test_a_port_that_is_taken_names_who_has_it(
    tmp_path: Path, family: socket.AddressFamily, address: str
) -> None:
    with socket.socket(family) as listening:
        try:
            listening.bind((address, 0))
        except OSError as error:
            pytest.skip(f"{address} cannot be bound here: {error}")
        listening.listen()
        port = listening.getsockname()[1]
        taken = only(host(tmp_path, free_ports=(port,)), "port-taken")
        assert taken.severity == "inhibitor"
        assert taken.subject == f"tcp/{port}"
        name = Path("/proc/self/comm").read_text().strip()
        assert f"{name} ({os.getpid()})" in taken.title
        assert f"{address} port {port}" in taken.evidence[0].text
        used = host(tmp_path, used_ports=(port,))
        assert used.worst == "pass"
        assert f"{name} ({os.getpid()}) on port {port}" in only(used, "host").title
    assert host(tmp_path, free_ports=(port,)).worst == "pass"
    silent = only(host(tmp_path, used_ports=(port,)), "port-silent")
    assert (silent.severity, silent.subject) == ("inhibitor", f"tcp/{port}")


def test_a_port_that_only_talks_is_free(tmp_path: Path) -> None:
    """A connection from a port is no listener on it."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert host(tmp_path, free_ports=(client.getsockname()[1],)).worst == "pass"


TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0
   1: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 12 1 0
   2: 0100007F:1538 0100007F:C350 01 00000000:00000000 00:00000000 00000000   101        0 13 1 0
"""
TCP6 = """\
  sl  local_address                         remote_address                        st tx_queue
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 14
"""  # noqa: E501


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Another machine's files, as they look."""
    root = tmp_path / "root"
    files = {
        "proc/net/tcp": TCP,
        "proc/net/tcp6": TCP6,
        "proc/71/comm": "sshd\n",
        "proc/71/maps": "",
        "proc/meminfo": "MemTotal: 2048 kB\nMemFree: 10 kB\nMemAvailable: 1024 kB\n",
        "proc/sys/kernel/osrelease": "6.1.0-25-amd64\n",
        "boot/vmlinuz-6.1.0-25-amd64": "",
        "boot/config-6.1.0-30-amd64": "",
        "run/.keep": "",
        "etc/.keep": "",
    }
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    (root / "proc" / "71" / "fd").mkdir()
    (root / "proc" / "71" / "fd" / "3").symlink_to("socket:[11]")
    return root


@pytest.mark.skipif(sys.byteorder != "little", reason="the tree is of a little-endian machine")
def test_listeners_of_a_tree_are_read(machine: Path) -> None:
    read = {(each.address, each.port) for each in ports.listeners(machine)}
    assert read == {("0.0.0.0", 22), ("127.0.0.1", 5432), ("::", 80)}


def test_who_cannot_be_seen_is_told_so(tmp_path: Path, machine: Path) -> None:
    found = by_key(host(tmp_path, root=machine, free_ports=(22, 5432)))["port-taken"]
    assert found[0].title == "Port 22 is not free: sshd (71) listens on it"
    assert "a process that cannot be seen from here" in found[1].title


def test_without_proc_it_is_unknown_not_free(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    found = host(
        tmp_path, root=tmp_path / "empty", free_ports=(1,), used_ports=(2,), memory="1",
        kernel="5", restart_pending=True,
    )  # fmt: skip
    assert {f.severity for f in found.findings} == {"unknown"}
    assert set(by_key(found)) == {
        "ports-unknown", "memory-unknown", "kernel-unknown", "restart-unknown",
    }  # fmt: skip


# --- memory, kernel -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "worst"), [("1M", "pass"), ("50%", "pass"), ("1025K", "inhibitor")]
)
def test_available_memory_counts_not_free(
    tmp_path: Path, machine: Path, asked: str, worst: str
) -> None:
    assert host(tmp_path, root=machine, memory=asked).worst == worst


@pytest.mark.parametrize(
    ("asked", "worst"),
    [
        ("5.10", "pass"), ("6.1", "pass"), ("6.1.0", "pass"), ("6.1.1", "inhibitor"),
        ("6.10", "inhibitor"), ("new", "unknown"), ("6.1.0-30", "pass"),
    ],
)  # fmt: skip
def test_kernels_are_compared_by_their_numbers(
    tmp_path: Path, machine: Path, asked: str, worst: str
) -> None:
    assert host(tmp_path, root=machine, kernel=asked).worst == worst


def test_the_kernel_of_this_machine_is_read(tmp_path: Path) -> None:
    assert os.uname().release in only(host(tmp_path, kernel="2.6"), "host").title
    assert only(host(tmp_path, kernel="999"), "kernel-too-old").severity == "inhibitor"


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


# --- restarts -----------------------------------------------------------------------------------


def test_where_nothing_waits_it_passes(tmp_path: Path, machine: Path) -> None:
    found = host(tmp_path, root=machine, restart_pending=True)
    assert found.worst == "pass"
    assert "no restart pending" in only(found, "host").title


def test_a_restart_that_packages_ask_for_is_told_with_their_names(
    tmp_path: Path, machine: Path
) -> None:
    (machine / "run/reboot-required").write_text("*** System restart required ***\n")
    (machine / "run/reboot-required.pkgs").write_text("linux-image-amd64\nlibc6\nlibc6\n\x1b[2Jx\n")
    found = only(host(tmp_path, root=machine, restart_pending=True), "restart-pending")
    assert found.severity == "warning"
    assert found.title.startswith(
        "The machine waits for a restart for linux-image-amd64, libc6, ␛[2Jx"
    )


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ("boot/vmlinuz-6.1.0-30-amd64", "6.1.0-30-amd64"),
        ("boot/vmlinuz-6.1.0-9-amd64", None),
        ("boot/vmlinuz-6.9.0-1-rt-amd64", None),
        ("boot/vmlinuz-6.1.0-31-amd64.old", None),
        ("lib/modules/6.12.0-1-amd64/vmlinuz", "6.12.0-1-amd64"),
        ("lib/modules/6.12.0-1-amd64/modules.dep", None),
        ("boot/vmlinuz-rescue", None),
    ],
)
def test_a_newer_kernel_of_the_same_flavour_is_told(
    tmp_path: Path, machine: Path, there: str, expected: str | None
) -> None:
    (machine / there).parent.mkdir(parents=True, exist_ok=True)
    (machine / there).touch()
    found = by_key(host(tmp_path, root=machine, restart_pending=True))
    if expected is None:
        assert "newer-kernel" not in found
        return
    (newer,) = found["newer-kernel"]
    assert newer.title == f"Kernel 6.1.0-25-amd64 runs, {expected} is installed and starts next"


def test_of_several_kernels_the_newest_is_told(machine: Path) -> None:
    for release in ("6.1.0-30-amd64", "6.1.0-100-amd64", "6.1.0-31-amd64"):
        (machine / f"boot/vmlinuz-{release}").touch()
    assert kernel.newer(machine) == ("6.1.0-25-amd64", "6.1.0-100-amd64")


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("5.14.0-427.13.1.el9_4.x86_64", "5.14.0-503.11.1.el9_5.x86_64"),
        ("6.8.0-45-generic", "6.8.0-106-generic"),
        ("6.1.0-25-cloud-amd64", "6.1.0-26-cloud-amd64"),
    ],
)
def test_releases_of_other_distributions_are_ordered_too(
    machine: Path, now: str, then: str
) -> None:
    (machine / "proc/sys/kernel/osrelease").write_text(f"{now}\n")
    for release in (now, then, "0-rescue-0123456789abcdef", "6.99.0-rt"):
        (machine / f"boot/vmlinuz-{release}").touch()
    assert kernel.newer(machine) == (now, then)
    (machine / "proc/sys/kernel/osrelease").write_text(f"{then}\n")
    assert kernel.newer(machine) is None


MAPS = """\
5600-5601 r-xp 00000000 fe:01 100        /usr/sbin/sshd
7f00-7f01 r-xp 00000000 fe:01 101        {library}
7f02-7f03 rw-s 00000000 00:01 102        /memfd:x (deleted)
7f04-7f05 rw-s 00000000 00:01 102        /dev/shm/lib.so (deleted)
7ffd-7ffe r-xp 00000000 00:00 0          [vdso]
"""


@pytest.mark.parametrize(
    ("library", "told"),
    [
        ("/usr/lib/x86_64-linux-gnu/libcrypto.so.3 (deleted)", True),
        ("/lib/x86_64-linux-gnu/libc-2.31.so (deleted)", True),
        ("/usr/lib/x86_64-linux-gnu/libcrypto.so.3", False),
        ("/var/lib/shop/cache.so (deleted)", False),
    ],
)
def test_a_process_with_a_replaced_library_is_told(
    tmp_path: Path, machine: Path, library: str, told: bool
) -> None:
    (machine / "proc/71/maps").write_text(MAPS.format(library=library))
    found = by_key(host(tmp_path, root=machine, restart_pending=True))
    assert ("replaced-libraries" in found) == told
    if told:
        (stale,) = found["replaced-libraries"]
        assert stale.severity == "warning"
        assert "1 processes use libraries that were replaced: sshd" in stale.title
        assert stale.evidence[0].place == "/proc/71/maps"


USES_A_LIBRARY = """\
import ctypes, os, shutil, subprocess, sys
subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/usr/lib/apt"], check=True)
there = shutil.copy(sys.argv[1], "/usr/lib/apt/libtest.so.1")
ctypes.CDLL(there)
os.unlink(there)
print(os.getpid(), flush=True)
sys.stdin.read()
"""


def test_a_real_process_with_a_replaced_library_is_told(tmp_path: Path) -> None:
    """In mounts of its own, so that nothing of the machine is touched."""
    library = next(Path("/usr/lib").glob("*-linux-gnu/libz.so.1"), None)
    if os.geteuid() != 0 or not shutil.which("unshare") or not Path("/usr/lib/apt").is_dir():
        pytest.skip("needs root, unshare and /usr/lib/apt")
    if library is None:
        pytest.skip("needs libz")
    argv = ["unshare", "--mount", sys.executable, "-c", USES_A_LIBRARY, str(library)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        pid = process.stdout.readline().decode().strip()
        if not pid:
            pytest.skip("no mounts of its own can be had here")
        found = only(host(tmp_path, restart_pending=True), "replaced-libraries")
    evidence = {each.place: each.text for each in found.evidence}
    assert evidence[f"/proc/{pid}/maps"].endswith(": /usr/lib/apt/libtest.so.1")


def test_processes_that_may_not_be_looked_into_are_told(tmp_path: Path, machine: Path) -> None:
    (machine / "proc/71/maps").unlink()
    (machine / "proc/71/maps").mkdir()  # as good as forbidden, for root as well
    found = host(tmp_path, root=machine, restart_pending=True)
    hidden = only(found, "processes-not-seen")
    assert (hidden.severity, hidden.title[:12]) == ("info", "1 process co")
    assert only(found, "host").severity == "pass"


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_the_processes_of_this_machine_are_looked_into() -> None:
    seen = list(restart.stale(Path("/")))
    assert seen.count(None) >= 1
    assert isinstance(seen[-1], int)


# --- the whole ----------------------------------------------------------------------------------


class Documented(Model, frozen=True, kw_only=True):
    checks: dict[str, HostCheck]


def test_the_example_of_the_documentation_is_one(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "preflight" / "host.md"
    (tmp_path / "example.yaml").write_text(page.read_text().split("```")[1].removeprefix("yaml"))
    read = YamlDocuments().read(tmp_path / "example.yaml", Documented)
    assert read.checks["machine"].space == {"/var/lib/shop": "20G", "/tmp": "10%"}
    assert read.checks["machine"].free_ports == (8081,)


def test_where_nothing_is_asked_nothing_passes(tmp_path: Path) -> None:
    assert only(host(tmp_path), "nothing-asked").severity == "unknown"
