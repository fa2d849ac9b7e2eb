"""kill -9 at random moments, as often as you like, and what the log looks like after each.

python -m tests.faults.kill9 [--kills 200] [--seed 1]
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.faults import witness


@dataclass
class Tally:
    """Counts over all kills."""

    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    broken: int = 0
    locks_left: int = 0
    slowest_recovery: float = 0.0
    """Seconds from the start of the next process to its first acknowledgement, at worst."""

    def good(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.broken)


def kill_once(repository: Path, run: str, dice: random.Random, tally: Tally) -> None:
    """One writer, killed up to 100 ms after its first acknowledgement; then a look at the log."""
    begun = time.monotonic()
    writer = witness.start_writer(
        repository, run, "--files-every", "7", "--pack-every", "40", "--who", f"w{tally.kills}"
    )
    try:
        first = witness.wait_for_first(writer)
        tally.slowest_recovery = max(tally.slowest_recovery, time.monotonic() - begun)
        witness.wait_until(time.monotonic() + dice.uniform(0, 0.1))
    finally:
        writer.send_signal(signal.SIGKILL)
    acks, said = witness.acknowledged(writer, first)
    if not acks:
        raise AssertionError(f"the writer could not go on: {said}")
    tally.kills += 1
    tally.acknowledged += len(acks)
    tally.lost += len(set(acks) - witness.present(repository, f"runs/{run}"))
    tally.locks_left += len(witness.left_locks(repository))


def run(kills: int, seed: int) -> Tally:
    """Kills `kills` writers in a row, all of the same run."""
    dice = random.Random(seed)
    tally = Tally()
    folder = Path(tempfile.mkdtemp(prefix="kill9-"))
    try:
        for _ in range(kills):
            kill_once(folder / "log.git", "r", dice, tally)
        sound, said = witness.whole(folder / "log.git")
        if not sound:
            tally.broken += 1
            print(said, file=sys.stderr)
        last = subprocess.run(
            [sys.executable, "-m", "tests.faults.writer", folder / "log.git", "r", "--count", "3"],
            cwd=witness.ROOT,
            check=False,
            capture_output=True,
        )
        tally.broken += last.returncode != 0
        tally.locks_left += len(witness.left_locks(folder / "log.git"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    tally = run(args.kills, args.seed)
    print(
        f"{tally.kills} kills: {tally.acknowledged} acknowledged, {tally.lost} lost, "
        f"{tally.broken} broken, a lock left after {tally.locks_left}; "
        f"slowest process to its first decision {tally.slowest_recovery * 1000:.0f} ms"
    )
    return 0 if tally.good() else 1


if __name__ == "__main__":
    sys.exit(main())
