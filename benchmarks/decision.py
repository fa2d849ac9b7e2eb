"""What a durable decision costs, against the floor and against plain git.

`python -m benchmarks.decision [--rounds 300] [--block 20] [--late 10000] [--folder DIR] [--json]`

In turn, in one process run, on one file system, in blocks of 20: the floor (append a line to a
file, fsync), ours (append one event commit), the yardstick (`git commit --allow-empty` with
`core.fsync=all`, as a subprocess). In blocks, so that a load on the machine meets all three alike
and yet none is measured in the wake of another: with `--block 1`, floor and ours pay for the caches
that a process of git's has just emptied (about half as long again; git is the same).

Then, in turn one by one, a decision in a log at event 100 and one in a log at event 10,000, whose
commits are all loose, the worst case.

On ext4 without a journal, run it on a rested disk: ext4 then passes over inodes freed in the last
minutes, so that after many deletions nearby (a benchmark before this one) new files take long.

Exit code 1 where a target is missed, by medians: ours at most 10 times the floor, git at least 4
times ours.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from runbook_tui.adapters.gitlog import Repository, RunBranch
from runbook_tui.domain.record import CommitDraft, Identity

OURS_PER_FLOOR = 10.0
GIT_PER_OURS = 4.0
_WHO = Identity("Alice", "alice@example.org")


def decision(number: int) -> CommitDraft:
    """A decision of the usual size."""
    return CommitDraft(
        message=f"Alice ticked item {number} of migrate-schema\n\nReplicas 3/3.\n\n"
        f'Runbook-Event: {{"v":1,"type":"item-ticked","step":"migrate-schema","item":"{number}",'
        f'"wall":"2026-05-01T19:31:02.000Z","boot":"0d3f","elapsed":{number},"by":"alice"}}\n',
        author=_WHO,
        committer=_WHO,
        when=datetime.now(UTC),
    )


def timed(act: Callable[[], object]) -> float:
    """Milliseconds that `act` takes."""
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def append(branch: RunBranch, number: int) -> None:
    branch.append([decision(number)], branch.head)


def grown(repository: Repository, name: str, events: int) -> RunBranch:
    """A run that has `events` decisions."""
    branch = repository.run(name)
    while events > 0:
        branch.append([decision(number) for number in range(min(500, events))], branch.head)
        events -= 500
    return branch


def measure(folder: Path, rounds: int, block: int, late: int) -> dict[str, dict[str, float]]:
    """p50 and p99 in milliseconds of each method."""
    times: dict[str, list[float]] = {
        name: [] for name in ("floor", "ours", "git", "at event 100", f"at event {late}")
    }
    floor = os.open(folder / "floor", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    line = decision(0).message.replace("\n", " ").encode() + b"\n"

    def append_line() -> None:
        os.write(floor, line)
        os.fsync(floor)

    branch = Repository.create(folder / "ours.git").run("r")
    work = folder / "git"
    subprocess.run(["git", "init", "-q", work], check=True)
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    command += ["-c", "core.fsync=all", "-c", "gc.auto=0", "-C", str(work)]
    command += ["commit", "-q", "--allow-empty", "-m", decision(0).message]

    def commit() -> None:
        subprocess.run(command, check=True)

    append(branch, 0)
    commit()
    acts = {"floor": append_line, "ours": lambda: append(branch, 1), "git": commit}
    for start in range(0, rounds, block):
        for name, act in acts.items():
            times[name] += [timed(act) for _ in range(min(block, rounds - start))]
    os.close(floor)

    early = grown(Repository.create(folder / "early.git"), "r", 100)
    grown_up = grown(Repository.create(folder / "late.git"), "r", late)
    for number in range(min(rounds, 100)):
        times["at event 100"].append(timed(partial(append, early, number)))
        times[f"at event {late}"].append(timed(partial(append, grown_up, number)))
    return {
        name: {"p50": percentile(took, 0.5), "p99": percentile(took, 0.99)}
        for name, took in times.items()
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--block", type=int, default=20)
    parser.add_argument("--late", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="where to measure; a temporary folder if not")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="decision-", dir=args.folder))
    try:
        found = measure(folder, args.rounds, max(1, args.block), args.late)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    ratios = {
        "ours/floor": found["ours"]["p50"] / found["floor"]["p50"],
        "git/ours": found["git"]["p50"] / found["ours"]["p50"],
        f"event {args.late}/event 100": (
            found[f"at event {args.late}"]["p50"] / found["at event 100"]["p50"]
        ),
    }
    met = ratios["ours/floor"] <= OURS_PER_FLOOR and ratios["git/ours"] >= GIT_PER_OURS
    if args.json:
        print(json.dumps({"milliseconds": found, "ratios": ratios, "met": met}))
        return 0 if met else 1
    print(f"{'':16} {'p50 ms':>8} {'p99 ms':>8}")
    for name, took in found.items():
        print(f"{name:16} {took['p50']:8.2f} {took['p99']:8.2f}")
    print(f"ours/floor   {ratios['ours/floor']:5.1f}   target at most {OURS_PER_FLOOR:.0f}")
    print(f"git/ours     {ratios['git/ours']:5.1f}   target at least {GIT_PER_OURS:.0f}")
    last = list(ratios)[-1]
    print(f"{last}  {ratios[last]:.2f}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
