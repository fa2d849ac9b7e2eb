"""A process that decides as fast as it can, and says so only once a decision is acknowledged.

    python -m tests.faults.writer REPOSITORY RUN [--count N] [--files-every N] [--pack-every N]

Each acknowledged commit id is a line on standard output, written with one system call right after
`append` has returned. Ends with 0, with 3 where the log refused (its reason on standard error), or
by whatever is done to it.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from runbook_tui.adapters.gitlog import LogError, LostRace, Repository, RunBranch
from runbook_tui.domain.record import CommitDraft, Identity

WHO = Identity("Alice Ångström", "alice@example.org")


def draft(number: int, who: str, *, evidence: bool = False) -> CommitDraft:
    """A decision of about the size that real ones have."""
    return CommitDraft(
        message=f"{who} ticked item {number} of migrate-schema\n\n"
        f"Observed: replicas 3/3, lag {number % 17} ms\n\n"
        f'Runbook-Event: {{"v":1,"type":"item-ticked","step":"migrate-schema","n":{number},'
        f'"wall":"2026-05-01T19:31:02.{number % 1000:03}Z","by":"{who}"}}\n',
        author=WHO,
        committer=WHO,
        when=datetime.now(UTC),
        files={f"evidence/{who}-{number}.txt": b"a line of output\n" * 40} if evidence else {},
    )


def write(branch: RunBranch, who: str, count: int, files_every: int, pack_every: int) -> None:
    """Appends `count` decisions one by one, deciding anew whenever a race is lost."""
    packer: threading.Thread | None = None
    number = 0
    while number < count:
        evidence = bool(files_every) and number % files_every == 0
        try:
            (commit,) = branch.append([draft(number, who, evidence=evidence)], branch.head)
        except LostRace:
            continue
        os.write(1, commit.encode() + b"\n")
        number += 1
        if pack_every and number % pack_every == 0 and not (packer and packer.is_alive()):
            packer = threading.Thread(target=_pack, args=(branch,), daemon=True)
            packer.start()
    if packer:
        packer.join()


def _pack(branch: RunBranch) -> None:
    try:
        branch.pack()
    except LogError as problem:
        print(f"pack: {problem}", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", type=Path)
    parser.add_argument("run")
    parser.add_argument("--count", type=int, default=1 << 30)
    parser.add_argument("--files-every", type=int, default=0)
    parser.add_argument("--pack-every", type=int, default=0)
    parser.add_argument("--who", default="alice")
    args = parser.parse_args()
    try:
        branch = Repository.create(args.repository).run(args.run)
        write(branch, args.who, args.count, args.files_every, args.pack_every)
    except LogError as problem:
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
