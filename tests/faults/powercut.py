"""Power cuts, simulated on a file system that is told to stop, and what is left of the promises.

    python -m tests.faults.powercut [--cuts 40] [--method ours|git-commit|git-commit-fsync]
        [--longest 0.6] [--seed 1]

Needs root, a free loop device and mkfs.ext4. For each cut: a fresh ext4 in a file on a loop
device; a process that appends to a log there and reports each acknowledged commit over a pipe; at
a random moment the FS_IOC_SHUTDOWN ioctl with NOLOGFLUSH, after which nothing reaches the device
any more, the file system's own journal included, as when the power goes; unmount, mount (which
replays the journal, as after a reboot), and plain git counts what is there.

What it does not simulate: a disk that says "written" and holds data in a volatile cache.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults import witness

_FS_IOC_SHUTDOWN = 0x8004587D
"""_IOR('X', 125, __u32)"""
_NOLOGFLUSH = 2
_METHODS = ("ours", "git-commit", "git-commit-fsync")


@dataclass
class Cut:
    """What one power cut did."""

    acknowledged: int
    lost: int
    unreadable: bool
    """git cannot walk the branch, or fsck finds something broken."""
    locks: int
    went_on: bool
    """Whether appending worked afterwards without anybody's help."""
    said: str = ""


def missing() -> str:
    """Why it cannot run here; "" where it can."""
    if os.geteuid() != 0:
        return "needs root, to mount"
    for tool in ("mkfs.ext4", "losetup", "mount", "umount"):
        if not shutil.which(tool):
            return f"needs {tool}"
    free = subprocess.run(["losetup", "-f"], capture_output=True, check=False)
    return "" if free.returncode == 0 else "needs a free loop device"


class Disk:
    """An ext4 file system in a file, whose power can be cut."""

    def __init__(self, device: str, mount_point: Path) -> None:
        self._device = device
        self.path = mount_point

    def mount(self) -> None:
        subprocess.run(["mount", "-t", "ext4", self._device, self.path], check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", self.path], check=True)

    def cut(self) -> None:
        """From here on nothing reaches the device."""
        fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(fd, _FS_IOC_SHUTDOWN, _NOLOGFLUSH.to_bytes(4, sys.byteorder))
        finally:
            os.close(fd)


@contextmanager
def disk(size: str = "96M") -> Iterator[Disk]:
    """A fresh ext4, mounted. Unmounted, detached and deleted in any case."""
    folder = Path(tempfile.mkdtemp(prefix="powercut-"))
    device = ""
    made = None
    try:
        image = folder / "image"
        with image.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, int(size[:-1]) << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
        device = subprocess.run(
            ["losetup", "-f", "--show", image], check=True, capture_output=True, text=True
        ).stdout.strip()
        made = Disk(device, folder / "mnt")
        made.path.mkdir()
        made.mount()
        yield made
    finally:
        if made and os.path.ismount(made.path):
            subprocess.run(["umount", "-l", made.path], check=False)
        if device:
            subprocess.run(["losetup", "-d", device], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def cut_once(method: str, dice: random.Random, longest: float) -> Cut:
    """One fresh file system, one writer, one cut up to `longest` seconds after the first
    acknowledgement."""
    with disk() as medium:
        repository = medium.path / "log.git"
        if method != "ours":
            # Only what is committed later is in question: so the repository with a first commit is
            # made safe, which gives git a branch and an index to come back to.
            witness.git(medium.path, "init", "-q", str(repository))
            witness.git(repository, "commit", "-q", "--allow-empty", "-m", "before")
            os.sync()
        writer = _start(method, repository)
        try:
            first = witness.wait_for_first(writer)
            witness.wait_until(time.monotonic() + dice.uniform(0, longest))
            medium.cut()
            # It ends by itself, by the input/output error it now gets; if not, that is a finding.
            acks, said = witness.acknowledged(writer, first)
        finally:
            writer.kill()
            writer.wait()
        medium.unmount()
        medium.mount()
        ref = "runs/r" if method == "ours" else "HEAD"
        there = witness.present(repository, ref)
        sound, complaint = witness.whole(repository)
        git_dir = repository if method == "ours" else repository / ".git"
        locks = len(witness.left_locks(git_dir))
        result = Cut(
            acknowledged=len(acks),
            lost=len(set(acks) - there),
            unreadable=not sound or (bool(acks) and not there),
            locks=locks,
            went_on=_goes_on(method, repository),
            said=f"{said} {complaint}".strip(),
        )
        medium.unmount()
        return result


def _start(method: str, repository: Path) -> subprocess.Popen[bytes]:
    if method == "ours":
        # Evidence and packing as well, so that trees, blobs and packs are under test.
        return witness.start_writer(repository, "r", "--files-every", "9", "--pack-every", "60")
    fsync = "all" if method == "git-commit-fsync" else ""
    return witness.start(["tests.faults.git_writer", str(repository), fsync])


def _goes_on(method: str, repository: Path) -> bool:
    if method != "ours":
        return witness.git(repository, "commit", "-q", "--allow-empty", "-m", "x").returncode == 0
    writer = witness.start_writer(repository, "r", "--count", "3")
    acks, _ = witness.acknowledged(writer)
    return len(set(acks) & witness.present(repository, "runs/r")) == 3


def run(
    method: str, cuts: int, seed: int, *, longest: float = 0.6, quiet: bool = False
) -> list[Cut]:
    """`cuts` cuts, one after the other."""
    dice = random.Random(seed)
    results = []
    for number in range(cuts):
        results.append(cut_once(method, dice, longest))
        if not quiet:
            print(f"\r{method}: {number + 1}/{cuts}", end="", file=sys.stderr, flush=True)
    if not quiet:
        print(file=sys.stderr)
    return results


def table(method: str, results: list[Cut]) -> str:
    """The counts, as two lines of a Markdown table without its header."""
    cuts = len(results)
    return (
        f"| {method} | {cuts} | {sum(r.acknowledged for r in results):,} "
        f"| {sum(r.lost for r in results):,} | {sum(r.lost > 0 for r in results)} "
        f"| {sum(r.unreadable for r in results)} | {sum(r.locks > 0 for r in results)} "
        f"| {sum(not r.went_on for r in results)} |"
    )


HEADER = (
    "| method | cuts | acknowledged | lost | cuts that lost | broken or unreadable "
    "| lock left | would not go on |\n|---|---|---|---|---|---|---|---|"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=40)
    parser.add_argument("--method", choices=_METHODS, default="ours")
    parser.add_argument("--longest", type=float, default=0.6, help="seconds before the cut")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if why := missing():
        print(f"cannot run here: {why}", file=sys.stderr)
        return 2
    results = run(args.method, args.cuts, args.seed, longest=args.longest)
    print(HEADER)
    print(table(args.method, results))
    for result in results:
        if args.method == "ours" and (result.lost or result.unreadable or not result.went_on):
            print(f"  {result}")
    bad = any(r.lost or r.unreadable or not r.went_on for r in results)
    return 1 if args.method == "ours" and bad else 0


if __name__ == "__main__":
    sys.exit(main())
