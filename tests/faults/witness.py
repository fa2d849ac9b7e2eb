"""What was promised, and what plain git finds of it afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The real git, as an operator would run it, without this machine's configuration."""
    return subprocess.run(
        ["git", "-C", str(repository), *arguments],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env={
            "PATH": os.environ["PATH"],
            "HOME": os.devnull,
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "A",
            "GIT_AUTHOR_EMAIL": "a@example.org",
            "GIT_COMMITTER_NAME": "A",
            "GIT_COMMITTER_EMAIL": "a@example.org",
        },
    )


def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """A writer process whose standard output is the pipe of acknowledgements."""
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )


def start_writer(repository: Path, run: str, *options: str) -> subprocess.Popen[bytes]:
    """`tests.faults.writer` on this repository."""
    return start(["tests.faults.writer", str(repository), run, *options])


def acknowledged(writer: subprocess.Popen[bytes], after: bytes = b"") -> tuple[list[str], str]:
    """Every id a writer acknowledged (in full lines) and its last words, once it has ended."""
    out, err = writer.communicate(timeout=60)
    lines = (after + out).decode().split("\n")
    return lines[:-1], err.decode(errors="replace").strip()


def wait_for_first(writer: subprocess.Popen[bytes]) -> bytes:
    """The first acknowledgement, as bytes to hand to `acknowledged`; b"" where none came."""
    assert writer.stdout
    return os.read(writer.stdout.fileno(), 41)


def present(repository: Path, ref: str) -> set[str]:
    """The commits that plain git reaches from `ref`; none where it cannot walk them."""
    walked = git(repository, "rev-list", ref, "--")
    return set(walked.stdout.split()) if walked.returncode == 0 else set()


def whole(repository: Path) -> tuple[bool, str]:
    """Whether `git fsck --strict --full` finds nothing wrong, and what it says."""
    checked = git(repository, "fsck", "--strict", "--full", "--no-dangling", "--no-progress")
    said = checked.stdout + checked.stderr
    said = "\n".join(line for line in said.splitlines() if not line.startswith("notice:"))
    return checked.returncode == 0 and not said.strip(), said.strip()


def left_locks(git_dir: Path) -> list[Path]:
    """Lock files that stand in the repository (tokens are not locks: git never looks at them)."""
    found = [*git_dir.glob("*.lock"), *(git_dir / "refs").rglob("*.lock")]
    return [path for path in found if not path.name.startswith(".")]


def wait_until(moment: float) -> None:
    """Returns at `moment` (of `time.monotonic`): the fault's own time, not a wait for anything."""
    while (rest := moment - time.monotonic()) > 0:
        time.sleep(min(rest, 0.01))
