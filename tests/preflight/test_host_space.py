"""Room on the disks of this machine, and for what a package unpacks to."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runbook_tui.preflight.machine import room, sizes, space
from runbook_tui.preflight.machine.sizes import need, shown
from runbook_tui.preflight.package.opening import open_package
from tests.preflight.targets import by_key

from .machines import host, only
from .machines import machine as machine

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
