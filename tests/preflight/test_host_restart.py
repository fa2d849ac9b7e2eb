"""Whether the machine waits for a restart."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runbook_tui.preflight.machine import kernel, restart
from tests.preflight.targets import by_key

from .machines import host, only
from .machines import machine as machine

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
