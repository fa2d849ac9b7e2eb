"""The same as `writer`, by plain `git commit`: what the log's promises are measured against.

python -m tests.faults.git_writer REPOSITORY [CORE_FSYNC]
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.faults.witness import git


def main() -> int:
    repository = Path(sys.argv[1])
    settings = ["-c", f"core.fsync={sys.argv[2]}"] if sys.argv[2:] and sys.argv[2] else []
    number = 0
    while True:
        # With a file, as a log kept by hand would be.
        (repository / "log.txt").open("a").write(f"decision {number}\n")
        added = git(repository, *settings, "add", "log.txt")
        made = git(repository, *settings, "commit", "-q", "-m", f"decision {number}")
        named = git(repository, "rev-parse", "HEAD")
        if added.returncode or made.returncode or named.returncode:
            print(made.stderr, file=sys.stderr)
            return 3
        os.write(1, named.stdout.encode())
        number += 1


if __name__ == "__main__":
    sys.exit(main())
