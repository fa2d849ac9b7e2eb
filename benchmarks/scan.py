"""What looking for credentials and endpoints costs, against plain ripgrep and detect-secrets.

`python -m benchmarks.scan [--tree DIR …] [--rounds 3] [--sample 4] [--json]`

The tree is this machine's own files, read in place: `/usr/share`, `/usr/include`,
`/usr/lib/python3`, `/etc` and `/var/lib/dpkg`, or what `--tree` names. In turn, in one process run,
after one run of each that warms the cache:

- for each check, the check itself, in a process of its own whose peak memory is read (its own and
  that of the ripgrep it starts), with the progress that it tells;
- for each check, plain ripgrep: one process over the same folders with every pattern that the check
  gives to ripgrep, `--no-unicode -j2`, output to `/dev/null`. It skips binary files, tells nothing
  and judges nothing.

Then the `detect-secrets scan` command and the credentials check on the same sample: text files of
the tree, every so many, copied to a folder, `--sample` MiB at most. Of both only the scanning
counts: from the command, what it takes on an empty folder is taken off; the check times itself.

Exit code 1 where a target is missed: a third of ripgrep's rate (median over the rounds of the two
times of a round), 50 times detect-secrets' rate, less than 300 MiB.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from runbook_tui.adapters.process.tools import LocalTools
from runbook_tui.cli.documents import YamlDocuments
from runbook_tui.domain.checks.credentials import CredentialsCheck
from runbook_tui.domain.checks.endpoints import EndpointsCheck
from runbook_tui.preflight.check import run_check
from runbook_tui.preflight.checks import credentials, endpoints
from runbook_tui.preflight.hosts.endpoints import PATTERNS as HOSTS
from runbook_tui.preflight.ports import Network
from runbook_tui.preflight.scan.files import found
from runbook_tui.preflight.secrets.rules import PATTERNS as SECRETS
from runbook_tui.preflight.target import Target
from runbook_tui.preflight.trees import Tree

TREES = ("/usr/share", "/usr/include", "/usr/lib/python3", "/etc", "/var/lib/dpkg")
OF_RIPGREP = 1 / 3
OF_DETECT_SECRETS = 50.0
MOST_MIB = 300.0
MIB = 1024**2


class Nobody(Network):
    """No network: the checks are not asked to probe."""


def check(kind: str, paths: tuple[str, ...]) -> dict[str, Any]:
    """Runs a check here: its seconds, what it found, the times at which it told its progress."""
    told: list[float] = []

    def subject(config: Any) -> Target[Any]:
        return Target(
            name="it", config=config, folder=Path("/"), now=datetime.now(UTC), tools=LocalTools(),
            network=Nobody(), documents=YamlDocuments(), key=b"benchmark",  # type: ignore[abstract]
            tell=lambda _words: told.append(time.perf_counter()),
        )  # fmt: skip

    begun = time.perf_counter()
    if kind == "credentials":
        result = run_check(credentials.CHECK, subject(CredentialsCheck(paths=paths)))
    else:
        result = run_check(endpoints.CHECK, subject(EndpointsCheck(paths=paths)))
    took = time.perf_counter() - begun
    points = [begun, *told, begun + took]
    mine, others = (
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {
        "seconds": took,
        "ran": result.ran,
        "places": sum(len(each.evidence) for each in result.findings),
        "told": len(told),
        "longest silence": max(b - a for a, b in pairwise(points)),
        "memory": mine,
        "ripgrep memory": others,
    }


def in_a_child(kind: str, paths: tuple[str, ...]) -> dict[str, Any]:
    argv = [sys.executable, "-m", "benchmarks.scan", "--child", kind, "--tree", *paths]
    done = subprocess.run(argv, check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def ripgrep(patterns: tuple[str, ...], paths: tuple[str, ...]) -> float:
    """Seconds of plain ripgrep with the same patterns."""
    argv = [LocalTools().find("rg") or "rg", "--no-config", "--no-ignore", "--hidden"]
    argv += ["--no-messages", "--no-unicode", "-j2", "-n", "--no-heading", "--color=never"]
    for pattern in patterns:
        argv += ["-e", pattern]
    begun = time.perf_counter()
    subprocess.run([*argv, "--", *paths], stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - begun


def patterns(kind: str) -> tuple[str, ...]:
    """Every pattern that a check gives to ripgrep, once."""
    if kind == "endpoints":
        return HOSTS
    return tuple(dict.fromkeys(pattern for each in SECRETS.values() for pattern in each))


def sizes(paths: tuple[str, ...]) -> dict[str, float]:
    """Files and MiB of a tree, and of its text."""
    files = [file for path in paths for file in found(Tree(Path(path), path))]
    text = [file for file in files if file.nature == "text"]
    whole = sum(Path(file.path).lstat().st_size for file in files)
    return {
        "files": len(files), "MiB": whole / MIB,
        "text files": len(text), "text MiB": sum(file.size for file in text) / MIB,
    }  # fmt: skip


def sample(paths: tuple[str, ...], folder: Path, most: float) -> float:
    """Copies every so many of the text files, `most` MiB in all; how many MiB it came to."""
    files = [f for p in paths for f in found(Tree(Path(p), p)) if f.nature == "text"]
    share = sum(file.size for file in files) / (most * MIB)
    size = 0
    for number, file in enumerate(files[:: max(1, int(share))]):
        if file.size < MIB and size < most * MIB:
            shutil.copyfile(file.path, folder / f"{number}-{Path(file.path).name}")
            size += file.size
    return size / MIB


def detect_secrets(folder: Path) -> float:
    """Seconds of the command on a folder."""
    command = LocalTools().find("detect-secrets")
    if command is None:
        return float("nan")
    begun = time.perf_counter()
    argv = [command, "scan", "--all-files", "--no-verify", "."]
    subprocess.run(argv, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def measure(paths: tuple[str, ...], rounds: int, most: float) -> dict[str, Any]:
    """Everything, in turn."""
    figures: dict[str, Any] = {"tree": sizes(paths)}
    for kind in ("credentials", "endpoints"):
        ours: list[dict[str, Any]] = []
        plain: list[float] = []
        for number in range(rounds + 1):
            run, yardstick = in_a_child(kind, paths), ripgrep(patterns(kind), paths)
            if number:  # the first warms the cache
                ours.append(run)
                plain.append(yardstick)
        assert all(run["ran"] for run in ours)
        figures[kind] = {
            **{name: median(run[name] for run in ours) for name in ours[0] if name != "ran"},
            "ripgrep seconds": median(plain),
            "of its rate": median(b / a["seconds"] for a, b in zip(ours, plain, strict=True)),
        }
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as empty:
        size = sample(paths, Path(name), most)
        theirs = detect_secrets(Path(name)) - detect_secrets(Path(empty))
        mine = median(in_a_child("credentials", (name,))["seconds"] for _ in range(3))
    figures["sample"] = {
        "MiB": size, "seconds": mine, "detect-secrets seconds": theirs, "times": theirs / mine,
    }  # fmt: skip
    return figures


def met(figures: dict[str, Any]) -> bool:
    """Whether every target is."""
    checks = [figures["credentials"], figures["endpoints"]]
    return (
        all(each["of its rate"] >= OF_RIPGREP for each in checks)
        and all(max(each["memory"], each["ripgrep memory"]) < MOST_MIB for each in checks)
        and not figures["sample"]["times"] < OF_DETECT_SECRETS  # not a number: it is not here
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", nargs="+", default=[p for p in TREES if Path(p).is_dir()])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sample", type=float, default=4.0, help="MiB")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", choices=("credentials", "endpoints"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    paths = tuple(args.tree)
    if args.child:
        print(json.dumps(check(args.child, paths)))
        return 0
    figures = measure(paths, args.rounds, args.sample)
    good = met(figures)
    if args.json:
        print(json.dumps({**figures, "met": good}))
        return 0 if good else 1
    tree, some = figures["tree"], figures["sample"]
    print(f"{tree['files']:,} files, {tree['MiB']:.0f} MiB; {tree['text files']:,} of them text,"
          f" {tree['text MiB']:.0f} MiB: {' '.join(paths)}")  # fmt: skip
    for kind in ("credentials", "endpoints"):
        each = figures[kind]
        took, rate = each["seconds"], tree["MiB"] / each["seconds"]
        print(f"{kind:12} {took:6.2f} s, {rate:5.0f} MiB/s, {each['places']:,} places")
        print(f"{'':12} peak {each['memory']:.0f} MiB, of ripgrep {each['ripgrep memory']:.0f} MiB")
        print(f"{'':12} told {each['told']} times, silent {each['longest silence']:.2f} s at most")
        print(f"{'':12} {each['of its rate']:6.2f} of ripgrep's rate, target at least"
              f" {OF_RIPGREP:.2f} ({each['ripgrep seconds']:.2f} s)")  # fmt: skip
    print(f"sample of {some['MiB']:.1f} MiB: {some['times']:.0f} times detect-secrets' rate,"
          f" target at least {OF_DETECT_SECRETS:.0f}")  # fmt: skip
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
